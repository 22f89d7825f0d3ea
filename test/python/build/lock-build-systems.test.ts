import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type BuildLock, chooseBuildRequirements } from '../../../src/python/build/build-requirements.ts';
import { lockBuildSystems } from '../../../src/python/build/lock-build-systems.ts';
import { EMPTY_LOCK, formatFerruleLock, parseFerruleLock } from '../../../src/repository/ferrule-lock.ts';
import { runProcess } from '../../../src/rust/cargo/node-process.ts';
import { cpython } from '../extension/interpreters.ts';
import { oracleTools } from '../oracle.ts';
import { ENVIRONMENT, SUBJECT, valueOf, wordsOf, Workshop } from './rig.ts';

const workshop = new Workshop();
const TIMEOUT = { timeout: 120_000 };

function setOf(...requires: readonly string[]) {
  return { requires, ask: undefined };
}

/** `requires → name version [; marker], …`, without the versions of what is not named. */
function systemsOf({ buildSystems }: BuildLock): readonly string[] {
  return buildSystems.map(
    ({ requires, asked, packages }) =>
      `${[...requires, ...asked.map((text) => `(${text})`)].join(' + ')} → ${packages.map(({ name, version, marker }) => `${name} ${version}${marker === undefined ? '' : ` ; ${marker}`}`).join(', ')}`,
  );
}

test('one version of a package serves all sets, and equal sets are one', TIMEOUT, async () => {
  const lock = valueOf(
    await workshop.lock([setOf('setuptools', 'wheel'), setOf('Flit_Core >= 3.9'), setOf('wheel', 'setuptools'), setOf('setuptools<80')]),
  );
  expect(systemsOf(lock)).toMatchInlineSnapshot(`
    [
      "flit-core>=3.9 → flit-core 4.2.0",
      "setuptools + wheel → packaging 26.3, setuptools 79.0.1, wheel 0.48.0",
      "setuptools<80 → setuptools 79.0.1",
    ]
  `);
});

test('sets without a common solution are resolved apart', TIMEOUT, async () => {
  const lock = valueOf(await workshop.lock([setOf('setuptools<70'), setOf('setuptools>=80')]));
  const versions = lock.buildSystems.map(({ packages }) => Number(packages[0]?.version.split('.')[0]));
  expect(versions[0]).toBeLessThan(70);
  expect(versions[1]).toBeGreaterThanOrEqual(80);
});

test('a set with no solution at all is an error in the words of uv', TIMEOUT, async () => {
  const words = wordsOf(await workshop.lock([setOf('flit_core>=3.9'), setOf('setuptools<70', 'setuptools>=80')]));
  expect(words).toContain('error[F0991]: the build requirements cannot be resolved');
  expect(words).toContain('setuptools<70');
});

test('the text is the same whatever the order, is read again, and versions stay when it is made again', TIMEOUT, async () => {
  const sets = [setOf('hatchling'), setOf('flit_core')];
  const first = valueOf(await workshop.lock(sets, { constraints: ['hatchling<1.28'] }));
  const text = formatFerruleLock({ ...EMPTY_LOCK, ...first });
  const reversed = valueOf(await workshop.lock(sets.toReversed(), { constraints: ['hatchling<1.28'] }));
  expect(formatFerruleLock({ ...EMPTY_LOCK, ...reversed })).toBe(text);
  const read = valueOf(await parseFerruleLock({ file: 'ferrule.lock', text }));
  expect(formatFerruleLock(read)).toBe(text);
  const again = valueOf(await workshop.lock(sets, { previous: read }));
  expect(formatFerruleLock({ ...EMPTY_LOCK, ...again })).toBe(text);
  const moved = valueOf(await workshop.lock([setOf('hatchling>=1.28'), setOf('flit_core')], { previous: read }));
  expect(systemsOf(moved).join('\n')).not.toContain('hatchling 1.27');
});

test('what a backend asks for is locked with what it requires', TIMEOUT, async () => {
  const project = workshop.place({
    'pyproject.toml':
      '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "a"\nversion = "1"\n[tool.hatch.build.targets.wheel]\ndependencies = ["flit_core>=3"]\n',
    'a.py': '',
  });
  const lock = valueOf(await workshop.lock([{ requires: ['hatchling'], ask: workshop.asker(project) }]));
  expect(lock.buildSystems[0]?.asked).toEqual(['editables~=0.3', 'flit-core>=3']);
  expect(lock.buildSystems[0]?.packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['editables', 'flit-core', 'hatchling']));
});

test('one lock serves every interpreter and platform', TIMEOUT, async () => {
  const lock = valueOf(await workshop.lock([setOf('cython', 'ninja', 'numpy')]));
  const chosen = (interpreter: ReturnType<typeof cpython>): readonly string[] =>
    valueOf(chooseBuildRequirements({ lock, requires: ['numpy', 'ninja', 'cython'], interpreter, subject: SUBJECT })).map(({ wheel }) =>
      wheel.filename.replace(/-[\d.]+-/, ' '),
    );
  expect(chosen(cpython(11))).toMatchInlineSnapshot(`
    [
      "cython cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl",
      "ninja py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
      "numpy cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    ]
  `);
  expect(chosen(cpython(13, { platform: { os: 'macos', arch: 'arm64', major: 14, minor: 0 } }))).toMatchInlineSnapshot(`
    [
      "cython cp313-cp313-macosx_11_0_arm64.whl",
      "ninja py3-none-macosx_10_9_universal2.whl",
      "numpy cp313-cp313-macosx_14_0_arm64.whl",
    ]
  `);
  expect(lock.buildPackages.flatMap(({ wheels }) => wheels).filter(({ file }) => file.includes('win_amd64'))).toEqual([]);
});

test('a requirement that is no wheel of an index is refused', TIMEOUT, async () => {
  const local = workshop.place({ 'pyproject.toml': '[project]\nname = "own-backend"\nversion = "1"\n' });
  expect(wordsOf(await workshop.lock([setOf(`own-backend @ file://${local}`)]))).toMatchInlineSnapshot(`
    "error[F0991]: the build requirement \`own-backend\` cannot be pinned: it is no wheel of an index or of an address
    hint: require a released version; a backend of the repository itself is named by \`backend-path\`
    "
  `);
});

test('without uv nothing is locked, and nothing that needs no uv fails', async () => {
  const request = {
    rules: { requiresPython: '>=3.10', constraints: [], excludeNewer: undefined, indexes: [], sources: new Map<string, string>() },
    previous: undefined,
    scratch: join(workshop.directory, 'no-uv'),
    uv: { python: oracleTools().python, environment: ENVIRONMENT, offline: true, signal: undefined, run: runProcess },
  };
  const lockWith = (program: string | undefined, requires: readonly string[]) =>
    lockBuildSystems({ ...request, subjects: [setOf(...requires)], uv: { ...request.uv, program } });
  expect(wordsOf(await lockWith(undefined, ['hatchling']))).toMatchInlineSnapshot(`
    "error[F0990]: build requirements are resolved by \`uv\`, which cannot be started
      reason  it is not on the \`PATH\`
    hint: install uv (\`pip install uv\`) and run \`ferrule lock\` again; building needs no uv
    "
  `);
  expect(wordsOf(await lockWith('/nowhere/uv', ['hatchling']))).toContain('F0990');
  expect(valueOf(await lockWith(undefined, []))).toEqual({ buildSystems: [], buildPackages: [] });
});
