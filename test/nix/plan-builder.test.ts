import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NixPlanBuilder, NixPlanParts } from '../../src/nix/plan-builder.ts';
import type { CompileStep, NixNode, NixPlan, ScriptStep, WrittenNode } from '../../src/nix/plan-file.ts';
import { givenSteps } from '../../src/nix/runner/given-steps.ts';
import { withReferences, withUnits } from '../../src/nix/unit-references.ts';
import { TemporaryDirectory } from '../end-to-end/checkout.ts';

const DEPS = 'build/target/debug/deps';
const SYSTEMS = ['x86_64-linux', 'aarch64-linux'] as const;
type System = (typeof SYSTEMS)[number];

let directory: TemporaryDirectory;

beforeAll(() => {
  directory = new TemporaryDirectory();
});

afterAll(() => directory[Symbol.dispose]());

/** What cargo might call a unit on a machine. */
function hash(system: System, name: string): string {
  return Buffer.from(`${system.slice(0, 2)}${name}--------`)
    .toString('hex')
    .slice(0, 16);
}

interface Crate {
  readonly name: string;
  /** Position of each library that it is compiled against, with the library's name. */
  readonly libraries: readonly (readonly [need: number, name: string])[];
}

function compile(system: System, { name, libraries }: Crate): CompileStep {
  const unit = hash(system, name);
  return {
    kind: 'compile',
    unit,
    label: `${name} v1.0.0`,
    arguments: [
      'rustc',
      '--crate-name',
      name,
      ...['unused', 'clippy::all', 'dead_code', 'unreachable'].map((lint) => `--warn=${lint}`),
      '--check-cfg',
      'cfg(feature, values("a<3>", "b"))',
      '-C',
      `metadata=${hash(system, `m${name}`)}`,
      '-C',
      `extra-filename=-${unit}`,
      ...libraries.flatMap(([, library]) => ['--extern', `${library}=/${DEPS}/lib${library}-${hash(system, library)}.rmeta`]),
    ],
    environment: {
      CARGO: '/build/toolchain/bin/cargo',
      CARGO_PKG_NAME: name,
      CARGO_PKG_VERSION: '1.0.0',
      CARGO_PKG_DESCRIPTION: 'we <3 it, <1.0> and <\\ too',
      LD_LIBRARY_PATH: `/${DEPS}:/build/toolchain/lib`,
      CARGO_CRATE_NAME: name,
    },
    workingDirectory: `build/registry/${name}-1.0.0`,
    trees: [{ path: `build/registry/${name}-1.0.0`, from: { fetch: `${name}-1.0.0-0123456789abcdef` }, patches: [], writable: false }],
    files: {},
    outputs: [`lib${name}-${unit}.rlib`, `lib${name}-${unit}.rmeta`, `${name}-${unit}.d`],
    artifacts:
      libraries.length === 0
        ? {}
        : { [DEPS]: libraries.map(([need, library]) => [need, `lib${library}-${hash(system, library)}.rmeta`] as const) },
    scripts: [],
    ownScript: null,
    linkScripts: [],
    pluginScripts: [],
    links: false,
    target: { kinds: ['lib'], crateTypes: ['lib'], name },
    mode: 'build',
    packageTargets: [{ kinds: ['lib'], crateTypes: ['lib'], name }],
    showWarnings: false,
  };
}

function script(system: System, name: string): ScriptStep {
  const unit = hash(system, `s${name}`);
  const { environment, workingDirectory, trees } = compile(system, { name, libraries: [] });
  const arch = system.split('-', 1)[0] ?? '';
  return {
    kind: 'script',
    unit,
    label: `${name} v1.0.0 (build script run)`,
    environment: { ...environment, PROFILE: 'debug', HOST: system, TARGET: system, CARGO_CFG_TARGET_ARCH: arch, CARGO_CFG_FEATURE: 'a' },
    workingDirectory,
    trees,
    files: {},
    scripts: [],
    program: {
      need: -1,
      file: `build_script_build-${unit}`,
      path: `build/target/debug/build/${name}/build-script-build`,
    },
    outDirectory: `build/target/debug/build/${name}-${unit}/out`,
    dependencyScripts: [],
    pluginScripts: [],
    rustVersion: null,
    packageTargets: [{ kinds: ['custom-build'], crateTypes: ['bin'], name: '' }],
    nightly: false,
  };
}

function node(needs: readonly string[], steps: NixNode['steps'], name: string): NixNode {
  const fetches = [`${name}-1.0.0-0123456789abcdef`];
  return { label: `${name} v1.0.0`, name, version: '1.0.0', toolchain: '1.95.0', needs, fetches, sources: [], system: [], steps };
}

/** a; b on a, with a build script; c on b and so on a; a program on all of them. */
function nodesOf(system: System, builder: NixPlanBuilder): ReadonlyMap<string, NixNode> {
  const made = new Map<string, NixNode>();
  const enter = (given: NixNode): string => {
    const name = builder.node(given);
    made.set(name, given);
    return name;
  };
  const a = enter(node([], [compile(system, { name: 'aa', libraries: [] })], 'aa'));
  const own = script(system, 'bb');
  const compiled = { ...compile(system, { name: 'bb', libraries: [[0, 'aa']] }), ownScript: 0 };
  const seen = { need: -1, unit: own.unit, path: own.outDirectory };
  const b = enter(node([a], [own, { ...compiled, scripts: [seen] }], 'bb'));
  const ofB = { need: 0, unit: own.unit, path: own.outDirectory };
  const onB = compile(system, {
    name: 'cc',
    libraries: [
      [0, 'bb'],
      [1, 'aa'],
    ],
  });
  const c = enter(node([b, a], [{ ...onB, scripts: [ofB], linkScripts: [0] }], 'cc'));
  enter(
    node(
      [c, b, a],
      [
        compile(system, {
          name: 'dd',
          libraries: [
            [0, 'cc'],
            [1, 'bb'],
            [2, 'aa'],
          ],
        }),
      ],
      'dd',
    ),
  );
  return made;
}

