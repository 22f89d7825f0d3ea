import { basename, join } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { discoverRepository } from '../repository/discover.ts';
import { type FerruleLock, readFerruleLock } from '../repository/ferrule-lock.ts';
import type { Repository } from '../repository/repository.ts';
import { namesScript } from '../repository/target-name.ts';
import { NO_CHECKS, type PlannedChecks } from './checks/check.ts';
import { indexPackages } from './package-index.ts';
import { PythonMembers } from './python/members.ts';
import { NO_PYTHON, type PythonPlan } from './python/plan.ts';
import type { PythonQuestion } from './python/plan-python.ts';
import { defaultRequests } from './python/select-projects.ts';
import { planRustRequest } from './plan-request.ts';
import type { RunContext } from './run-context.ts';
import { type MemberIndex, type RustRequest, type SelectedTargets, type SelectionFlags, selectTargets } from './select-targets.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** Everything that was asked for, planned. */
export interface PlannedRun {
  readonly repository: Repository;
  /** `undefined`: there is no `ferrule.lock`. */
  readonly lock: FerruleLock | undefined;
  readonly requests: readonly RustRequest[];
  /** One for each request. */
  readonly plans: readonly WorkspacePlan[];
  readonly python: PythonPlan;
  readonly checks: PlannedChecks;
}

/** `undefined`: something is wrong, and the context has been told what. */
export async function planRun(context: RunContext): Promise<PlannedRun | undefined> {
  context.stage('discover');
  const { directory, signal, targets } = context.request;
  const onlyScripts = targets.length > 0 && targets.every(namesScript);
  const repository = context.take(await discoverRepository({ directory, directories: context.directories, onlyScripts }));
  if (repository === undefined) return undefined;
  context.stage('plan');
  const members = new PythonMembers(repository, context.store);
  const lock = await readFerruleLock({ path: join(repository.root, 'ferrule.lock'), file: 'ferrule.lock' });
  if (!lock.ok) {
    context.take(lock);
    return undefined;
  }
  if (context.request.purpose === 'check') return await planCheckRun({ context, repository, members, lock: lock.value });
  const isDevelopment = context.request.purpose === 'develop';
  const question = { context, repository, members };
  const selected = context.take(isDevelopment ? await selectDevelopment(question) : await select(question));
  if (selected === undefined) return undefined;
  const planned = await Promise.all(selected.rust.map((rust) => planRustRequest({ context, repository, ...rust })));
  const plans = planned.flatMap((result) => context.take(result) ?? []);
  const python = context.take(await planPythonHalf({ context, repository, members, requests: selected.python, lock: lock.value }));
  if (plans.length < selected.rust.length || python === undefined || signal.aborted) return undefined;
  return { repository, lock: lock.value, requests: selected.rust, plans, python, checks: NO_CHECKS };
}

/** The Python half is loaded only where there is any. */
async function planPythonHalf(question: PythonQuestion): Promise<Result<PythonPlan>> {
  if (question.requests.length === 0) return ok(NO_PYTHON);
  const { planPython } = await import('./python/plan-python.ts');
  return await planPython(question);
}

interface SelectionQuestion {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
}

async function select({ context, repository, members }: SelectionQuestion): Promise<Result<SelectedTargets>> {
  const { directory, targets, profile, purpose } = context.request;
  const flags = { ...selectionFlags({ context, repository }), profile: profile ?? repository.config.build.profile ?? 'release' };
  const pythonDefault = purpose === 'run' ? 'env' : purpose === 'develop' ? 'editable' : 'wheel';
  return await selectTargets({ directory, repository, targets, pythonDefault, flags, index: memberIndex({ context, members }) });
}

/** An environment to work in: that of the target, or one of all selected projects; crates are left to cargo. */
async function selectDevelopment(question: SelectionQuestion): Promise<Result<SelectedTargets>> {
  const { context, repository, members } = question;
  if (context.request.targets.length > 0) {
    const selected = await select(question);
    return selected.ok ? ok({ ...selected.value, rust: [] }, selected.warnings) : selected;
  }
  const requests = await defaultRequests(repository.selected, async (member) => await members.projectsOf(member));
  if (!requests.ok) return requests;
  const [first, ...others] = requests.value.flatMap(({ projects }) => projects);
  if (first === undefined) return ok({ rust: [], python: [] });
  const name = others.length === 0 ? first.project.displayName : basename(repository.root);
  const output = { kind: 'editable', groups: [] } as const;
  return ok({ rust: [], python: [{ name, label: name, projects: [first, ...others], output, groups: [], extras: [], prefer: undefined }] });
}

function selectionFlags({ context, repository }: Omit<SelectionQuestion, 'members'>): Omit<SelectionFlags, 'profile'> {
  const { features, allFeatures, noDefaultFeatures, target } = context.request;
  const { build } = repository.config;
  return { features: features.length > 0 ? features : build.features, allFeatures, noDefaultFeatures, target: target ?? build.target };
}

function memberIndex({ context, members }: Omit<SelectionQuestion, 'repository'>): MemberIndex {
  return {
    packages: async (member) => {
      const toolchain = await context.toolchainOf(member);
      if (!toolchain.ok) return toolchain;
      const { store, process: run, request } = context;
      const { environment } = request;
      return await indexPackages({ workspaceRoot: member.directory, toolchain: toolchain.value, environment, store, run });
    },
    projects: async (member) => await members.projectsOf(member),
    script: async (path) => await members.scriptOf(path),
  };
}

/** Checks are loaded only where they are asked for. */
async function planCheckRun(question: SelectionQuestion & { readonly lock: FerruleLock | undefined }): Promise<PlannedRun | undefined> {
  const { context, repository, members, lock } = question;
  const { planChecks } = await import('./checks/plan-checks.ts');
  const flags = { ...selectionFlags(question), profile: context.request.profile };
  const planned = context.take(await planChecks({ context, repository, members, index: memberIndex(question), flags, lock }));
  return planned === undefined ? undefined : { repository, lock, requests: [], plans: [], ...planned };
}
