import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import { digestOf } from '../../../src/model/digest.ts';
import { UnpackThreads } from '../../../src/python/wheel/unpack-threads.ts';
import type { WheelArchive } from '../../../src/python/wheel/unpack-wheel.ts';
import type { UnpackedWheel } from '../../../src/python/wheel.ts';
import { type StoreRig, storeRig, temporaryDirectory } from '../../store/rig.ts';
import { makeArchive } from './made-archive.ts';
import { METADATA, RECORD, shown, unpackBytes, WHEEL, wheelOf } from './wheel-rig.ts';

vi.setConfig({ testTimeout: 60_000 });

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const bundle = join(root, 'node_modules/.cache', `ferrule-threads-${process.pid}`);

beforeAll(() => {
  mkdirSync(bundle, { recursive: true });
  const made = spawnSync(process.execPath, [join(root, 'scripts/bundle.mjs'), bundle], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
}, 60_000);

afterAll(() => rmSync(bundle, { recursive: true, force: true }));

/** Large enough for a thread to be started. */
const LARGE = makeArchive(wheelOf({ path: 'made/data.bin', bytes: randomBytes(3 << 20) }, { path: 'made/__init__.py', bytes: 'x = 1\n' }));

test('a wheel unpacked in a thread is what it is without one', async () => {
  const { rig, threads } = setUp();
  const there = await threads.unpack(archive(rig, LARGE));
  const { result: here } = await unpackBytes(LARGE);
  expect(valueOf(there)).toEqual(valueOf(here));
  expect(rig.store.treePath(valueOf(there).tree)).toBeDefined();
  expect(rig.store.verify({ repair: false }).corrupt).toEqual([]);
});

test('many wheels at once are all unpacked', async () => {
  const { rig, threads } = setUp();
  const wheels = Array.from({ length: 8 }, (_, index) =>
    makeArchive(wheelOf({ path: 'made/data.bin', bytes: randomBytes((1 << 20) + index) })),
  );
  const unpacked = await Promise.all(wheels.map(async (bytes) => valueOf(await threads.unpack(archive(rig, bytes)))));
  expect(new Set(unpacked.map(({ tree }) => tree.hash)).size).toBe(8);
  expect(unpacked.filter(({ tree }) => rig.store.treePath(tree) === undefined)).toEqual([]);
});

test('what is refused in a thread is refused in the same words, and the next wheel is unpacked', async () => {
  const { rig, threads } = setUp();
  const hostile = makeArchive([{ path: '../climbs', bytes: randomBytes(3 << 20) }, METADATA, WHEEL, RECORD]);
  expect(wordsOf(await threads.unpack(archive(rig, hostile)))).toBe(wordsOf((await unpackBytes(hostile)).result));
  const missing = { ...archive(rig, LARGE), path: '/nowhere/x.whl' };
  expect(wordsOf(await threads.unpack(missing))).toContain('error[F0949]');
  expect((await threads.unpack(archive(rig, LARGE))).ok).toBe(true);
});

test('a store that fails in a thread is a failure of the disk', async () => {
  const { rig, threads } = setUp();
  const wheel = archive(rig, LARGE);
  rmSync(join(rig.directory, 'v1/tmp'), { recursive: true });
  writeFileSync(join(rig.directory, 'v1/tmp'), 'in the way');
  await expect(threads.unpack(wheel)).rejects.toMatchObject({ name: 'StoreFailure', systemCode: 'ENOTDIR' });
});

test('threads that are done leave nothing half-written behind', async () => {
  const { rig, threads } = setUp();
  await threads.unpack(archive(rig, LARGE));
  await threads.close();
  rig.store.close();
  expect(readdirSync(join(rig.directory, 'v1/tmp'))).toEqual([]);
});

test('the program as it is installed starts them', () => {
  const [directory, store] = [temporaryDirectory(), temporaryDirectory()];
  writeFileSync(join(directory, 'made-1.0-py3-none-any.whl'), LARGE);
  writeFileSync(join(directory, 'pyproject.toml'), PROJECT);
  writeFileSync(join(directory, 'uv.lock'), LOCK);
  const words = [join(bundle, 'ferrule.cjs'), 'build', 'app:env', '--offline', '--store', store];
  const built = spawnSync(process.execPath, words, { cwd: directory, encoding: 'utf8' });
  expect(built.status, built.stderr).toBe(0);
  expect(statSync(join(directory, 'result/lib', pythonOf(directory), 'site-packages/made/data.bin')).size).toBe(3 << 20);
});

const PROJECT = `[project]
name = "app"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["made"]

[tool.uv.sources]
made = { path = "made-1.0-py3-none-any.whl" }
`;

const LOCK = `version = 1
revision = 3
requires-python = ">=3.9"

[[package]]
name = "app"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "made" }]

[package.metadata]
requires-dist = [{ name = "made", path = "made-1.0-py3-none-any.whl" }]

[[package]]
name = "made"
version = "1.0"
source = { path = "made-1.0-py3-none-any.whl" }
wheels = [{ filename = "made-1.0-py3-none-any.whl", hash = "sha256:${digestOf(LARGE).hash}" }]
`;

function pythonOf(directory: string): string {
  return readdirSync(join(directory, 'result/lib'))[0] ?? '';
}

function setUp(): { readonly rig: StoreRig; readonly threads: UnpackThreads } {
  const rig = storeRig();
  const threads = new UnpackThreads({ program: join(bundle, 'unpack-thread.cjs'), store: rig.directory });
  onTestFinished(async () => await threads.close());
  return { rig, threads };
}

function archive(rig: StoreRig, bytes: Uint8Array): WheelArchive {
  const path = join(temporaryDirectory(), 'archive');
  writeFileSync(path, bytes);
  return { store: rig.store, path, digest: digestOf(bytes), filename: 'made-1.0-py3-none-any.whl' };
}

function valueOf(result: Result<UnpackedWheel>): UnpackedWheel {
  if (!result.ok) throw new Error(wordsOf(result));
  return result.value;
}

function wordsOf(result: Result<unknown>): string {
  return result.ok ? '' : result.diagnostics.map(shown).join('\n');
}
