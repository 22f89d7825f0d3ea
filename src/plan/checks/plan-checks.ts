import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { OwnCheck } from '../../repository/check-names.ts';
import type { CheckPolicy } from '../../repository/config.ts';
import type { FerruleLock } from '../../repository/ferrule-lock.ts';
import type { Repository } from '../../repository/repository.ts';
import type { CargoSelection } from '../../rust/selection.ts';
import type { PythonMembers } from '../python/members.ts';
import type { PythonPlan } from '../python/plan.ts';
import { pythonPlan } from '../python/plan-python.ts';
import { PythonPlanner } from '../python/planner.ts';
import { NO_COVERAGE, planCoverage } from '../coverage/plan-coverage.ts';
import { planRustRequest } from '../plan-request.ts';
import type { RunContext } from '../run-context.ts';
import type { MemberIndex, SelectionFlags } from '../select-targets.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { PlannedChecks } from './check.ts';
import { addAdvisories } from './advisories.ts';
import { CheckList } from './check-list.ts';
import { addPythonChecks } from './python-checks.ts';
import { addRustChecks, LINT_CHECKS, TEST_CHECKS } from './rust-checks.ts';
import { parsePartition, sharing } from './partition.ts';
import { NEXTEST_MISSING } from './nextest.ts';
import { isDemanded, missingCheck, policyProblems, type PolicySubject } from './policy.ts';
import { checkNames, type CheckSelection, selectChecks } from './select-checks.ts';
import type { CheckSummary } from './summary.ts';
import type { TestCounts } from './test-counts.ts';
import { subcommandTool } from './tools.ts';

export interface CheckQuestion {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  readonly index: MemberIndex;
  /** Features and target; the profile only where the command line names one. */
  readonly flags: Omit<SelectionFlags, 'profile'> & { readonly profile: string | undefined };
  /** `undefined`: there is no `ferrule.lock`. */
  readonly lock: FerruleLock | undefined;
}

/** What a run of checks consists of. */
export interface PlannedCheckRun {
  readonly checks: PlannedChecks;
  readonly python: PythonPlan;
}

/** Plans every check that was asked for. Diagnostics of selecting, of cargo, of planning environments, all workspaces' together. */
export async function planChecks(question: CheckQuestion): Promise<Result<PlannedCheckRun>> {
  const { context, repository, members, index, lock } = question;
  const { directory, targets, checks: asked } = context.request;
  const selected = await selectChecks({ repository, directory, targets, only: asked?.only ?? [], index });
  if (!selected.ok) return selected;
  const partition = asked?.partition === undefined ? ok(undefined) : parsePartition(asked.partition);
  if (!partition.ok) return partition;
  const list = new CheckList();
  const problems: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  const take = <T>(result: Result<T>): T | undefined => {
    if (result.ok) warnings.push(...(result.warnings ?? []));
    else problems.push(...result.diagnostics);
    return result.ok ? result.value : undefined;
  };
  const { wants } = selected.value;
  const isElsewhere = context.request.host !== undefined;
  const rust = await Promise.all(selected.value.rust.map(async (workspace) => await planWorkspaces(question, selected.value, workspace)));
  // Where nothing is asked, checks are only described.
  const isLocal = asked !== undefined && asked.engine !== 'nix';
  const runner = isLocal ? (asked.runner ?? repository.config.checks['tests']?.runner) : undefined;
  const { environment } = context.request;
  const nextest = runner === 'nextest' ? subcommandTool({ name: 'cargo-nextest', environment, store: context.store }) : undefined;
  if (nextest !== undefined) list.watch([nextest.path]);
  for (const plans of rust.map(take)) {
    if (plans === undefined) continue;
    if (runner === 'nextest' && nextest === undefined && plans.test !== undefined && plans.test.tests.length > 0)
      return fail(NEXTEST_MISSING);
    take(addRustChecks({ plans, config: repository.config, wants, list, isElsewhere, nextest }));
  }
  const wantsAdvisories = ({ packages = [''] }: WorkspaceSelection): boolean => packages.some((name) => wants(name, 'advisories'));
  for (const { member } of asked === undefined ? [] : selected.value.rust.filter(wantsAdvisories)) {
    const isNamed = asked?.only.includes('advisories') === true || targets.some((target) => target.endsWith(':advisories'));
    const isDemanded = isNamed || repository.config.policy.checks?.require.includes('advisories') === true;
    take(addAdvisories({ context, repository, member, isDemanded, isOnNix: !isLocal, list }));
  }
  const planner = new PythonPlanner({ context, repository, members, lock, indexes: await members.allIndexes() });
  const leftOut = take(await addPythonChecks({ context, repository, planner, projects: selected.value.python, wants, list }));
  const policy = selected.value.isWhole && !isElsewhere ? repository.config.policy.checks : undefined;
  if (policy !== undefined && problems.length === 0) {
    const subjects = policySubjects(list, selected.value);
    problems.push(...policyProblems({ policy, subjects, checks: list.checks, known: checkNames(repository.config) }));
  }
  if (problems.length > 0) return fail(...problems);
  // A share does not know of the tests in the others.
  const counts = partition.value === undefined ? policy : undefined;
  const lacks = (summaries: readonly CheckSummary[]): readonly Diagnostic[] => (counts === undefined ? [] : untested(counts, summaries));
  const shared = list.finish(sharing(partition.value));
  const measuring = asked?.coverage === undefined ? ok(NO_COVERAGE) : await planCoverage({ nodes: shared.nodes, context });
  if (!measuring.ok) return measuring;
  const nodes = [...shared.nodes, ...measuring.value.nodes];
  const watched = [...shared.watched, ...measuring.value.watched];
  const python = { ...pythonPlan(planner, []), leftOut: leftOut ?? [] };
  return ok({ checks: { ...shared, nodes, watched, lacks }, python }, warnings);
}

