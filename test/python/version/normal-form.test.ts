import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';

import type { MarkerEnvironment } from '../../../src/python/interpreter.ts';
import { evaluateMarker, parseMarker } from '../../../src/python/version/marker.ts';
import { formatMarker } from '../../../src/python/version/marker-text.ts';
import { formatRequirement, parseRequirement } from '../../../src/python/version/requirement.ts';
import { temporaryDirectory } from '../../repository/temporary-directory.ts';
import { oracleTools } from '../oracle.ts';
import { glibc, interpreterOf, macos } from './interpreters.ts';
import { SEED } from './version-texts.ts';

// Other programs are asked, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

const tools = oracleTools();

/** The requirements as maturin writes them into METADATA. */
function writtenByMaturin(requirements: readonly string[]): readonly string[] {
  const directory = temporaryDirectory({
    'Cargo.toml': '[package]\nname = "project"\nversion = "0.1.0"\nedition = "2021"\n',
    'src/main.rs': 'fn main() {}\n',
    'pyproject.toml': `[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n[project]\nname = "project"\nversion = "0.1.0"\ndependencies = ${JSON.stringify(requirements)}\n[tool.maturin]\nbindings = "bin"\n`,
  });
  const out = join(directory, 'out');
  mkdirSync(out);
  const words = ['pep517', 'write-dist-info', '--metadata-directory', out, '--interpreter', tools.python];
  const { status, stderr } = spawnSync(tools.maturin, words, { cwd: directory, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const info = readdirSync(out).find((name) => name.endsWith('.dist-info')) ?? '';
  return [...readFileSync(join(out, info, 'METADATA'), 'utf8').matchAll(/^Requires-Dist: (.*)$/gm)].map(([, text]) => text ?? '');
}

function written(text: string): string {
  const parsed = parseRequirement(text);
  return parsed.ok ? formatRequirement(parsed.requirement) : parsed.message;
}

const REAL: readonly string[] = [
  'Requests_Foo.bar>=2',
  'a<3,>=2.0,!=2.5.*,~=2.1,==2.1+Local',
  'a[Security, Tests] >= 2.8.1, == 2.8.*',
  "a (>=1,<2) ; python_version<'4'",
  "a @ https://example.com/a.zip ; os_name=='posix'",
  'a @ https://example.com/a.zip',
  'a @ git+https://example.com/a.git@main#subdirectory=x',
  'a===1.0',
  'a>=1.0.dev1,>=1.0.ALPHA1',
  'a>=01.00',
  'colorama>=0.4; sys_platform == "win32"',
  "tomli>=2.0.1; python_version < '3.11' and extra == 'toml'",
  "importlib-metadata>=3.6; python_version < '3.10' or python_full_version < '3.10.2'",
  "uvloop>=0.14.0,!=0.15.0,!=0.15.1; (sys_platform != 'win32' and (sys_platform != 'cygwin' and platform_python_implementation != 'PyPy')) and extra == 'standard'",
  "torch==2.2.0; (platform_machine != 'aarch64' and sys_platform == 'linux') or sys_platform == 'darwin'",
  "a; python_version in '3.8 3.9'",
  "a; python_version not in '3.8,3.9'",
  "a; '3.8' <= python_version",
  "a; 'linux' in sys_platform and 'bsd' not in sys_platform",
  "a; sys_platform == 'linux' and sys_platform == 'win32'",
  "a; sys_platform == 'linux' or sys_platform != 'linux'",
  "a; os.name == 'posix'",
];

test('requirements are written as maturin writes them', () => {
  expect(REAL.map(written)).toEqual(writtenByMaturin(REAL));
}, 60_000);

const version = fc
  .tuple(
    fc.constantFrom('python_version', 'python_version', 'python_full_version', 'implementation_version'),
    fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '~='),
    fc.constantFrom('3', '3.0', '3.7', '3.8', '3.9', '3.10', '3.8.1', '3.9.0', '3.9.5', '4', '3.12.0rc1', '3.*', '3.8.*', '3.8.1.*', 'x'),
    fc.boolean(),
  )
  .map(([variable, operator, value, turn]) => (turn ? `'${value}' ${operator} ${variable}` : `${variable} ${operator} '${value}'`));
const versionList = fc
  .tuple(
    fc.constantFrom('python_version', 'python_full_version'),
    fc.constantFrom('in', 'not in'),
    fc.constantFrom('3.8 3.9', '3.8', '3.8 3.10', '3.8,3.9', '3.9 3.8 3.7'),
  )
  .map((parts) => parts.slice(0, 2).join(' ') + ` '${parts[2]}'`);
const text = fc
  .tuple(
    fc.constantFrom(
      'sys_platform',
      'os_name',
      'platform_machine',
      'platform_system',
      'implementation_name',
      'platform_python_implementation',
      'platform_release',
    ),
    fc.constantFrom('==', '!=', '==', '!=', '<', '>=', '>', '<=', 'in', 'not in'),
    fc.constantFrom('linux', 'win32', 'darwin', 'posix', 'x86_64', 'CPython', 'PyPy', '5'),
    fc.boolean(),
  )
  .map(([variable, operator, value, turn]) => (turn ? `'${value}' ${operator} ${variable}` : `${variable} ${operator} '${value}'`));
const extra = fc
  .tuple(fc.constantFrom('==', '!='), fc.constantFrom('a', 'B_c', 'd'))
  .map(([operator, name]) => `extra ${operator} '${name}'`);
const marker = fc.letrec<{ marker: string }>((tie) => ({
  marker: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: version },
    { weight: 1, arbitrary: versionList },
    { weight: 4, arbitrary: text },
    { weight: 1, arbitrary: extra },
    { weight: 4, arbitrary: fc.tuple(tie('marker'), fc.constantFrom('and', 'or'), tie('marker')).map((parts) => parts.join(' ')) },
    { weight: 3, arbitrary: tie('marker').map((inner) => `(${inner})`) },
  ),
})).marker;

