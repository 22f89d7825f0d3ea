import { fail, type Diagnostic, ok, type Result } from '../diagnostics/diagnostic.ts';
import { overridesOf } from '../plan/checks/package-overrides.ts';
import { rootsByPackage } from '../plan/checks/rust-checks.ts';
import { type RunAdditions, withOverrides } from '../plan/checks/package-run.ts';
import { withConfiguredVariables } from '../plan/configured-variables.ts';
import { hostEnvironment } from '../plan/host-environment.ts';
import type { RunSources } from '../plan/run-sources.ts';
import type { WorkspacePlan } from '../plan/workspace-plan.ts';
import type { FerruleConfig } from '../repository/config.ts';
import { relativeToRoot, SOURCE_ROOT, TOOLCHAIN_ROOT } from '../rust/layout.ts';
import type { PlannedUnit, TestRun } from '../rust/planned-unit.ts';
import type { Package } from '../rust/unit.ts';
import type { RustLowering } from './lower-rust.ts';
import { artifactGroups, NodeDraft, Scripts } from './node-draft.ts';
import type { PackageOrigins } from './package-origins.ts';
import type { NixPlanBuilder } from './plan-builder.ts';
import type { NixNode, NixOutput, RunStep } from './plan-file.ts';

/** One plan of a workspace, with what turns its units into derivations. */
export interface LoweredPlan {
  readonly plan: WorkspacePlan;
  readonly lowering: RustLowering;
}

export interface ChecksLoweringOptions {
  /** Of `cargo clippy --all-targets`; `undefined`: neither clippy nor rustfmt is wanted. */
  readonly lint: LoweredPlan | undefined;
  /** Of `cargo test`; `undefined`: no tests are wanted. */
  readonly test: LoweredPlan | undefined;
  readonly builder: NixPlanBuilder;
  readonly sources: RunSources;
  readonly origins: PackageOrigins;
  readonly config: FerruleConfig;
}

/** The checks of a workspace's packages as derivations that fail where the check does: `PACKAGE-clippy`, `PACKAGE-fmt`, `PACKAGE-tests`. */
export function lowerChecks(options: ChecksLoweringOptions): Result<readonly NixOutput[]> {
  const { lint, test, config } = options;
  const isOn = (check: string): boolean => config.checks[check]?.enabled !== false;
  const made: Result<NixOutput>[] = [];
  for (const [pkg, roots] of lint === undefined ? [] : rootsByPackage(lint.plan)) {
    if (lint !== undefined && isOn('clippy')) made.push(clippyCheck(options, { ...lint, pkg, roots }));
    if (lint !== undefined && isOn('fmt')) made.push(formatCheck(options, { ...lint, pkg, roots }));
  }
  for (const [pkg, roots] of test === undefined ? [] : rootsByPackage(test.plan)) {
    if (test === undefined || !isOn('tests')) continue;
    const runs = test.plan.tests.filter(({ unit }) => roots.some(({ index }) => index === unit));
    if (runs.length > 0) made.push(testCheck(options, { ...test, pkg, runs }));
  }
  const problems: Diagnostic[] = made.flatMap((result) => (result.ok ? [] : result.diagnostics));
  return problems.length > 0 ? fail(...problems) : ok(made.flatMap((result) => (result.ok ? [result.value] : [])));
}

interface CheckedPackage extends LoweredPlan {
  readonly pkg: Package;
}

/** clippy compiles each target; there is nothing more to do. */
function clippyCheck(
  { builder }: ChecksLoweringOptions,
  { lowering, pkg, roots }: CheckedPackage & { readonly roots: readonly PlannedUnit[] },
): Result<NixOutput> {
  const needs: string[] = [];
  for (const { index } of roots) {
    const node = lowering.nodeOf(index);
    if (!node.ok) return node;
    if (!needs.includes(node.value)) needs.push(node.value);
  }
  return ok(collected(builder, { pkg, check: 'clippy', needs }));
}