/** Packages of the workspaces' plans, and the projects. */
function policySubjects(list: CheckList, { python }: CheckSelection): readonly PolicySubject[] {
  const packages = new Set(
    list.plans.flatMap(({ roots, units }) =>
      roots.flatMap((root) => units[root]?.unit.package ?? []).flatMap(({ isWorkspaceMember, name }) => (isWorkspaceMember ? [name] : [])),
    ),
  );
  return [
    ...[...packages].map((name) => ({ name, kind: 'rust' }) as const),
    ...python
      .filter(({ project }) => project.kind === 'project')
      .map(({ project }) => ({ name: project.displayName, kind: 'python' }) as const),
  ];
}

/** Packages whose test programs hold no test at all. */
function untested(policy: CheckPolicy, summaries: readonly CheckSummary[]): readonly Diagnostic[] {
  return summaries
    .filter(
      ({ subject, check, tests }) => check === 'tests' && tests !== undefined && total(tests) === 0 && isDemanded(policy, subject, check),
    )
    .map(({ subject, check }) => missingCheck(policy, subject, check));
}

function total({ passed, failed, ignored }: TestCounts): number {
  return passed + failed + ignored;
}

type WorkspaceSelection = CheckSelection['rust'][number];

/** What `cargo clippy` and `cargo test` would do with a workspace, as far as it is needed. */
async function planWorkspaces(
  question: CheckQuestion,
  { wants }: CheckSelection,
  { member, packages }: WorkspaceSelection,
): Promise<Result<{ readonly lint: WorkspacePlan | undefined; readonly test: WorkspacePlan | undefined }>> {
  const { context, repository, flags } = question;
  const names = packages ?? [''];
  const isWanted = (checks: readonly OwnCheck[]): boolean => checks.some((check) => names.some((name) => wants(name, check)));
  const clippy = repository.config.checks['clippy']?.arguments ?? [];
  const common = { ...flags, packages: packages ?? [], workspace: packages === undefined };
  const lint: CargoSelection = {
    ...common,
    command: 'check',
    targets: ['--all-targets'],
    profile: flags.profile ?? 'dev',
    driver: { program: 'clippy-driver', arguments: clippy },
  };
  const test: CargoSelection = {
    ...common,
    command: 'test',
    targets: [],
    profile: flags.profile ?? 'test',
    ...(context.request.checks?.coverage === undefined ? {} : { coverage: true }),
  };
  const [linted, tested] = await Promise.all([
    isWanted(LINT_CHECKS) ? planRustRequest({ context, repository, member, selection: lint }) : undefined,
    isWanted(TEST_CHECKS) ? planRustRequest({ context, repository, member, selection: test }) : undefined,
  ]);
  if (linted !== undefined && !linted.ok) return linted;
  if (tested !== undefined && !tested.ok) return tested;
  return ok({ lint: linted?.value, test: tested?.value }, [...(linted?.warnings ?? []), ...(tested?.warnings ?? [])]);
}
