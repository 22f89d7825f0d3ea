import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rememberedResolution, rememberResolution, type ResolutionQuestion } from '../../src/plan/python/resolution-memory.ts';
import { normalizeName } from '../../src/python/distribution-name.ts';
import { parseLock } from '../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../src/python/lock/resolve-lock.ts';
import { readProject } from '../../src/python/project/read-project.ts';
import { ANY_ARTIFACT } from '../../src/python/project/uv-settings.ts';
import type { ResolvedDistribution } from '../../src/python/resolution.ts';
import { supportedTags } from '../../src/python/version/supported-tags.ts';
import { openStore } from '../../src/store/directory-store.ts';
import { cpython, LINUX } from '../python/lock/interpreters.ts';

const PROJECT = '[project]\nname = "app"\nversion = "1.0"\ndependencies = ["six"]\n';

const LOCK = `version = 1
requires-python = ">=3.9"

[[package]]
name = "app"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "six" }]

[[package]]
name = "six"
version = "1.17.0"
source = { registry = "https://index.invalid/simple" }
wheels = [{ url = "https://files.invalid/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:${'0'.repeat(64)}", size = 1 }]
`;

test('another checkout of the same lock and project gets the same, with its own paths', async () => {
  const store = newStore();
  const first = checkout(store);
  await follow(first);
  const second = checkout(store);
  const found = await rememberedResolution(second);
  expect(found?.distributions.map(withoutSpan)).toEqual((await follow(second)).map(withoutSpan));
  expect(found?.distributions[0]?.source).toEqual({ kind: 'virtual', directory: second.lock.directory });
});

test('its entries are found in the lock', async () => {
  const store = newStore();
  const question = checkout(store);
  await follow(question);
  const span = (await rememberedResolution(question))?.distributions[1]?.span();
  expect(span?.text.slice(span.start, span.end)).toBe('name = "six"');
});

test('a project that says something else is not answered for', async () => {
  const store = newStore();
  await follow(checkout(store));
  const edited = checkout(store, { project: PROJECT.replace('"six"', '"six", "toolz"') });
  expect(await rememberedResolution(edited)).toBeUndefined();
});

test('other words about wheels and source distributions are another question, wherever they stand', async () => {
  const store = newStore();
  const question = checkout(store);
  await follow(question);
  const choice = { ...ANY_ARTIFACT, noBinaryPackages: new Set([normalizeName('six')]) };
  expect(await rememberedResolution({ ...question, choice })).toBeUndefined();
});

test('another lock, another request and another interpreter are other questions', async () => {
  const store = newStore();
  const question = checkout(store);
  await follow(question);
  const { interpreter, request } = question;
  expect(await rememberedResolution(checkout(store, { lock: `${LOCK}\n` }))).toBeUndefined();
  expect(await rememberedResolution({ ...question, request: { ...request, groups: [normalizeName('dev')] } })).toBeUndefined();
  const newer = { ...interpreter, version: { ...interpreter.version, micro: interpreter.version.micro + 1 } };
  expect(await rememberedResolution({ ...question, interpreter: newer })).toBeUndefined();
});

test('what lies beside the lock is only answered for in the same place', async () => {
  const store = newStore();
  const lock = LOCK.replace('registry = "https://index.invalid/simple"', 'path = "six-1.17.0-py2.py3-none-any.whl"').replace(
    'url = "https://files.invalid/',
    'filename = "',
  );
  const question = checkout(store, { lock });
  await follow(question);
  expect((await rememberedResolution(question))?.distributions[1]?.source).toMatchObject({
    artifact: { location: { kind: 'path', path: join(question.lock.directory, 'six-1.17.0-py2.py3-none-any.whl') } },
  });
  expect(await rememberedResolution(checkout(store, { lock }))).toBeUndefined();
});

function newStore(): ResolutionQuestion['store'] {
  return openStore({ directory: temporaryDirectory(), now: Date.now, processId: process.pid });
}

function checkout(
  store: ResolutionQuestion['store'],
  files: { readonly lock?: string; readonly project?: string } = {},
): ResolutionQuestion {
  const directory = temporaryDirectory();
  const { lock: text = LOCK, project = PROJECT } = files;
  writeFileSync(join(directory, 'pyproject.toml'), project);
  return {
    store,
    lock: { kind: 'uv', directory, file: 'uv.lock', text },
    request: { root: normalizeName('app'), extras: [], groups: [], withProject: true },
    interpreter: cpython('3.11.4', LINUX),
    choice: ANY_ARTIFACT,
    projectAt: async (place) => await readProject({ directory: place, file: 'pyproject.toml' }),
  };
}

/** Follows the lock, and remembers what it gives. */
async function follow(question: ResolutionQuestion): Promise<readonly ResolvedDistribution[]> {
  const { lock, request, interpreter, projectAt } = question;
  const parsed = await parseLock({ path: join(lock.directory, 'uv.lock'), file: lock.file, text: lock.text });
  const project = await projectAt(lock.directory);
  if (!parsed.ok || !project.ok) throw new Error('the lock or the project cannot be read');
  const tags = supportedTags(interpreter);
  const resolution = resolveLock({ lock: parsed.value, request, interpreter, tags, choice: ANY_ARTIFACT });
  if (!resolution.ok) throw new Error(resolution.diagnostics.map(({ message }) => message).join('\n'));
  rememberResolution(question, { resolution: resolution.value, projects: [project.value] });
  return resolution.value.distributions;
}

function withoutSpan({ span: _span, source, ...rest }: ResolvedDistribution): unknown {
  return { ...rest, source: source.kind === 'virtual' ? 'virtual' : source };
}

function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'ferrule-resolution-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
