import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { checkFreshness } from '../../../src/python/lock/freshness.ts';
import { readLock } from '../../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../../src/python/lock/resolve-lock.ts';
import { readProject } from '../../../src/python/project/read-project.ts';
import { supportedTags } from '../../../src/python/version/supported-tags.ts';
import { oracleTools } from '../oracle.ts';
import { cpython, LINUX, MAC_ARM } from './interpreters.ts';
import { oraclePython } from './oracle-python.ts';
import { uvChoice } from './uv-choice.ts';

/** Projects whose source distributions hold their `uv.lock`, with extras and groups worth asking for. */
const PROJECTS: readonly { readonly id: string; readonly selections: readonly (readonly [extras: string, groups: string])[] }[] = [
  {
    id: 'anthropic==2.11.0',
    selections: [
      ['', ''],
      ['aiohttp bedrock vertex', 'dev'],
      ['', 'pydantic-v1 dev'],
      ['mcp', 'pydantic-v2'],
    ],
  },
  {
    id: 'openai==3.52.0',
    selections: [
      ['datalib', 'dev pydantic-v1'],
      ['realtime voice-helpers', 'browser-demo build'],
    ],
  },
];

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/ferrule/locks', import.meta.url));

/** The directory of an unpacked source distribution, downloaded once. */
function unpacked(id: string): string {
  const directory = join(CACHE, id);
  if (existsSync(directory)) return directory;
  const work = mkdtempSync(join(tmpdir(), 'ferrule-sdist-'));
  try {
    const { python } = oracleTools();
    execFileSync(python, ['-m', 'pip', '--quiet', 'download', '--no-deps', '--no-binary', ':all:', '--dest', work, id], { stdio: 'pipe' });
    const archive = readdirSync(work).find((name) => name.endsWith('.tar.gz')) ?? '';
    execFileSync(python, ['-m', 'tarfile', '-e', join(work, archive), work]);
    const project = join(work, basename(archive, '.tar.gz'));
    mkdirSync(dirname(directory), { recursive: true });
    // Beside its place first, so that another test never finds half of it.
    const beside = mkdtempSync(join(CACHE, '.new-'));
    for (const file of ['pyproject.toml', 'uv.lock']) cpSync(join(project, file), join(beside, file));
    if (!existsSync(directory)) renameSync(beside, directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return directory;
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics[0]?.message);
  return result.value;
}

function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}

describe.each(PROJECTS)('the lock of $id', { timeout: 120_000 }, ({ id, selections }) => {
  test('matches its project', async () => {
    const directory = unpacked(id);
    const lock = value(await readLock({ path: join(directory, 'uv.lock'), file: 'uv.lock' }));
    const freshness = await checkFreshness({ lock, projectAt: (place) => readProject({ directory: place, file: 'pyproject.toml' }) });
    expect(freshness).toEqual({ problems: [], unchecked: [] });
  });

  test.each(selections)('gives what uv installs for the extras `%s` and the groups `%s`', async (extras, groups) => {
    const directory = unpacked(id);
    const lock = value(await readLock({ path: join(directory, 'uv.lock'), file: 'uv.lock' }));
    const project = value(await readProject({ directory, file: 'pyproject.toml' }));
    const options = [...words(extras).flatMap((extra) => ['--extra', extra]), ...words(groups).flatMap((group) => ['--group', group])];
    for (const target of [LINUX, MAC_ARM]) {
      const interpreter = cpython(oraclePython(), target);
      const resolution = value(
        resolveLock({
          lock,
          interpreter,
          tags: supportedTags(interpreter),
          choice: project.uv.choice,
          request: {
            root: normalizeName(id.split('==')[0] ?? ''),
            extras: words(extras).map(normalizeName),
            groups: words(groups).map(normalizeName),
            withProject: true,
          },
        }),
      );
      const files = resolution.distributions.flatMap(({ source }) =>
        source.kind === 'wheel' || source.kind === 'sdist' ? source.artifact.filename : [],
      );
      const choice = await uvChoice({ project: directory, python: undefined, target, options });
      expect(files.toSorted()).toEqual(choice.files);
      expect(files.length).toBeGreaterThan(9);
    }
  });
});
