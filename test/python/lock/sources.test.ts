import { expect, test } from 'vitest';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { parseLock } from '../../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../../src/python/lock/resolve-lock.ts';
import { ANY_ARTIFACT } from '../../../src/python/project/uv-settings.ts';
import type { ResolvedSource } from '../../../src/python/resolution.ts';
import { supportedTags } from '../../../src/python/version/supported-tags.ts';
import { cpython, LINUX } from './interpreters.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** What the only dependency of a lock in `/repository/app` becomes. */
async function sourceOf(entry: string): Promise<ResolvedSource | undefined> {
  const root = '[[package]]\nname = "app"\nversion = "1"\nsource = { virtual = "." }\ndependencies = [{ name = "leaf" }]\n';
  const text = `version = 1\n\n${root}\n[[package]]\nname = "leaf"\nversion = "1"\n${entry}\n`;
  const lock = await parseLock({ path: '/repository/app/uv.lock', file: 'app/uv.lock', text });
  if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
  const interpreter = cpython('3.12.1', LINUX);
  const request = { root: normalizeName('app'), extras: [], groups: [], withProject: true };
  const resolution = resolveLock({ lock: lock.value, request, interpreter, tags: supportedTags(interpreter), choice: ANY_ARTIFACT });
  if (!resolution.ok) throw new Error(resolution.diagnostics[0]?.message);
  return resolution.value.distributions.find(({ name }) => name === 'leaf')?.source;
}

test('an index: the address, and the index that its credentials belong to', async () => {
  const file = 'url = "https://files.example/leaf-1%2Blocal-py3-none-any.whl?x=1#y", hash = "sha256:AB", size = 7';
  expect(await sourceOf(`source = { registry = "https://index.example/simple" }\nwheels = [{ ${file} }]`)).toEqual({
    kind: 'wheel',
    artifact: {
      filename: 'leaf-1+local-py3-none-any.whl',
      location: { kind: 'url', url: 'https://files.example/leaf-1%2Blocal-py3-none-any.whl?x=1#y', index: 'https://index.example/simple' },
      hash: { algorithm: 'sha256', hex: 'ab' },
      size: 7,
    },
  });
});

test('a directory of files as an index: paths start there', async () => {
  expect(await sourceOf('source = { registry = "../wheels" }\nsdist = { path = "old/leaf-1.tar.gz", hash = "md5:00" }')).toMatchObject({
    kind: 'sdist',
    artifact: { location: { kind: 'path', path: '/repository/wheels/old/leaf-1.tar.gz' }, hash: { algorithm: 'md5' } },
  });
});

test('git: the commit, the directory in it, and whether large files are wanted', async () => {
  const address = `https://git.example/leaf?subdirectory=py%2Fleaf&lfs=true&tag=v1#${COMMIT}`;
  expect(await sourceOf(`source = { git = "${address}" }`)).toEqual({
    kind: 'git',
    url: 'https://git.example/leaf',
    revision: COMMIT,
    subdirectory: 'py/leaf',
    lfs: true,
  });
});

test('a direct address: a wheel, or an archive with the project in a subdirectory', async () => {
  const wheel = 'https://files.example/leaf-1-py3-none-any.whl';
  expect(await sourceOf(`source = { url = "${wheel}" }\nwheels = [{ url = "${wheel}", hash = "sha256:00" }]`)).toMatchObject({
    kind: 'wheel',
    artifact: { filename: 'leaf-1-py3-none-any.whl', location: { kind: 'url', index: undefined } },
  });
  const archive = 'source = { url = "https://files.example/all.zip", subdirectory = "leaf" }\nsdist = { hash = "sha512:00" }';
  expect(await sourceOf(archive)).toMatchObject({
    kind: 'sdist',
    subdirectory: 'leaf',
    artifact: { filename: 'all.zip', location: { kind: 'url', url: 'https://files.example/all.zip' }, hash: { algorithm: 'sha512' } },
  });
});

test('files beside the lock and above it', async () => {
  const wheel =
    'source = { path = "../../vendor/leaf-1-py3-none-any.whl" }\nwheels = [{ filename = "leaf-1-py3-none-any.whl", hash = "sha256:00" }]';
  expect(await sourceOf(wheel)).toMatchObject({
    kind: 'wheel',
    artifact: { location: { kind: 'path', path: '/vendor/leaf-1-py3-none-any.whl' } },
  });
  expect(await sourceOf('source = { path = "leaf-1.tar.gz" }\nsdist = { hash = "sha256:00" }')).toMatchObject({
    kind: 'sdist',
    artifact: { location: { kind: 'path', path: '/repository/app/leaf-1.tar.gz' } },
  });
});

test('projects: editable, as a copy, or for their dependencies only', async () => {
  const place = { directory: '/repository/leaf' };
  expect(await sourceOf('source = { editable = "../leaf" }')).toEqual({ kind: 'directory', editable: true, ...place });
  expect(await sourceOf('source = { directory = "../leaf" }')).toEqual({ kind: 'directory', editable: false, ...place });
  expect(await sourceOf('source = { virtual = "../leaf" }')).toEqual({ kind: 'virtual', ...place });
});
