import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { readLock } from '../../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../../src/python/lock/resolve-lock.ts';
import { ANY_ARTIFACT } from '../../../src/python/project/uv-settings.ts';
import type { Interpreter } from '../../../src/python/interpreter.ts';
import type { Resolution } from '../../../src/python/resolution.ts';
import { supportedTags } from '../../../src/python/version/supported-tags.ts';
import { ALPINE, cpython, LINUX, LINUX_ARM, MAC_ARM, MAC_INTEL, type TargetPlatform } from './interpreters.ts';
import { oracleTools } from '../oracle.ts';
import { oraclePython } from './oracle-python.ts';
import { uvChoice } from './uv-choice.ts';

const BENCH = fileURLToPath(new URL('../../../bench/environment', import.meta.url));

async function ferruleChoice(interpreter: Interpreter): Promise<Resolution> {
  const lock = await readLock({ path: join(BENCH, 'uv.lock'), file: 'uv.lock' });
  if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
  const request = { root: normalizeName('environment-of-150'), extras: [], groups: [], withProject: true };
  const tags = supportedTags(interpreter);
  const resolution = resolveLock({ lock: lock.value, request, interpreter, tags, choice: ANY_ARTIFACT });
  if (!resolution.ok) throw new Error(resolution.diagnostics[0]?.message);
  return resolution.value;
}

function filesOf({ distributions }: Resolution): readonly string[] {
  return distributions
    .flatMap(({ source }) => (source.kind === 'wheel' || source.kind === 'sdist' ? source.artifact.filename : []))
    .toSorted();
}

function installedOf({ distributions }: Resolution): readonly string[] {
  return distributions
    .filter(({ source }) => source.kind === 'wheel' || source.kind === 'sdist')
    .map(({ name, version }) => `${name}==${version}`)
    .toSorted();
}

const PLATFORMS: readonly (readonly [string, TargetPlatform])[] = [
  ['Linux', LINUX],
  ['Linux on ARM', LINUX_ARM],
  ['Alpine', ALPINE],
  ['macOS on ARM', MAC_ARM],
  ['macOS on Intel', MAC_INTEL],
];

describe('of a lock of 189 distributions the same files are chosen as uv installs', { timeout: 120_000 }, () => {
  test.each(PLATFORMS)('on %s, with the interpreter that uv runs with', async (_, target) => {
    const choice = await uvChoice({ project: BENCH, python: undefined, target });
    const resolution = await ferruleChoice(cpython(oraclePython(), target));
    expect(filesOf(resolution)).toEqual(choice.files);
    expect(installedOf(resolution)).toEqual(choice.installed);
    expect(choice.files.length).toBeGreaterThan(170);
  });

  const versions = [
    { python: '3.11.4', name: 'Linux', target: LINUX },
    { python: '3.12.0', name: 'Alpine', target: ALPINE },
    { python: '3.12.0', name: 'macOS on Intel', target: MAC_INTEL },
    { python: '3.13.2', name: 'Linux on ARM', target: LINUX_ARM },
    { python: '3.13.2', name: 'macOS on ARM', target: MAC_ARM },
  ];
  test.each(versions)('for Python $python on $name', async ({ python, target }) => {
    const choice = await uvChoice({ project: BENCH, python, target });
    const resolution = await ferruleChoice(cpython(python, target));
    expect(filesOf(resolution)).toEqual(choice.files);
    expect(installedOf(resolution)).toEqual(choice.installed);
  });

  test('for Python 3.13 without a global lock', async () => {
    const choice = await uvChoice({ project: BENCH, python: '3.13.2', freeThreaded: true, target: LINUX });
    const resolution = await ferruleChoice(cpython('3.13.2', LINUX, true));
    expect(filesOf(resolution)).toEqual(choice.files);
    expect(choice.files.filter((file) => file.includes('-cp313t-')).length).toBeGreaterThan(0);
  });
});

test('the same lock as `pylock.toml` gives the same distributions', { timeout: 60_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ferrule-pylock-'));
  try {
    const path = join(directory, 'pylock.toml');
    const run = spawnSync(oracleTools().uv, ['export', '--frozen', '--quiet', '--format', 'pylock.toml', '-o', path], { cwd: BENCH });
    expect(run.status).toBe(0);
    const lock = await readLock({ path, file: 'pylock.toml' });
    if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
    for (const target of [LINUX, MAC_INTEL]) {
      const interpreter = cpython('3.12.1', target);
      const request = { root: normalizeName('environment-of-150'), extras: [], groups: [], withProject: true };
      const resolution = resolveLock({ lock: lock.value, request, interpreter, tags: supportedTags(interpreter), choice: ANY_ARTIFACT });
      if (!resolution.ok) throw new Error(resolution.diagnostics[0]?.message);
      const other = await ferruleChoice(interpreter);
      expect(filesOf(resolution.value)).toEqual(filesOf(other));
      expect(artifactsOf(resolution.value)).toEqual(artifactsOf(other));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

function artifactsOf({ distributions }: Resolution): readonly unknown[] {
  return distributions.flatMap(({ source }) => (source.kind === 'wheel' || source.kind === 'sdist' ? source.artifact : []));
}
