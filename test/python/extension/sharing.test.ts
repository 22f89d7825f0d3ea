import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExtensionPlan } from '../../../src/plan/extension-plan.ts';
import { planWorkspace } from '../../../src/plan/plan-workspace.ts';
import type { WorkspacePlan } from '../../../src/plan/workspace-plan.ts';
import { findToolchain } from '../../../src/rust/cargo/find-toolchain.ts';
import { runProcess } from '../../../src/rust/cargo/node-process.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import { buildPlans, type BuiltPlans, ENVIRONMENT, plannedExtension, storeAt } from './extension-rig.ts';
import { SHARING, writtenRepository } from './fixture.ts';
import { cpython } from './interpreters.ts';

let root = '';
let store: DirectoryStore;
let plain: WorkspacePlan;
let exact: readonly ExtensionPlan[] = [];
let stable: readonly ExtensionPlan[] = [];
let built: BuiltPlans;

beforeAll(async () => {
  root = writtenRepository(SHARING);
  store = storeAt(`${root}.scratch`);
  plain = await planProgram();
  exact = [await planned('exact', 10), await planned('exact', 11)];
  stable = [await planned('stable', 12), await planned('stable', 13)];
  const plans = [plain, ...[...exact, ...stable].map((extension) => extension.plan)];
  built = await buildPlans({ store, root, plans });
}, 300_000);
afterAll(() => {
  store.close();
  for (const path of [root, `${root}.scratch`]) rmSync(path, { recursive: true, force: true });
});

/** Keys of a plan's units by label. */
function keysOf(plan: WorkspacePlan): ReadonlyMap<string, string | undefined> {
  const keys = built.keys.get(plan) ?? [];
  return new Map(plan.units.map((unit, index) => [unit.label, keys[index]]));
}

function differing(left: ExtensionPlan | undefined, right: ExtensionPlan | undefined): readonly string[] {
  if (left === undefined || right === undefined) throw new Error('not planned');
  const others = keysOf(right.plan);
  return [...keysOf(left.plan)].flatMap(([label, key]) => (others.get(label) === key ? [] : [label])).toSorted();
}

describe('an extension module shares what it can', () => {
  test('everything was built', () => {
    expect(built.diagnostics).toEqual([]);
  });

  test('a crate that has nothing to do with Python is the same unit inside a module and inside a program', () => {
    const ours = keysOf(plain);
    const theirs = keysOf(exact[0]?.plan ?? plain);
    for (const label of ['itoa', 'libc']) {
      const shared = [...ours.keys()].filter((each) => each.startsWith(`${label} `));
      expect(shared.length).toBeGreaterThan(0);
      for (const name of shared) expect([name, theirs.get(name)]).toEqual([name, ours.get(name)]);
    }
  });

  test('built for two Pythons, only what knows Python differs', () => {
    expect(differing(exact[0], exact[1])).toEqual(['exact v0.1.0', 'pyo3-ffi v0.29.3', 'pyo3-ffi v0.29.3 (build script run)']);
  });

  test('with a stable ABI, two Pythons have one key for every unit', () => {
    expect(stable.map((extension) => extension.stableAbi)).toEqual([
      { kind: 'abi3', minimum: { major: 3, minor: 10 } },
      { kind: 'abi3', minimum: { major: 3, minor: 10 } },
    ]);
    expect(differing(stable[0], stable[1])).toEqual([]);
  });
});

describe('a module that was built', () => {
  test('is imported by the Python it was built for', () => {
    const code = built.outcomeOf(exact[1] ?? failed())?.code;
    expect(say('python3.11', 'exact', `.cpython-311-x86_64-linux-gnu.so`, code)).toBe('42\n');
  });

  test('with a stable ABI is imported by a Python it was not built for', () => {
    const code = built.outcomeOf(stable[0] ?? failed())?.code;
    expect(say('python3.11', 'stable', '.abi3.so', code)).toBe('42\n');
  });

  test('is not linked with Python itself', () => {
    const code = built.outcomeOf(stable[0] ?? failed())?.code;
    const library = code?.kind === 'module' ? code.library.path : '';
    expect(execFileSync('readelf', ['-d', library], { encoding: 'utf8' })).not.toContain('libpython');
  });

  test('has no path of this machine in it', () => {
    const code = built.outcomeOf(exact[1] ?? failed())?.code;
    const bytes = readFileSync(code?.kind === 'module' ? code.library.path : '');
    expect(bytes.includes(root)).toBe(false);
    expect(bytes.includes(ENVIRONMENT['HOME'] ?? 'HOME')).toBe(false);
  });
});

function say(python: string, module: string, suffix: string, code: unknown): string {
  const { library } = Object(code);
  const directory = join(`${root}.scratch`, `import-${module}${suffix}`);
  mkdirSync(directory, { recursive: true });
  copyFileSync(String(Object(library).path), join(directory, `${module}${suffix}`));
  return execFileSync(python, ['-c', `import ${module}; print(${module}.decimal(42))`], { cwd: directory, encoding: 'utf8' });
}

async function planned(name: string, minor: number): Promise<ExtensionPlan> {
  const plan = await plannedExtension({ store, root, directory: join(root, name), wishes: { interpreter: cpython(minor) } });
  if (!plan.ok) throw new Error(JSON.stringify(plan.diagnostics));
  return plan.value;
}

async function planProgram(): Promise<WorkspacePlan> {
  const toolchain = await findToolchain({ directory: root, environment: ENVIRONMENT, run: runProcess, store });
  if (!toolchain.ok) throw new Error(JSON.stringify(toolchain.diagnostics));
  const plan = await planWorkspace({
    member: '.',
    workspaceRoot: root,
    repositoryRoot: root,
    selection: {
      command: 'build',
      packages: ['plain'],
      workspace: false,
      targets: [],
      features: [],
      allFeatures: false,
      noDefaultFeatures: false,
      profile: 'release',
      target: undefined,
    },
    toolchain: toolchain.value,
    environment: ENVIRONMENT,
    offline: false,
    store,
    run: runProcess,
    onProgress: () => undefined,
    now: () => Date.now(),
  });
  if (!plan.ok) throw new Error(JSON.stringify(plan.diagnostics));
  return plan.value;
}

function failed(): never {
  throw new Error('not planned');
}
