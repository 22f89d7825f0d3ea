import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Outcome } from '../engine/events.ts';
import type { Outcomes } from '../engine/scheduler.ts';
import { discoverRepository } from '../repository/discover.ts';
import { readFerruleLock } from '../repository/ferrule-lock.ts';
import type { Repository } from '../repository/repository.ts';
import { type Attempt, attemptRun, type PlannedRun } from './attempt.ts';
import type { ActionCounts, BuildReport } from './build-report.ts';
import type { BuildRequest } from './build-request.ts';
import { indexPackages } from './package-index.ts';
import { PythonMembers } from './python/members.ts';
import { NO_PYTHON, type PythonPlan } from './python/plan.ts';
import type { PythonQuestion } from './python/plan-python.ts';
import { planWorkspace } from './plan-workspace.ts';
import { rememberRun } from './remembered-run.ts';
import { RunContext } from './run-context.ts';
import { type RustRequest, type SelectedTargets, selectTargets } from './select-targets.ts';
import { IRREPRODUCIBLE } from './verification.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** Attempts after the first. */
const MOST_REPEATS = 2;

/** Discovers, plans, lowers, runs and links what was asked for. Throws only `StoreFailure` and internal errors. */
export async function runBuild(request: BuildRequest): Promise<BuildReport> {
  const start = request.now();
  const context = new RunContext(request, () => request.now() - start);
  try {
    const planned = await planRun(context);
    const built = planned === undefined ? undefined : await execute(context, planned);
    const { diagnostics, messages, store } = context;
    const watched = built?.attempt.watched;
    const report: BuildReport = {
      ok: built?.attempt.targets !== undefined && !diagnostics.some((diagnostic) => diagnostic.code === IRREPRODUCIBLE),
      run: randomBytes(6).toString('hex'),
      elapsedMs: request.now() - start,
      targets: built?.attempt.targets ?? [],
      actions: countOutcomes(built?.attempt.outcomes ?? []),
      diagnostics,
      ...(watched === undefined ? {} : { watched }),
    };
    // Damage is said once, and not whenever the run is recalled.
    if (request.question !== undefined && built?.hadDamage !== true) {
      rememberRun({ store, question: request.question, variables: request.environment, report, messages, startedAt: start });
    }
    return report;
  } finally {
    context.close();
  }
}

/** `undefined`: something is wrong, and the context has been told what. */
async function planRun(context: RunContext): Promise<PlannedRun | undefined> {
  context.stage('discover');
  const { directory, signal } = context.request;
  const repository = context.take(await discoverRepository({ directory, directories: context.directories }));
  if (repository === undefined) return undefined;
  context.stage('plan');
  const members = new PythonMembers(repository);
  const selected = context.take(await select({ context, repository, members }));
  if (selected === undefined) return undefined;
  const lock = await readFerruleLock({ path: join(repository.root, 'ferrule.lock'), file: 'ferrule.lock' });
  if (!lock.ok) {
    context.take(lock);
    return undefined;
  }
  const planned = await Promise.all(selected.rust.map((rust) => plan({ context, repository, rust })));
  const plans = planned.flatMap((result) => context.take(result) ?? []);
  const python = context.take(await planPythonHalf({ context, repository, members, requests: selected.python, lock: lock.value }));
  if (plans.length < selected.rust.length || python === undefined || signal.aborted) return undefined;
  return { repository, lock: lock.value, requests: selected.rust, plans, python };
}

/** The Python half is loaded only where there is any. */
async function planPythonHalf(question: PythonQuestion): Promise<Result<PythonPlan>> {
  if (question.requests.length === 0) return ok(NO_PYTHON);
  const { planPython } = await import('./python/plan-python.ts');
  return await planPython(question);
}

async function select(options: {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
}): Promise<Result<SelectedTargets>> {
  const { context, repository, members } = options;
  const { targets, features, allFeatures, noDefaultFeatures, profile, target, environment } = context.request;
  const { build } = repository.config;
  return await selectTargets({
    repository,
    targets,
    pythonDefault: context.request.purpose === 'run' ? 'env' : 'wheel',
    flags: {
      features: features.length > 0 ? features : build.features,
      allFeatures,
      noDefaultFeatures,
      profile: profile ?? build.profile ?? 'release',
      target: target ?? build.target,
    },
    index: {
      packages: async (member) => {
        const toolchain = await context.toolchainOf(member);
        if (!toolchain.ok) return toolchain;
        const { store, process: run } = context;
        return await indexPackages({ workspaceRoot: member.directory, toolchain: toolchain.value, environment, store, run });
      },
      projects: async (member) => await members.projectsOf(member),
    },
  });
}

async function plan(options: {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly rust: RustRequest;
}): Promise<Result<WorkspacePlan>> {
  const { context, repository, rust } = options;
  const toolchain = await context.toolchainOf(rust.member);
  if (!toolchain.ok) return toolchain;
  return await planWorkspace({
    member: rust.member.path,
    workspaceRoot: rust.member.directory,
    repositoryRoot: repository.root,
    selection: rust.selection,
    toolchain: toolchain.value,
    environment: context.request.environment,
    offline: context.request.offline,
    store: context.store,
    run: context.process,
    onProgress: (text) => context.progress(text),
    now: context.request.now,
  });
}

/**
 * Runs and links. What fails because the store had lost or damaged something is tried again: the damage is dropped when it is found.
 * Damage that comes to light a second time is more than one bad entry, and the whole store is read through first.
 */
async function execute(context: RunContext, planned: PlannedRun): Promise<{ readonly attempt: Attempt; readonly hadDamage: boolean }> {
  let attempt = await attemptRun({ context, planned, earlier: undefined });
  const hadDamage = attempt.foundDamage;
  for (let again = 1; attempt.foundDamage && again <= MOST_REPEATS; again += 1) {
    const isLast = again === MOST_REPEATS;
    if (isLast) context.store.verify({ repair: true });
    attempt = await attemptRun({ context, planned, earlier: { outcomes: attempt.outcomes, isLast } });
  }
  return { attempt, hadDamage };
}

function countOutcomes(outcomes: Outcomes): ActionCounts {
  const count = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  return { total: outcomes.length, executed: count('executed'), cached: count('cached'), failed: count('failed') };
}
