import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { OwnCheck } from '../../repository/check-names.ts';
import type { FerruleConfig } from '../../repository/config.ts';
import type { PlannedUnit } from '../../rust/planned-unit.ts';
import type { Toolchain } from '../../rust/toolchain.ts';
import type { Package } from '../../rust/unit.ts';
import { knownPaths } from '../known-paths.ts';
import type { NeededUnit } from '../python/step.ts';
import type { KnownPaths } from '../rust-outcome.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { CheckNode } from './check.ts';
import type { CheckList } from './check-list.ts';
import { DoctestStep } from './doctest-step.ts';
import { FormatStep } from './format-step.ts';
import { overridesOf } from './package-overrides.ts';
import { type RunAdditions, withOverrides } from './package-run.ts';
import { TestStep } from './test-step.ts';
import type { FoundTool } from './tools.ts';

/** The two plans that the checks of a Cargo workspace come from. */
export interface RustCheckPlans {
  /** Of `cargo clippy --all-targets`; `undefined`: nothing of it is wanted. */
  readonly lint: WorkspacePlan | undefined;
  /** Of `cargo test`. */
  readonly test: WorkspacePlan | undefined;
}

/** Checks that a plan of `cargo clippy` is needed for; formatting needs to know the targets. */
export const LINT_CHECKS: readonly OwnCheck[] = ['fmt', 'clippy'];
export const TEST_CHECKS: readonly OwnCheck[] = ['tests', 'doctests', 'examples'];

export interface RustCheckOptions {
  readonly plans: RustCheckPlans;
  readonly config: FerruleConfig;
  readonly wants: (subject: string, check: string) => boolean;
  readonly list: CheckList;
  /** They are run on another machine, with the toolchain that it has. */
  readonly isElsewhere: boolean;
  /** What runs test programs; `undefined`: their own harness. */
  readonly nextest: FoundTool | undefined;
}

/** Adds the checks of a workspace's selected packages. F1058: the toolchain lacks rustfmt, clippy or rustdoc. */
export function addRustChecks(options: RustCheckOptions): Result<undefined> {
  const { plans } = options;
  const problems: Diagnostic[] = [];
  if (plans.lint !== undefined) problems.push(...addLintChecks(options, plans.lint));
  if (plans.test !== undefined) problems.push(...addTestChecks(options, plans.test));
  return problems.length === 0 ? ok(undefined) : fail(...problems);
}

function addLintChecks({ wants, list, isElsewhere }: RustCheckOptions, plan: WorkspacePlan): readonly Diagnostic[] {
  const { toolchain } = plan.facts;
  const paths = knownPaths(plan.facts);
  const problems = new Map<string, Diagnostic>();
  list.uses(plan);
  for (const [pkg, roots] of rootsByPackage(plan)) {
    const subject = pkg.name;
    if (wants(subject, 'fmt')) {
      if (isElsewhere || hasProgram(toolchain, 'rustfmt')) {
        const edition = roots[0]?.unit.target.edition ?? '2015';
        const step = new FormatStep({ plan, pkg, edition, paths });
        const label = `${pkg.name} v${pkg.version} (fmt)`;
        list.add({ subject, name: 'fmt', units: [], nodes: [{ label, verb: 'format', units: [], needs: [], step }] });
      } else problems.set('rustfmt', missingComponent(toolchain, { component: 'rustfmt', check: 'fmt' }));
    }
    if (wants(subject, 'clippy')) {
      if (isElsewhere || hasProgram(toolchain, 'clippy-driver'))
        list.add({ subject, name: 'clippy', units: roots.map(unitOf(plan)), nodes: [] });
      else problems.set('clippy', missingComponent(toolchain, { component: 'clippy', check: 'clippy' }));
    }
  }
  return [...problems.values()];
}

