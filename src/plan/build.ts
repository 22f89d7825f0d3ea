import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Diagnostic, fail, type Result } from '../diagnostics/diagnostic.ts';
import type { EventSink, Outcome, RunEvent } from '../engine/events.ts';
import { type Outcomes, schedule } from '../engine/scheduler.ts';
import type { Digest } from '../model/digest.ts';
import { readDirectories, RecordedDirectories } from '../repository/directory-listings.ts';
import { discoverRepository } from '../repository/discover.ts';
import { readFerruleLock } from '../repository/ferrule-lock.ts';
import type { Member, Repository } from '../repository/repository.ts';
import { findToolchain } from '../rust/cargo/find-toolchain.ts';
import { runProcess } from '../rust/cargo/node-process.ts';
import type { ProcessRunner } from '../rust/cargo/process.ts';
import type { Toolchain } from '../rust/toolchain.ts';
import { type DirectoryStore, openStore } from '../store/directory-store.ts';
import { StoreFailure } from '../store/store.ts';
import { chooseEngine } from './choose-engine.ts';
import { ElapsedTimes } from './elapsed-times.ts';
import { hostEnvironment } from './host-environment.ts';
import { damageFound } from './input-damage.ts';
import { jobPool } from './job-pool.ts';
import { knownPaths } from './known-paths.ts';
import { linkResults, type PlannedRequest, requestedOutputs } from './link-results.ts';
import { indexPackages } from './package-index.ts';
import { planWorkspace } from './plan-workspace.ts';
import { rememberRun, type UnitMessages } from './remembered-run.ts';
import { type RustNode, rustGraph } from './rust-graph.ts';
import { RunSources } from './run-sources.ts';
import { RustWork } from './rust-work.ts';
import type { Watched } from './run-stamp.ts';
import { type RustRequest, selectTargets } from './select-targets.ts';
import { watchedBy } from './watched.ts';
import { IRREPRODUCIBLE } from './verification.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** What is asked of the pipeline. Options that were not given are `undefined`: `ferrule.toml` and then the defaults decide. */
export interface BuildRequest {
  /** Absolute. */
  readonly directory: string;
  /** As typed; empty: the default output of every member. */
  readonly targets: readonly string[];
  readonly profile: string | undefined;
  readonly target: string | undefined;
  readonly features: readonly string[];
  readonly allFeatures: boolean;
  readonly noDefaultFeatures: boolean;
  readonly jobs: number | undefined;
  readonly keepGoing: boolean;
  readonly sandbox: 'auto' | 'on' | 'off' | undefined;
  readonly keepSandbox: boolean;
  readonly offline: boolean;
  /** Milliseconds an action may take; `undefined`: as long as it likes. */
  readonly timeoutMs: number | undefined;
  readonly verifyDeterminism: boolean;
  /** Absolute. */
  readonly storeDirectory: string;
  /** The user's environment, unfiltered. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of the link to make; `undefined`: `result` in the directory. */
  readonly output: string | undefined;
  readonly sink: EventSink;
  /** Aborted by Ctrl-C: everything stops, and the promise settles soon. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Name under which the run is remembered for {@link recallRun}; `undefined`: it is not. */
  readonly question?: string;
}

export interface BuiltTarget {
  readonly name: string;
  readonly kind: 'rust' | 'python';
  /** `bin`, `bin/rg`, `wheel`. */
  readonly output: string;
  /** Absolute path of the link at which it is found. */
  readonly path: string;
  readonly digest: Digest;
}

export interface BuildReport {
  readonly ok: boolean;
  /** Name of the run, unique in the store. */
  readonly run: string;
  readonly elapsedMs: number;
  readonly targets: readonly BuiltTarget[];
  readonly actions: ActionCounts;
  /** Everything there is to say, those already sent to the sink included. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the run depended on; absent when it failed. */
  readonly watched?: Watched;
}

export interface ActionCounts {
  readonly total: number;
  readonly executed: number;
  readonly cached: number;
  readonly failed: number;
}