test('markers of every shape are written as maturin writes them', () => {
  const texts = fc.sample(marker, { numRuns: 1500, seed: SEED }).map((inner) => `a ; ${inner}`);
  const theirs = writtenByMaturin(texts);
  const differences = texts
    .map((question, index) => ({ question, ours: withoutZero(written(question)), maturin: withoutZero(theirs[index] ?? '') }))
    .filter(({ ours, maturin }) => ours !== maturin);
  expect(differences.slice(0, 8)).toEqual([]);
  expect(new Set(theirs).size).toBeGreaterThan(500);
}, 120_000);

/** `3` and `3.0` are one to maturin, which writes whichever of them it saw first in its whole run. */
function withoutZero(requirement: string): string {
  return requirement.replaceAll(/'(\d+)\.0'/g, "'$1'");
}

const ENVIRONMENTS: readonly MarkerEnvironment[] = [7, 8, 9, 10, 13].flatMap((minor) =>
  [glibc('x86_64', 36), macos('arm64', 14)].map((platform) => interpreterOf({ minor, platform }).markers),
);

test('the written form holds where the marker holds', () => {
  // What means nothing is false in a marker and absent from its normal form, and a list of versions is a list there: neither is asked here.
  const simple = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('python_version', 'python_full_version'),
        fc.constantFrom('==', '!=', '<', '<=', '>', '>='),
        fc.constantFrom('3.7', '3.8', '3.9', '3.10', '3.8.1', '3.*', '3.9.*'),
      )
      .filter(([, operator, value]) => !value.endsWith('*') || operator === '==' || operator === '!=')
      .map(([variable, operator, value]) => `${variable} ${operator} '${value}'`),
    fc
      .tuple(
        fc.constantFrom('sys_platform', 'platform_machine', 'os_name'),
        fc.constantFrom('==', '!=', 'in', 'not in'),
        fc.constantFrom('linux', 'darwin', 'arm64', 'posix'),
      )
      .map(([variable, operator, value]) => `${variable} ${operator} '${value}'`),
    extra,
  );
  const nested = fc
    .array(
      fc.tuple(simple, fc.constantFrom(' and ', ' or '), simple).map((parts) => `(${parts.join('')})`),
      { minLength: 1, maxLength: 4 },
    )
    .chain((parts) => fc.constantFrom(' and ', ' or ').map((by) => parts.join(by)));
  for (const original of fc.sample(nested, { numRuns: 500, seed: SEED })) {
    const normal = normalized(original);
    for (const environment of ENVIRONMENTS) {
      for (const extras of [new Set<string>(), new Set(['a', 'b-c'])]) {
        const expected = holds(original, environment, extras);
        expect(normal === '' || holds(normal, environment, extras), `${original} → ${normal}`).toBe(expected);
      }
    }
    if (normal !== '' && normal !== NEVER) expect(normalized(normal)).toBe(normal);
  }
});

const NEVER = "python_version < '0'";

function normalized(original: string): string {
  const parsed = parseMarker(original);
  if (!parsed.ok) throw new Error(parsed.message);
  return formatMarker(parsed.marker);
}

function holds(original: string, environment: MarkerEnvironment, extras: ReadonlySet<string>): boolean {
  const parsed = parseMarker(original);
  if (!parsed.ok) throw new Error(`${original}: ${parsed.message}`);
  return evaluateMarker({ marker: parsed.marker, environment, extras });
}
