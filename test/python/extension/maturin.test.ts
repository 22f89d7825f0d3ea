import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExtensionPlan } from '../../../src/plan/extension-plan.ts';
import { NO_SETTINGS } from '../../../src/python/maturin/settings.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import { compareWithCargo } from '../../conformance/compare.ts';
import { buildPlans, plannedExtension, storeAt, type Wishes } from './extension-rig.ts';
import { moduleSource, writtenRepository } from './fixture.ts';
import { cpython } from './interpreters.ts';
import { type MaturinRecording, recordMaturin } from './maturin-recording.ts';

const PYO3 = ['0.29.3', '0.26.0'];

function projectOf(version: string): string {
  return `pyo3_${version.replaceAll('.', '_')}`;
}

function pyproject(name: string, settings: string): string {
  return `[build-system]
requires = ["maturin>=1,<2"]
build-backend = "maturin"
[project]
name = "${name}"
version = "0.1.0"
[tool.maturin]
${settings}
`;
}

function manifest(name: string, more: string): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n${more}`;
}

const SETTINGS = `features = ["more", { feature = "never", python-version = "<3" }, { feature = "new", python-version = ">=3.9" }]
profile = "dist"
strip = true
rustc-args = ["-C", "debuginfo=1"]
`;
const FEATURES = '[features]\ndefault = ["usual"]\nusual = []\nmore = []\nnever = []\nnew = []\n';

/** Only one version of pyo3 can bind Python in a workspace: each has one of its own. */
const MODULES = Object.fromEntries(
  PYO3.flatMap((version) => {
    const name = projectOf(version);
    const dependencies = `[dependencies]\nitoa = "1"\npyo3-ffi = "=${version}"\n[lib]\ncrate-type = ["rlib", "cdylib"]\n${FEATURES}`;
    return [
      [`${name}/Cargo.toml`, `${manifest(name, dependencies)}[workspace]\n[profile.dist]\ninherits = "dev"\nopt-level = 1\n`],
      [`${name}/src/lib.rs`, moduleSource(name)],
      [`${name}/pyproject.toml`, pyproject(name, SETTINGS)],
    ];
  }),
);

const OTHERS = {
  'tools/Cargo.toml': `${manifest('tools', '[dependencies]\nitoa = "1"\n')}[workspace]\n`,
  'tools/src/main.rs': 'fn main() { println!("{}", itoa::Buffer::new().format(1)); }\n',
  'tools/src/bin/second.rs': 'fn main() {}\n',
  'tools/pyproject.toml': pyproject('tools', ''),
  'stable/Cargo.toml': `${manifest(
    'stable',
    '[dependencies]\nitoa = "1"\npyo3-ffi = { version = "=0.29.3", features = ["abi3-py310"] }\n[lib]\ncrate-type = ["cdylib"]\n',
  )}[workspace]\n`,
  'stable/src/lib.rs': moduleSource('stable'),
  'stable/pyproject.toml': pyproject('stable', ''),
};

const DIST: Wishes = {
  settings: {
    ...NO_SETTINGS,
    features: [
      { feature: 'more', pythonVersion: undefined, pythonImplementation: undefined },
      { feature: 'never', pythonVersion: '<3', pythonImplementation: undefined },
      { feature: 'new', pythonVersion: '>=3.9', pythonImplementation: 'CPython' },
    ],
    profile: 'dist',
    strip: true,
    rustcArguments: ['-C', 'debuginfo=1'],
  },
};

let root = '';
let scratch = '';
let store: DirectoryStore;

beforeAll(() => {
  root = writtenRepository({ ...MODULES, ...OTHERS }, [...PYO3.map(projectOf), 'tools', 'stable']);
  scratch = `${root}.scratch`;
  store = storeAt(scratch);
}, 60_000);
afterAll(() => {
  store.close();
  for (const path of [root, scratch]) rmSync(path, { recursive: true, force: true });
});

async function planned(project: string, wishes: Wishes): Promise<ExtensionPlan> {
  const plan = await plannedExtension({ store, root, directory: join(root, project), wishes: { interpreter: cpython(11), ...wishes } });
  if (!plan.ok) throw new Error(JSON.stringify(plan.diagnostics));
  return plan.value;
}

function recorded(project: string, words: readonly string[]): MaturinRecording {
  const directory = join(scratch, 'maturin', project);
  return recordMaturin({ project: join(root, project), directory, python: 'python3.11', words: ['--compatibility', 'linux', ...words] });
}

/** What a build script tells cargo, without what it is to be run again for, and without where this machine has its Python. */
function told(output: string): readonly string[] {
  return output.split('\n').filter((line) => line.startsWith('cargo') && !/rerun-if|PYO3_CONFIG=/.test(line));
}

describe('a module is compiled as maturin has cargo compile it', () => {
  test.each(PYO3)('with pyo3 %s, features, a profile, arguments for rustc and stripping', { timeout: 240_000 }, async (version) => {
    const project = projectOf(version);
    const extension = await planned(project, DIST);
    const recording = recorded(project, []);
    const comparison = compareWithCargo(extension.plan.facts, recording);
    expect(comparison.differences).toEqual([]);
    expect(comparison.units).toBe(extension.plan.units.length);

    const built = await buildPlans({ store, root, plans: [extension.plan] });
    expect(built.diagnostics).toEqual([]);
    const theirs = [...recording.scriptOutputs].find(([directory]) => directory.includes('/pyo3-ffi-'))?.[1] ?? '';
    expect(told(built.saidBy(extension.plan, 'pyo3-ffi'))).toEqual(told(theirs));
  });

  test('with a stable ABI', { timeout: 240_000 }, async () => {
    const extension = await planned('stable', {});
    const recording = recorded('stable', ['--release']);
    expect(compareWithCargo(extension.plan.facts, recording).differences).toEqual([]);
    expect(recording.wheel).toContain('-cp310-abi3-');
    const built = await buildPlans({ store, root, plans: [extension.plan] });
    const theirs = [...recording.scriptOutputs].find(([directory]) => directory.includes('/pyo3-ffi-'))?.[1] ?? '';
    expect(told(built.saidBy(extension.plan, 'pyo3-ffi'))).toEqual(told(theirs));
  });
});

test('programs are compiled as maturin has cargo compile them', { timeout: 240_000 }, async () => {
  const extension = await planned('tools', { wanted: { kind: 'programs', names: [] } });
  const recording = recorded('tools', ['--release']);
  // Each program is one call of cargo, which says again what it did for the one before.
  const comparison = compareWithCargo(extension.plan.facts, recording);
  expect(comparison.differences).toEqual([]);
  const built = await buildPlans({ store, root, plans: [extension.plan] });
  const code = built.outcomeOf(extension)?.code;
  expect(code).toMatchObject({ kind: 'programs', embedsPython: false, programs: [{ name: 'second' }, { name: 'tools' }] });
});