/** Discovers, plans, lowers, runs and links what was asked for. Throws only `StoreFailure` and internal errors. */
export async function runBuild(request: BuildRequest): Promise<BuildReport> {
  const start = request.now();
  const run = new Run(request, () => request.now() - start);
  try {
    return await reported(run, request, start);
  } finally {
    run.close();
  }
}

async function reported(run: Run, request: BuildRequest, start: number): Promise<BuildReport> {
  const targets = await run.build();
  const report: BuildReport = {
    ok: targets !== undefined && !run.diagnostics.some((diagnostic) => diagnostic.code === IRREPRODUCIBLE),
    run: randomBytes(6).toString('hex'),
    elapsedMs: request.now() - start,
    targets: targets ?? [],
    actions: run.counts,
    diagnostics: run.diagnostics,
    ...(run.watched === undefined ? {} : { watched: run.watched }),
  };
  if (request.question !== undefined && !run.foundDamage) run.remember(report, request.question, start);
  return report;
}

/** One run: what every stage needs, and what it has found so far. */
class Run {
  readonly diagnostics: Diagnostic[] = [];
  counts: ActionCounts = { total: 0, executed: 0, cached: 0, failed: 0 };
  watched: Watched | undefined;
  /** Said once, and not whenever the run is recalled. */
  foundDamage = false;
  readonly #messages: UnitMessages[] = [];
  readonly #request: BuildRequest;
  /** Milliseconds since the start of the run. */
  readonly #now: () => number;
  readonly #process: ProcessRunner;
  readonly #store: DirectoryStore;
  readonly #directories = new RecordedDirectories(readDirectories);
  readonly #toolchains = new Map<string, Promise<Result<Toolchain>>>();

  constructor(request: BuildRequest, now: () => number) {
    this.#request = request;
    this.#now = now;
    this.#process = async (asked) => await runProcess({ ...asked, signal: request.signal });
    this.#store = openStore({ directory: request.storeDirectory, now: request.now, processId: process.pid });
  }

