import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, ok, type Result } from '../diagnostics/diagnostic.ts';
import { discoverRepository } from '../repository/discover.ts';
import {
  EMPTY_LOCK,
  type FerruleLock,
  formatFerruleLock,
  type LockedGitTree,
  readFerruleLock,
  writeFerruleLock,
} from '../repository/ferrule-lock.ts';
import type { Member, Repository } from '../repository/repository.ts';
import { gitTree } from '../source/git-tree.ts';
import { NOTHING_ASKED, type RunSurroundings } from './build-request.ts';
import { chooseEngine } from './choose-engine.ts';
import { planWorkspace } from './plan-workspace.ts';
import { lockPython } from './python/lock-python.ts';
import { PythonMembers } from './python/members.ts';
import { RunContext } from './run-context.ts';

export interface LockRequest extends RunSurroundings {
  /** Resolve everything anew instead of keeping what still fits. */
  readonly upgrade: boolean;
  /** Write nothing: only say whether the file is what it would be. */
  readonly check: boolean;
}

export interface LockReport {
  readonly ok: boolean;
  /** Absolute path of `ferrule.lock`; `undefined`: there is no repository. */
  readonly path: string | undefined;
  /** The file is not, or was not, what it has to be. */
  readonly changed: boolean;
  readonly lock: FerruleLock;
  readonly diagnostics: readonly Diagnostic[];
}

/** `ferrule lock`: pins what the native locks leave open. Throws only `StoreFailure` and internal errors. */
export async function lockRepository(request: LockRequest): Promise<LockReport> {
  const start = request.now();
  const context = new RunContext({ ...NOTHING_ASKED, ...request }, () => request.now() - start);
  try {
    const repository = context.take(await discoverRepository({ directory: request.directory, directories: context.directories }));
    if (repository === undefined) return failed(context, undefined);
    const path = join(repository.root, 'ferrule.lock');
    const lock = context.take(await newLock({ context, repository, path, upgrade: request.upgrade }));
    if (lock === undefined) return failed(context, path);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    const isEmpty = lock.git.length + lock.buildSystems.length + Object.keys(lock.toolchain).length === 0;
    const changed = text === undefined ? !isEmpty : text !== formatFerruleLock(lock);
    if (changed && request.check) context.say(staleLock(text === undefined));
    else if (changed) writeFerruleLock(path, lock);
    return { ok: !(changed && request.check), path, changed, lock, diagnostics: context.diagnostics };
  } finally {
    context.close();
  }
}

function failed(context: RunContext, path: string | undefined): LockReport {
  return { ok: false, path, changed: false, lock: EMPTY_LOCK, diagnostics: context.diagnostics };
}

async function newLock(options: {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly path: string;
  readonly upgrade: boolean;
}): Promise<Result<FerruleLock>> {
  const { context, repository, path, upgrade } = options;
  const previous = await readFerruleLock({ path, file: 'ferrule.lock' });
  if (!previous.ok) return previous;
  const { environment, sandbox } = context.request;
  const engine = chooseEngine({
    store: context.store,
    jobserver: undefined,
    sandbox: sandbox ?? repository.config.build.sandbox ?? 'auto',
    searchPath: environment['PATH'] ?? '',
    repositoryRoot: repository.root,
    timeoutMs: undefined,
    now: context.now,
  });
  if (!engine.ok) return engine;
  const git: LockedGitTree[] = [];
  for (const member of repository.members.filter(({ kind }) => kind === 'rust')) {
    const trees = await cargoGitTrees({ context, repository, member });
    if (!trees.ok) return trees;
    git.push(...trees.value);
  }
  const members = new PythonMembers(repository);
  const python = await lockPython({ context, repository, members, engine: engine.value, previous: previous.value, upgrade });
  engine.value.stop();
  if (!python.ok) return python;
  const { buildSystems, buildPackages } = python.value;
  return ok({ git: distinct([...git, ...python.value.git]), buildSystems, buildPackages, toolchain: previous.value?.toolchain ?? {} });
}

/** The git dependencies that cargo plans for anything of a workspace. */
async function cargoGitTrees(options: {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly member: Member;
}): Promise<Result<readonly LockedGitTree[]>> {
  const { context, repository, member } = options;
  const { store } = context;
  if (!readFileSync(join(member.directory, member.lock), 'utf8').includes('git+')) return ok([]);
  const toolchain = await context.toolchainOf(member);
  if (!toolchain.ok) return toolchain;
  const { features, allFeatures, noDefaultFeatures, target, environment, offline, now } = context.request;
  const flags = { features, allFeatures, noDefaultFeatures, target, profile: 'release' };
  const plan = await planWorkspace({
    member: member.path,
    workspaceRoot: member.directory,
    repositoryRoot: repository.root,
    selection: { command: 'test', packages: [], workspace: true, targets: ['--all-targets'], ...flags },
    toolchain: toolchain.value,
    environment,
    offline,
    store,
    run: context.process,
    onProgress: (text) => context.progress(text),
    now,
  });
  if (!plan.ok) return plan;
  const trees: LockedGitTree[] = [];
  for (const { source } of new Set(plan.value.facts.graph.units.map((unit) => unit.package))) {
    if (source.kind !== 'git') continue;
    const { url, revision, checkout } = source;
    const tree = gitTree({ store, url, revision, checkout, lock: undefined });
    if (!tree.ok) return tree;
    trees.push({ url, revision, tree: tree.value.hash });
  }
  return ok(trees);
}

function distinct(trees: readonly LockedGitTree[]): readonly LockedGitTree[] {
  return [...new Map(trees.map((tree) => [`${tree.url}#${tree.revision}`, tree])).values()];
}

function staleLock(isMissing: boolean): Diagnostic {
  return {
    code: 'F0112',
    severity: 'error',
    blame: 'input',
    message: isMissing ? '`ferrule.lock` is missing' : '`ferrule.lock` is not what `ferrule lock` would write',
    hints: ['run `ferrule lock` and keep the file under version control'],
  };
}