function addTestChecks(options: RustCheckOptions, plan: WorkspacePlan): readonly Diagnostic[] {
  const { wants, list, config, nextest } = options;
  const paths = knownPaths(plan.facts);
  list.uses(plan);
  for (const [pkg, roots] of rootsByPackage(plan)) {
    const subject = pkg.name;
    const programs = roots.filter(({ unit }) => unit.mode === 'test');
    if (wants(subject, 'tests') && programs.length > 0) {
      const nodes = plan.tests
        .filter(({ unit }) => programs.some(({ index }) => index === unit))
        .map((run): CheckNode => {
          const label = plan.units[run.unit]?.label ?? '';
          const additions = additionsFor(config, pkg, 'tests');
          const { arguments: words } = config.checks['tests'] ?? { arguments: [] };
          const step = new TestStep({ plan, run, label, additions, words, paths, nextest });
          return {
            label,
            verb: 'test',
            units: needed(plan, [run.unit, ...run.artifacts.map(({ unit }) => unit), ...run.linkScripts]),
            needs: [],
            step,
            ...(plan.facts.coverage === undefined ? {} : { counting: [{ plan, artifacts: run.artifacts, packages: [pkg] }] }),
          };
        });
      list.add({ subject, name: 'tests', units: programs.map(unitOf(plan)), nodes });
    }
    const examples = roots.filter(({ unit }) => unit.mode === 'build' && unit.target.kinds.includes('example'));
    if (wants(subject, 'examples') && examples.length > 0)
      list.add({ subject, name: 'examples', units: examples.map(unitOf(plan)), nodes: [] });
  }
  return addDoctests(options, plan, paths);
}

function addDoctests(
  { wants, list, config, isElsewhere }: RustCheckOptions,
  plan: WorkspacePlan,
  paths: KnownPaths,
): readonly Diagnostic[] {
  const { toolchain } = plan.facts;
  for (const run of plan.doctests) {
    const subject = run.package.name;
    if (!wants(subject, 'doctests')) continue;
    if (!isElsewhere && !hasProgram(toolchain, 'rustdoc'))
      return [missingComponent(toolchain, { component: 'rustdoc', check: 'doctests' })];
    const step = new DoctestStep({ plan, run, additions: additionsFor(config, run.package, 'doctests'), paths });
    const units = needed(plan, [...run.needs, ...run.artifacts.map(({ unit }) => unit), ...run.linkScripts]);
    list.add({ subject, name: 'doctests', units: [], nodes: [{ label: run.label, verb: 'test', units, needs: [], step }] });
  }
  return [];
}

function additionsFor(config: FerruleConfig, pkg: Package, check: OwnCheck): RunAdditions {
  const settings = config.checks[check];
  const own = { inputs: settings?.inputs ?? [], environment: settings?.variables ?? {}, passEnvironment: settings?.passEnvironment ?? [] };
  return withOverrides(own, overridesOf(config, pkg));
}

/** The workspace's packages that were selected, with their roots; in cargo's order. */
export function rootsByPackage(plan: WorkspacePlan): ReadonlyMap<Package, readonly PlannedUnit[]> {
  const found = new Map<Package, PlannedUnit[]>();
  for (const root of plan.roots.flatMap((index) => plan.units[index] ?? [])) {
    const { package: pkg } = root.unit;
    if (pkg.isWorkspaceMember) found.set(pkg, [...(found.get(pkg) ?? []), root]);
  }
  return found;
}

function unitOf(workspace: WorkspacePlan): (unit: PlannedUnit) => NeededUnit {
  return ({ index }) => ({ workspace, unit: index });
}

function needed(workspace: WorkspacePlan, units: readonly number[]): readonly NeededUnit[] {
  return [...new Set(units)].map((unit) => ({ workspace, unit }));
}

function hasProgram(toolchain: Toolchain, name: string): boolean {
  return existsSync(join(toolchain.sysroot, 'bin', name));
}

function missingComponent(
  toolchain: Toolchain,
  { component, check }: { readonly component: string; readonly check: OwnCheck },
): Diagnostic {
  return {
    code: 'F1058',
    severity: 'error',
    blame: 'input',
    message: `the Rust toolchain has no \`${component}\``,
    facts: [
      ['toolchain', toolchain.sysroot],
      ['needed by', check],
    ],
    hints: [`run \`rustup component add ${component}\`, or leave the check out with \`enabled = false\` in \`[checks.${check}]\``],
  };
}
