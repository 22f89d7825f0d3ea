import { join } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { discoverRepository } from '../repository/discover.ts';
import { type FerruleLock, readFerruleLock } from '../repository/ferrule-lock.ts';
import type { Repository } from '../repository/repository.ts';
import { namesScript } from '../repository/target-name.ts';
import { indexPackages } from './package-index.ts';
import { PythonMembers } from './python/members.ts';
import { NO_PYTHON, type PythonPlan } from './python/plan.ts';
import type { PythonQuestion } from './python/plan-python.ts';
import { planWorkspace } from './plan-workspace.ts';
import type { RunContext } from './run-context.ts';
import { type RustRequest, type SelectedTargets, selectTargets } from './select-targets.ts';
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
    directory: context.request.directory,
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
      script: async (path) => await members.scriptOf(path),
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
