import { join, relative } from 'node:path';
import { existsSync } from 'node:fs';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Digest } from '../model/digest.ts';
import { compareBytes } from '../model/wire.ts';
import { LEFT_BEHIND } from '../plan/checks/command-step.ts';
import { crateVariables } from '../plan/development.ts';
import type { PlannedRun } from '../plan/plan-run.ts';
import { type RequestedOutput, requestedOutputs } from '../plan/rust-results.ts';
import { RunSources } from '../plan/run-sources.ts';
import { checkoutFiles, plansOf } from '../plan/run-works.ts';
import type { WorkspacePlan } from '../plan/workspace-plan.ts';
import type { TreeFiles } from '../record/action-ingredients.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { DiskProbe } from '../source/disk-probe.ts';
import { packageFiles } from '../source/package-files.ts';
import { snapshot } from '../source/source-tree.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import { type LeftOut, leftOutDiagnostics } from './left-out.ts';
import { type LoweredCheck, type LoweredChecks, lowerChecks } from './lower-checks.ts';
import { PythonLowering, type PythonLoweringOptions } from './lower-python.ts';
import { RustLowering } from './lower-rust.ts';
import { PackageOrigins } from './package-origins.ts';
import { nameOutput } from './output-names.ts';
import { NixPlanBuilder, NixPlanParts, storeName } from './plan-builder.ts';
import { type NixFetch, type NixNode, type NixOutput, type NixPlan, type NixToolchain, PLAN_VERSION } from './plan-file.ts';
import { planOrigin } from './plan-origin.ts';
import { pythonOutputs, pythonReads } from './python-outputs.ts';
import type { NixPython } from './python-steps.ts';

/** What was planned for one system. */
export interface SystemRun {
  /** Nix's name of it. */
  readonly system: string;
  /** Rust's. */
  readonly host: string;
  readonly planned: PlannedRun;
  /** A run of checks; `undefined`: none are wanted. */
  readonly checked: PlannedRun | undefined;
}

export interface MadePlan {
  readonly plan: NixPlan;
  /** The plan's derivations as they were lowered, by name; of those that several systems share, one system's. */
  readonly lowered: ReadonlyMap<string, NixNode>;
  /** Downloads that this machine has, with their absolute paths. */
  readonly present: readonly { readonly fetch: NixFetch; readonly at: string }[];
  /** Absolute directory of each part of the repository, by its name in the plan. */
  readonly sources: Readonly<Record<string, string>>;
  /** The same as trees of the store. */
  readonly trees: Readonly<Record<string, Digest>>;
  readonly filesOf: TreeFiles;
  /** The checks of each system, in the order of the plan. */
  readonly checks: Readonly<Record<string, readonly LoweredCheck[]>>;
}

