import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PythonLock } from '../../../src/python/lock/lock.ts';
import type { LockStore } from '../../../src/python/lock/lock-memory.ts';
import { readLock } from '../../../src/python/lock/read-lock.ts';

const LOCK = `version = 1
revision = 3
requires-python = ">=3.9"
conflicts = [[{ package = "app", extra = "a" }, { package = "app", extra = "b" }]]

[manifest]
members = ["app", "other"]
overrides = [{ name = "six", specifier = "<2" }]

[[package]]
name = "app"
source = { editable = "." }
dependencies = [{ name = "six", marker = "python_full_version < '3.12'" }]

[package.metadata]
requires-dist = [{ name = "six", marker = "python_full_version < '3.12'", specifier = ">=1" }]

[[package]]
name = "other"
version = "2.0"
source = { virtual = "packages/other" }

[[package]]
name = "six"
version = "1.17.0"
source = { registry = "https://index.invalid/simple" }
wheels = [{ url = "https://files.invalid/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:${'0'.repeat(64)}", size = 1 }]
`;

test('a lock that was read before is the same again, in another directory', async () => {
  const store = memory();
  const first = await read(LOCK, store);
  const again = await read(LOCK, store);
  expect(store.found).toBe(1);
  expect(content(again)).toEqual(content(first));
  expect(again.directory).not.toBe(first.directory);
});

test('its entries are found in its text', async () => {
  const store = memory();
  await read(LOCK, store);
  const lock = await read(LOCK, store);
  const entry = lock.kind === 'uv' ? lock.packages[2] : undefined;
  const span = entry === undefined || lock.kind !== 'uv' ? undefined : lock.spanOf(entry, ['version']);
  expect(span?.text.slice(span.start, span.end)).toBe('"1.17.0"');
});

test('a lock that is refused is refused every time', async () => {
  const store = memory();
  const bad = LOCK.replace('name = "six", marker', 'nome = "six", marker');
  for (const _ of [1, 2]) await expect(read(bad, store)).rejects.toThrow('F0921');
  expect(store.notes.size).toBe(0);
});

test('a lock with a date, which JSON has not, is parsed every time', async () => {
  const store = memory();
  const dated = LOCK.replace('size = 1', 'size = 1, upload-time = 2026-01-01T00:00:00Z');
  const first = await read(dated, store);
  expect(content(await read(dated, store))).toEqual(content(first));
  expect(store.notes.size).toBe(0);
});

interface Memory extends LockStore {
  readonly notes: Map<string, string>;
  found: number;
}

function memory(): Memory {
  const notes = new Map<string, string>();
  const store: Memory = {
    notes,
    found: 0,
    getNote: (namespace, key) => {
      const value = notes.get(`${namespace} ${key}`);
      if (value !== undefined) store.found += 1;
      return value;
    },
    putNote: (namespace, key, value) => void notes.set(`${namespace} ${key}`, value),
  };
  return store;
}

async function read(text: string, store: LockStore): Promise<PythonLock> {
  const directory = mkdtempSync(join(tmpdir(), 'ferrule-lock-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'uv.lock'), text);
  const lock = await readLock({ path: join(directory, 'uv.lock'), file: 'uv.lock' }, store);
  if (!lock.ok) throw new Error(lock.diagnostics.map(({ code }) => code).join(' '));
  return lock.value;
}

/** Everything but where it is. */
function content(lock: PythonLock): unknown {
  if (lock.kind !== 'uv') throw new Error('not a lock of uv');
  const { directory: _directory, spanOf: _spanOf, spanAtTop: _spanAtTop, packages, byName, ...rest } = lock;
  return { ...rest, packages, byName };
}