function formatCheck(
  options: ChecksLoweringOptions,
  { plan, pkg, roots }: CheckedPackage & { readonly roots: readonly PlannedUnit[] },
): Result<NixOutput> {
  const { builder, sources, origins } = options;
  const draft = new NodeDraft([]);
  const source = draft.source(builder.source(origins.rule(pkg, sources.checkedFileNames(plan, pkg, 'fmt'))));
  const placed = (path: string): string => SOURCE_ROOT + path.slice(plan.facts.sourceAnchor.length);
  const step: RunStep = {
    kind: 'run',
    label: `${pkg.name} v${pkg.version} (fmt)`,
    arguments: [
      `${TOOLCHAIN_ROOT}/bin/rustfmt`,
      '--check',
      '--color=always',
      `--edition=${roots[0]?.unit.target.edition ?? '2015'}`,
      ...[...new Set(pkg.targets.map(({ sourcePath }) => placed(sourcePath)))].toSorted(),
    ],
    environment: {},
    workingDirectory: relativeToRoot(placed(pkg.root)),
    trees: [{ path: relativeToRoot(SOURCE_ROOT), from: { source }, patches: [], writable: false }],
    files: {},
    scripts: [],
    artifacts: {},
    ownScript: null,
    linkScripts: [],
    directories: [],
  };
  const node = builder.node(nodeOf({ pkg, check: 'fmt', plan, draft, step }));
  return ok({ node, kind: 'rust', target: pkg.name, output: 'fmt', programs: [], isDefault: false });
}

function testCheck(options: ChecksLoweringOptions, checked: CheckedPackage & { readonly runs: readonly TestRun[] }): Result<NixOutput> {
  const { builder } = options;
  const needs: string[] = [];
  for (const run of checked.runs) {
    const node = testNode(options, checked, run);
    if (!node.ok) return node;
    needs.push(node.value);
  }
  return ok(collected(builder, { pkg: checked.pkg, check: 'tests', needs }));
}

/** One test program, run as `cargo test` would. */
function testNode(options: ChecksLoweringOptions, { plan, lowering, pkg }: CheckedPackage, run: TestRun): Result<string> {
  const { builder, sources, origins, config } = options;
  const draft = new NodeDraft([]);
  const own = run.ownScript === undefined ? [] : [run.ownScript];
  const entered = lowering.enter(draft, [run.unit, ...run.artifacts.map(({ unit }) => unit), ...run.linkScripts, ...own]);
  if (!entered.ok) return entered;
  const additions = additionsFor(config, pkg);
  const scripts = new Scripts(draft, (index) => lowering.scriptUnit(index));
  const source = draft.source(builder.source(origins.rule(pkg, sources.checkedFileNames(plan, pkg, additions))));
  const step: RunStep = {
    kind: 'run',
    label: plan.units[run.unit]?.label ?? '',
    arguments: [...run.arguments, ...(config.checks['tests']?.arguments ?? [])],
    environment: {
      ...withConfiguredVariables({
        environment: run.environment,
        configured: plan.facts.configEnvironment,
        mayRead: () => true,
        host: NO_HOST,
      }),
      ...additions.environment,
    },
    workingDirectory: relativeToRoot(run.workingDirectory),
    trees: [{ path: relativeToRoot(SOURCE_ROOT), from: { source }, patches: [], writable: false }],
    files: {},
    artifacts: artifactGroups(run.artifacts, draft),
    ownScript: run.ownScript === undefined ? null : scripts.position(run.ownScript),
    linkScripts: run.linkScripts.map((index) => scripts.position(index)),
    scripts: scripts.references,
    directories: [relativeToRoot(run.temporaryDirectory)],
  };
  return ok(builder.node(nodeOf({ pkg, check: 'test', plan, draft, step })));
}

const NO_HOST = hostEnvironment({});

function additionsFor(config: FerruleConfig, pkg: Package): RunAdditions {
  const settings = config.checks['tests'];
  const own = { inputs: settings?.inputs ?? [], environment: settings?.variables ?? {}, passEnvironment: [] };
  return withOverrides(own, overridesOf(config, pkg));
}

function nodeOf(options: {
  readonly pkg: Package;
  readonly check: string;
  readonly plan: WorkspacePlan;
  readonly draft: NodeDraft;
  readonly step: RunStep;
}): NixNode {
  const { pkg, check, plan, draft, step } = options;
  return {
    label: step.label,
    name: `${pkg.name}-${check}`,
    version: pkg.version,
    toolchain: plan.facts.toolchain.rustcVersion,
    needs: draft.needs,
    fetches: [],
    sources: draft.sources,
    system: [],
    steps: [step],
  };
}

/** A derivation that is there once all it needs is. */
function collected(
  builder: NixPlanBuilder,
  { pkg, check, needs }: { readonly pkg: Package; readonly check: string; readonly needs: readonly string[] },
): NixOutput {
  const node = builder.node({
    label: `${pkg.name} v${pkg.version} (${check})`,
    name: `${pkg.name}-${check}`,
    version: pkg.version,
    toolchain: null,
    needs,
    fetches: [],
    sources: [],
    system: [],
    steps: [{ kind: 'collect', files: [] }],
  });
  return { node, kind: 'rust', target: pkg.name, output: check, programs: [], isDefault: false };
}