/** The Nix plan of everything that was planned. Fails with what a flake cannot have. */
export function makeNixPlan(options: {
  readonly store: DirectoryStore;
  readonly runs: readonly SystemRun[];
  /** What one system cannot have is left out of it, with a warning. */
  readonly mayLeaveOut: boolean;
  /** The user's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Result<MadePlan> {
  const { store, runs, mayLeaveOut, environment, now } = options;
  const [first] = runs;
  if (first === undefined) throw new Error('internal: a plan for no system');
  const { repository, lock } = first.planned;
  const sources = new RunSources({ store, repository, lock, environment, now });
  const origins = new PackageOrigins({
    store,
    lock,
    repositoryRoot: repository.root,
    visible: (packageRoot) =>
      packageFiles({
        packageRoot,
        repositoryRoot: repository.root,
        directories: readDirectories,
        probe: new DiskProbe(),
        nestedPackages: 'enter',
      }).paths.filter((path) => !LEFT_BEHIND.test(`/${path}`)),
  });
  const planParts = new NixPlanParts();
  const shared = { sources, origins, store, config: repository.config, repositoryRoot: repository.root };
  const problems: Diagnostic[] = [];
  const pythons = new Map<string, NixPython>();
  const leftOut: LeftOut[] = [];
  const checksOf: Record<string, readonly LoweredCheck[]> = {};
  const systems = Object.fromEntries(
    runs.map(({ system, host, planned, checked }) => {
      const builder = new NixPlanBuilder(planParts);
      const parts = { ...shared, builder };
      const lowerings = new Map<WorkspacePlan, RustLowering>();
      const rust = (plan: WorkspacePlan): RustLowering => {
        const known = lowerings.get(plan) ?? new RustLowering({ ...parts, plan });
        lowerings.set(plan, known);
        return known;
      };
      const outputs: Record<string, NixOutput> = {};
      for (const [index, plan] of planned.plans.entries()) {
        const request = planned.requests[index];
        if (request === undefined) throw new Error('internal: a plan without a request');
        for (const requested of requestedOutputs({ plan, request })) {
          const made = rustOutput({ requested, isDefault: request.output === undefined, lowering: rust(plan), builder, plan });
          if (made.ok) nameOutput(outputs, made.value, request.member.path);
          else problems.push(...made.diagnostics);
        }
      }
      const python = pythonOutputs({ ...parts, rust, python: planned.python, mayBeEditable: mayLeaveOut });
      for (const output of python.outputs) nameOutput(outputs, output);
      const lowered = checked === undefined ? NO_CHECKS : loweredChecks({ ...parts, rust, checked });
      const checks: Record<string, NixOutput> = {};
      for (const { output, workspace } of lowered.checks) nameOutput(checks, output, memberPath(repository.root, workspace));
      checksOf[system] = lowered.checks;
      for (const [name, used] of [...python.pythons, ...lowered.pythons]) pythons.set(name, used);
      for (const { name, output, diagnostics } of [...python.leftOut, ...lowered.leftOut])
        leftOut.push({ system, output: name === output ? name : `${name}:${output}`, diagnostics });
      const shells = Object.fromEntries(python.shells.map((shell) => [storeName(shell.target), shell]));
      return [system, { host, environments: builder.environments(), units: builder.units(), outputs, checks, shells }] as const;
    }),
  );
  const missed = mayLeaveOut
    ? leftOutDiagnostics(
        leftOut,
        runs.map(({ system }) => system),
      )
    : leftOut.flatMap(({ diagnostics }) => diagnostics);
  problems.push(...missed.filter(({ severity }) => severity === 'error'));
  if (problems.length > 0) return fail(...unique(problems));
  const allRuns = runs.flatMap(({ planned, checked }) => (checked === undefined ? [planned] : [planned, checked]));
  const plans = allRuns.flatMap(plansOf);
  const plan: NixPlan = {
    version: PLAN_VERSION,
    madeFrom: planOrigin({
      repositoryRoot: repository.root,
      reads: [...plans.map(({ read }) => read), ...allRuns.map(({ python }) => pythonReads(python))],
    }),
    toolchains: toolchainsOf(repository.root, plans),
    pythons: Object.fromEntries([...pythons].toSorted(([left], [right]) => compareBytes(left, right))),
    development: crateVariables(repository.config),
    ...planParts.finish(),
    systems,
  };
  const trees = sourceTrees({ plan, repositoryRoot: repository.root, sources, store, origins });
  sources.save();
  if (!trees.ok) return trees;
  const directories = Object.fromEntries(Object.entries(trees.value).map(([name, tree]) => [name, store.treePath(tree) ?? '']));
  const filesOf = checkoutFiles(sources.memory.trees, repository.root);
  const present = [...origins.present.values()];
  return ok({ plan, lowered: planParts.lowered, present, sources: directories, trees: trees.value, filesOf, checks: checksOf }, missed);
}

const NO_CHECKS = { checks: [], leftOut: [], pythons: new Map<string, NixPython>() } as const;

/** The checks of one system, and the interpreters that their environments are made with. */
function loweredChecks(
  options: Omit<PythonLoweringOptions, 'plan' | 'memory' | 'mayBeEditable'> & {
    readonly sources: RunSources;
    readonly checked: PlannedRun;
  },
): LoweredChecks & Pick<PythonLowering, 'pythons'> {
  const { checked, sources } = options;
  const python = new PythonLowering({ ...options, plan: checked.python, memory: sources.memory, mayBeEditable: true });
  const { checks, leftOut } = lowerChecks({ ...options, python, checks: checked.checks });
  return { checks, leftOut: [...checked.python.leftOut, ...leftOut], pythons: python.pythons };
}

function rustOutput(options: {
  readonly requested: RequestedOutput;
  readonly isDefault: boolean;
  readonly lowering: RustLowering;
  readonly builder: NixPlanBuilder;
  readonly plan: WorkspacePlan;
}): Result<NixOutput> {
  const { requested, isDefault, lowering, builder, plan } = options;
  const needs: string[] = [];
  const files: { need: number; file: string; path: string }[] = [];
  for (const { unit, file, path } of requested.files) {
    const node = lowering.nodeOf(unit);
    if (!node.ok) return node;
    const known = needs.indexOf(node.value);
    files.push({ need: known === -1 ? needs.push(node.value) - 1 : known, file, path });
  }
  const [main] = requested.files;
  const version = (main === undefined ? undefined : plan.units[main.unit]?.unit.package.version) ?? '0';
  const node = builder.node({
    label: `${requested.name} (${requested.output})`,
    name: requested.name,
    version,
    toolchain: null,
    needs,
    fetches: [],
    sources: [],
    system: [],
    steps: [{ kind: 'collect', files }],
  });
  const programs = files.flatMap(({ path }) => (path.startsWith('bin/') ? [path.slice('bin/'.length)] : []));
  return ok({ kind: 'rust', node, target: requested.name, output: requested.output, programs, isDefault });
}

/** Directory of a plan's workspace relative to the repository's root. */
function memberPath(root: string, plan: WorkspacePlan | undefined): string {
  return plan === undefined ? '' : relative(root, plan.facts.workspaceRoot);
}

function toolchainsOf(root: string, plans: readonly WorkspacePlan[]): Readonly<Record<string, NixToolchain>> {
  const toolchains: Record<string, NixToolchain> = {};
  for (const { facts } of plans) {
    const { rustcVersion: version } = facts.toolchain;
    toolchains[version] ??= { version, file: toolchainFile(root, facts.workspaceRoot) };
  }
  return Object.fromEntries(Object.entries(toolchains).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** The file that pins a workspace's toolchain, if it is one of the repository's (rustup book, "The toolchain file"). */
function toolchainFile(root: string, workspaceRoot: string): string | null {
  for (let directory = workspaceRoot; ; directory = join(directory, '..')) {
    const found = ['rust-toolchain', 'rust-toolchain.toml'].map((name) => join(directory, name)).find((path) => existsSync(path));
    if (found !== undefined) return relative(root, found);
    if (relative(root, directory) === '' || relative(root, directory).startsWith('..')) return null;
  }
}

/** The files that each rule selects. */
function sourceTrees(options: {
  readonly plan: NixPlan;
  /** Absolute. */
  readonly repositoryRoot: string;
  readonly sources: RunSources;
  readonly store: DirectoryStore;
  readonly origins: PackageOrigins;
}): Result<Readonly<Record<string, Digest>>> {
  const { plan, repositoryRoot: anchor, sources, store, origins } = options;
  const { digests, trees } = sources.memory;
  const found: Record<string, Digest> = {};
  for (const [name, rule] of Object.entries(plan.sources)) {
    const files = [...origins.filesOf(rule)].toSorted();
    const tree = snapshot({ store, anchor, files, digests, trees });
    if (!tree.ok) return tree;
    found[name] = tree.value;
  }
  return ok(found);
}

function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const text = JSON.stringify(diagnostic);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