  /** `undefined`: something failed, and `diagnostics` says what. */
  async build(): Promise<readonly BuiltTarget[] | undefined> {
    this.#stage('discover');
    const repository = this.#take(await discoverRepository({ directory: this.#request.directory, directories: this.#directories }));
    if (repository === undefined) return undefined;
    this.#stage('plan');
    const requests = this.#take(await this.#select(repository));
    if (requests === undefined) return undefined;
    const plans: WorkspacePlan[] = [];
    for (const plan of await Promise.all(requests.map((request) => this.#plan(repository, request)))) {
      const value = this.#take(plan);
      if (value !== undefined) plans.push(value);
    }
    if (plans.length < requests.length || this.#request.signal.aborted) return undefined;
    return await this.#execute({ repository, requests, plans });
  }

  async #select(repository: Repository): Promise<Result<readonly RustRequest[]>> {
    const { targets, features, allFeatures, noDefaultFeatures, profile, target, environment } = this.#request;
    const { build } = repository.config;
    return await selectTargets({
      repository,
      targets,
      flags: {
        features: features.length > 0 ? features : build.features,
        allFeatures,
        noDefaultFeatures,
        profile: profile ?? build.profile ?? 'release',
        target: target ?? build.target,
      },
      index: async (member) => {
        const toolchain = await this.#toolchain(member);
        if (!toolchain.ok) return toolchain;
        return await indexPackages({
          workspaceRoot: member.directory,
          toolchain: toolchain.value,
          environment,
          store: this.#store,
          run: this.#process,
        });
      },
    });
  }

  async #plan(repository: Repository, request: RustRequest): Promise<Result<WorkspacePlan>> {
    const toolchain = await this.#toolchain(request.member);
    if (!toolchain.ok) return toolchain;
    return await planWorkspace({
      member: request.member.path,
      workspaceRoot: request.member.directory,
      repositoryRoot: repository.root,
      selection: request.selection,
      toolchain: toolchain.value,
      environment: this.#request.environment,
      offline: this.#request.offline,
      store: this.#store,
      run: this.#process,
      onProgress: (text) => this.#request.sink({ type: 'progress', text, at: this.#now() }),
      now: this.#request.now,
    });
  }

  #toolchain(member: Member): Promise<Result<Toolchain>> {
    let found = this.#toolchains.get(member.directory);
    if (found === undefined) {
      const { environment } = this.#request;
      found = findToolchain({ directory: member.directory, environment, run: this.#process, store: this.#store });
      this.#toolchains.set(member.directory, found);
    }
    return found;
  }

  /**
   * Runs and links. What fails because the store had lost or damaged something is tried again: the damage is dropped when it is found.
   * Damage that comes to light a second time is more than one bad entry, and the whole store is read through first.
   */
  async #execute(planned: Planned): Promise<readonly BuiltTarget[] | undefined> {
    let attempt = await this.#attempt(planned, undefined);
    for (let again = 1; attempt.foundDamage && again <= MOST_REPEATS; again += 1) {
      this.foundDamage = true;
      if (again === MOST_REPEATS) this.#store.verify({ repair: true });
      attempt = await this.#attempt(planned, { outcomes: attempt.outcomes, isLast: again === MOST_REPEATS });
    }
    return attempt.targets;
  }

  async #attempt(planned: Planned, earlier: { readonly outcomes: Outcomes; readonly isLast: boolean } | undefined): Promise<Attempt> {
    const { repository, requests, plans } = planned;
    const { sink, signal, keepGoing, keepSandbox, environment } = this.#request;
    const { build } = repository.config;
    const elapsed = ElapsedTimes.load(this.#store, repository.root);
    const graph = rustGraph({ plans, lastElapsed: (label) => elapsed.of(label) });
    const jobs = this.#request.jobs ?? build.jobs ?? availableParallelism();
    using pool = jobPool({ store: this.#store, jobs });
    const lock = await readFerruleLock({ path: join(repository.root, 'ferrule.lock'), file: 'ferrule.lock' });
    if (!lock.ok) return { ...NOTHING_DONE, targets: this.#take(lock) };
    const sources = new RunSources({ store: this.#store, repository, lock: lock.value, environment, now: this.#request.now });
    const engine = chooseEngine({
      store: this.#store,
      jobserver: pool.jobserver,
      sandbox: this.#request.sandbox ?? build.sandbox ?? 'auto',
      searchPath: environment['PATH'] ?? '',
      repositoryRoot: repository.root,
      timeoutMs: this.#request.timeoutMs,
      now: this.#now,
    });
    if (this.#take(engine) === undefined || !engine.ok) return NOTHING_DONE;
    const stop = (): void => engine.value.stop();
    signal.addEventListener('abort', stop, { once: true });
    const paths = new Map(plans.map((plan) => [plan, knownPaths(plan.facts)]));
    const observe: EventSink = (event) => {
      // What fails once the run was stopped failed because it was stopped.
      if (event.type === 'diagnostic' && signal.aborted) return;
      if (event.type === 'diagnostic') this.diagnostics.push(event.diagnostic);
      if (event.type === 'messages') {
        const { rendered, warnings, node } = event;
        if (isDone(earlier?.outcomes[node])) return;
        this.#messages.push({ rendered, warnings, label: graph.scheduled[node]?.label ?? '' });
      }
      sink(event);
    };
    const host = hostEnvironment(environment);
    const work = new RustWork({
      nodes: graph.nodes,
      sources,
      store: this.#store,
      engine: engine.value,
      host,
      passEnvironment: build.passEnvironment,
      keepSandbox,
      verifyDeterminism: this.#request.verifyDeterminism,
      isStopped: () => signal.aborted,
      isLastAttempt: earlier?.isLast === true,
      paths: (node) => paths.get(node.workspace) ?? ((text) => text),
      sink: observe,
      now: this.#now,
      onElapsed: (label, elapsedMs) => elapsed.record(label, elapsedMs),
    });
    this.#stage('run');
    const nodes = graph.scheduled.map(({ needs, ...node }) => ({ ...node, dependencies: needs.map((need) => need.node) }));
    sink({ type: 'graph', nodes, at: this.#now() });
    let outcomes: Outcomes;
    try {
      const ended = await schedule({
        nodes: graph.scheduled,
        work,
        tokens: pool,
        lookahead: jobs + 2,
        keepGoing,
        signal,
        sink: observe,
        now: this.#now,
      });
      outcomes = ended.map((outcome, node) => withEarlier(outcome, earlier?.outcomes[node]));
      this.counts = countOutcomes(outcomes);
    } finally {
      engine.value.stop();
      signal.removeEventListener('abort', stop);
      sources.save();
      elapsed.save();
    }
    if (signal.aborted || !outcomes.every(isDone))
      return { outcomes, targets: undefined, foundDamage: work.foundDamage && !signal.aborted };
    this.#stage('link');
    this.watched = watchedBy({ repository, plans, environment, sources, directories: this.#directories.watched, variables: host.asked });
    const linked = linkResults({
      outputs: requestedOutputs(requests.map((request, index) => plannedRequest({ request, index, plans, nodes: graph.nodes }))),
      work,
      store: this.#store,
      directory: this.#request.directory,
      link: this.#request.output,
    });
    if ('targets' in linked) return { outcomes, targets: linked.targets, foundDamage: false };
    const severity = earlier?.isLast === true ? 'error' : 'warning';
    this.#take(fail(damageFound({ what: 'files of the result', paths: linked.damaged, severity })));
    return { outcomes, targets: undefined, foundDamage: true };
  }

  /** Leaves no scratch space behind. Where the disk does not allow it, the next run does. */
  close(): void {
    try {
      this.#store.close();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
    }
  }

  remember(report: BuildReport, question: string, startedAt: number): void {
    rememberRun({ store: this.#store, question, variables: this.#request.environment, report, messages: this.#messages, startedAt });
  }

  #stage(stage: Extract<RunEvent, { type: 'stage' }>['stage']): void {
    this.#request.sink({ type: 'stage', stage, at: this.#now() });
  }

  /** The value of a result; its diagnostics go to the report and the sink. */
  #take<T>(result: Result<T>): T | undefined {
    if (this.#request.signal.aborted) return undefined;
    for (const diagnostic of result.ok ? (result.warnings ?? []) : result.diagnostics) {
      this.diagnostics.push(diagnostic);
      this.#request.sink({ type: 'diagnostic', node: undefined, diagnostic, at: this.#now() });
    }
    return result.ok ? result.value : undefined;
  }
}

interface Planned {
  readonly repository: Repository;
  readonly requests: readonly RustRequest[];
  readonly plans: readonly WorkspacePlan[];
}

/** One pass over the graph. */
interface Attempt {
  readonly outcomes: Outcomes;
  /** `undefined`: something failed, or the run was stopped. */
  readonly targets: readonly BuiltTarget[] | undefined;
  readonly foundDamage: boolean;
}

const NOTHING_DONE: Attempt = { outcomes: [], targets: undefined, foundDamage: false };

/** Attempts after the first. */
const MOST_REPEATS = 2;

/** What ran in an earlier attempt has run, though the last one found its result. */
function withEarlier(outcome: Outcome, earlier: Outcome | undefined): Outcome {
  return outcome.kind === 'cached' && earlier?.kind === 'executed' ? earlier : outcome;
}

function isDone(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'executed' || outcome?.kind === 'cached';
}

function plannedRequest(options: {
  readonly request: RustRequest;
  readonly index: number;
  readonly plans: readonly WorkspacePlan[];
  readonly nodes: readonly RustNode[];
}): PlannedRequest {
  const { request, index, plans, nodes } = options;
  const plan = plans[index];
  if (plan === undefined) throw new Error('internal: a request without a plan');
  return { request, plan, nodes: nodes.filter((node) => node.workspace === plan) };
}

function countOutcomes(outcomes: readonly Outcome[]): ActionCounts {
  const count = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  return { total: outcomes.length, executed: count('executed'), cached: count('cached'), failed: count('failed') };
}