/** The needs as `ferrule.nix` lists them. */
function needsOf(nodes: NixPlan['nodes'], { needs, through }: WrittenNode): readonly string[] {
  if (through === undefined) return needs;
  const closure = (name: string): readonly string[] => [name, ...(nodes[name]?.through ?? []).flatMap(closure)];
  return [...new Set([...needs, ...through.flatMap(closure)])].toSorted();
}

/** What each need has left, as paths in the Nix store. */
function storeOf(system: System, made: ReadonlyMap<string, NixNode>): (name: string) => string {
  for (const [name, { steps }] of made) {
    for (const step of steps) {
      for (const file of step.kind === 'compile' ? step.outputs : []) {
        const path = directory.join(system, name, 'files', file);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, '');
      }
    }
  }
  return (name) => directory.join(system, name);
}

test('what differs between machines stands apart: derivations are shared, and the runner gets what was lowered', () => {
  const parts = new NixPlanParts();
  const made = SYSTEMS.map((system) => {
    const builder = new NixPlanBuilder(parts);
    return { system, builder, nodes: nodesOf(system, builder) };
  });
  const { nodes, packages, words } = parts.finish();
  expect(Object.keys(nodes)).toHaveLength(4);
  for (const { system, builder, nodes: lowered } of made) {
    const [units, environments] = [builder.units(), builder.environments()];
    const storePath = storeOf(system, lowered);
    for (const [name, original] of lowered) {
      const written = nodes[name];
      if (written === undefined) throw new Error(`${name} is not in the plan`);
      const needs = needsOf(nodes, written);
      expect(new Set(needs)).toEqual(new Set(original.needs));
      const steps = givenSteps({
        ...written,
        needs: needs.map(storePath),
        units: units[name] ?? '',
        neededUnits: needs.map((need) => units[need] ?? ''),
        packages,
        words,
        environments,
      });
      expect(named(steps, needs)).toEqual(named(original.steps, original.needs));
    }
  }
});

/** Steps with names in the place of positions, artifacts in the order of their names. */
function named(steps: readonly unknown[], needs: readonly string[]): unknown {
  return steps.map((step) => {
    const { artifacts, scripts, ...rest } = Object(step);
    const files = Object.values(artifacts ?? {}).flatMap((groups) =>
      [...Object(groups)].map(([need, ...names]) => [needs[need], ...names]),
    );
    return {
      ...rest,
      artifacts: new Set(files.map((one) => JSON.stringify(one))),
      scripts: [...(scripts ?? [])].map((one) => ({ ...one, need: needs[one.need] ?? one.need })),
    };
  });
}

test('a crate names the libraries that the others follow from', () => {
  const parts = new NixPlanParts();
  const names = [...nodesOf('x86_64-linux', new NixPlanBuilder(parts)).keys()];
  const [a = '', b = '', c = '', d = ''] = names;
  const { nodes } = parts.finish();
  expect([nodes[b]?.through, nodes[c]?.through, nodes[d]?.through]).toEqual([[a], [b], [c]]);
  expect(Object.values(nodes).flatMap(({ needs }) => needs)).toEqual([]);
});

test('two units of one machine that differ in nothing but their hashes are two derivations', () => {
  const builder = new NixPlanBuilder(new NixPlanParts());
  const step = compile('x86_64-linux', { name: 'aa', libraries: [] });
  const other = hash('aarch64-linux', 'aa');
  const first = builder.node(node([], [step], 'aa'));
  const text = JSON.stringify(step).replaceAll(step.unit, other);
  const second = builder.node(node([], [JSON.parse(text)], 'aa'));
  expect(second).not.toBe(first);
  expect(builder.units()).toMatchObject({ [first]: expect.stringContaining(step.unit), [second]: expect.stringContaining(other) });
});

test.each(['<0>', '<\\', '<<1.2>', '<3', 'a < b', '0123456789abcdef0', 'x-0123456789abcdef.rlib', 'fedcba9876543210'])(
  'the text %s comes back from references',
  (text) => {
    const units = { own: ['0123456789abcdef'], needs: [[], ['fedcba9876543210']] };
    const value = { [text]: [text, { text, count: 1, none: null }] };
    const written = withReferences(value, units);
    expect(withUnits(written, units)).toEqual(value);
    expect(JSON.stringify(written)).not.toMatch(/(?<![0-9a-f])(?:0123456789abcdef|fedcba9876543210)(?![0-9a-f])/);
  },
);

test('a reference to no unit is refused', () => {
  expect(() => withUnits({ text: 'x-<1.0>' }, { own: [], needs: [[]] })).toThrow('`<1.0>` stands for no unit');
});

test('what is in no need is refused', () => {
  mkdirSync(directory.join('empty', 'files'), { recursive: true });
  const given = {
    label: 'x v1',
    steps: [{ kind: 'compile', package: 'x-1', artifacts: { deps: ['.rmeta 0'] } }] as const,
    packages: { 'x-1': { environment: {}, targets: [] } },
    words: {},
    environments: {},
    units: '',
    neededUnits: ['0123456789abcdef'],
    needs: [join(directory.path, 'empty')],
  };
  expect(() => givenSteps(given)).toThrow('need 0 has left nothing that ends in `-0123456789abcdef.rmeta`');
});
