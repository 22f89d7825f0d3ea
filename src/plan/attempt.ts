import { availableParallelism } from 'node:os';
import { fail } from '../diagnostics/diagnostic.ts';
import type { EventSink, NodeId, Outcome } from '../engine/events.ts';
import { type NodeWork, type Outcomes, schedule } from '../engine/scheduler.ts';
import type { FerruleLock } from '../repository/ferrule-lock.ts';
import type { Repository } from '../repository/repository.ts';
import type { BuiltTarget } from './build-report.ts';
import { chooseEngine } from './choose-engine.ts';
import { ElapsedTimes } from './elapsed-times.ts';
import { extensionOutcome } from './extension-outcome.ts';
import { hostEnvironment } from './host-environment.ts';
import { damageFound } from './input-damage.ts';
import { type JobPool, jobPool } from './job-pool.ts';
import { knownPaths } from './known-paths.ts';
import { linkResults, unlinked } from './link-results.ts';
import type { PythonPlan } from './python/plan.ts';
import { pythonResults } from './python/results.ts';
import type { NeededUnit } from './python/step.ts';
import { PythonWork, scheduledPython } from './python/work.ts';
import type { RunContext } from './run-context.ts';
import { RunSources } from './run-sources.ts';
import type { Watched } from './run-stamp.ts';
import { type RustNode, rustGraph } from './rust-graph.ts';
import { type PlannedRequest, rustResults } from './rust-results.ts';
import { RustWork } from './rust-work.ts';
import type { RustRequest } from './select-targets.ts';
import { watchedBy } from './watched.ts';
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

/** One pass over the graph. */
export interface Attempt {
  readonly outcomes: Outcomes;
  /** `undefined`: something failed, or the run was stopped. */
  readonly targets: readonly BuiltTarget[] | undefined;
  /** Something failed because the store had lost or damaged it: another attempt may succeed. */
  readonly foundDamage: boolean;
  /** What it depended on; `undefined` when it failed. */
  readonly watched: Watched | undefined;
}

const NOTHING_DONE: Attempt = { outcomes: [], targets: undefined, foundDamage: false, watched: undefined };

/** Runs every node of the plans and links what was asked for. `earlier` is the attempt before this one, which found damage in the store. */
export async function attemptRun(options: {
  readonly context: RunContext;
  readonly planned: PlannedRun;
  readonly earlier: { readonly outcomes: Outcomes; readonly isLast: boolean } | undefined;
}): Promise<Attempt> {
  const { context, planned, earlier } = options;
  const { request, store } = context;
  const { repository, lock, requests, plans, python } = planned;
  const { signal, environment } = request;
  const jobs = request.jobs ?? repository.config.build.jobs ?? availableParallelism();
  using pool = jobPool({ store, jobs });
  const engine = engineFor({ context, repository, pool });
  if (context.take(engine) === undefined || !engine.ok) return NOTHING_DONE;
  const stop = (): void => engine.value.stop();
  signal.addEventListener('abort', stop, { once: true });
  const elapsed = ElapsedTimes.load(store, repository.root);
  const lastElapsed = (label: string): number | undefined => elapsed.of(label);
  const onElapsed = (label: string, elapsedMs: number): void => elapsed.record(label, elapsedMs);
  const allPlans = [...plans, ...python.extensions];
  const graph = rustGraph({ plans: allPlans, lastElapsed });
  const sources = new RunSources({ store, repository, lock, environment, now: request.now });
  const offset = graph.nodes.length;
  const nodeOf = unitPlaces(graph.nodes);
  const scheduled = [...graph.scheduled, ...scheduledPython({ nodes: python.nodes, offset, nodeOf, lastElapsed })];
  const host = hostEnvironment(environment);
  const paths = new Map(allPlans.map((plan) => [plan, knownPaths(plan.facts)]));
  const sink = observer({ context, labelOf: (node) => scheduled[node]?.label ?? '', earlier: earlier?.outcomes });
  const work = new RustWork({
    nodes: graph.nodes,
    sources,
    store,
    engine: engine.value,
    host,
    passEnvironment: repository.config.build.passEnvironment,
    keepSandbox: request.keepSandbox,
    verifyDeterminism: request.verifyDeterminism,
    isStopped: () => signal.aborted,
    isLastAttempt: earlier?.isLast === true,
    paths: (node) => paths.get(node.workspace) ?? ((text) => text),
    sink,
    now: context.now,
    onElapsed,
  });
  const pythonWork = new PythonWork({
    nodes: python.nodes,
    offset,
    store,
    engine: engine.value,
    keepSandbox: request.keepSandbox,
    memory: sources.memory,
    extension: (extension) => {
      const nodes = graph.nodes.filter((node) => node.workspace === extension.plan);
      return extensionOutcome({ extension, nodes, work, store });
    },
    sink,
    now: context.now,
    isStopped: () => signal.aborted,
    onElapsed,
  });
  const both: NodeWork = { prepare: async (node) => await (node < offset ? work : pythonWork).prepare(node) };
  context.stage('run');
  const nodes = scheduled.map(({ needs, ...node }) => ({ ...node, dependencies: needs.map((need) => need.node) }));
  request.sink({ type: 'graph', nodes, at: context.now() });
  let outcomes: Outcomes;
  try {
    python.begin();
    const { keepGoing } = request;
    const { now } = context;
    const ended = await schedule({ nodes: scheduled, work: both, tokens: pool, lookahead: jobs + 2, keepGoing, signal, sink, now });
    outcomes = ended.map((outcome, node) => withEarlier(outcome, earlier?.outcomes[node]));
  } finally {
    python.end();
    engine.value.stop();
    signal.removeEventListener('abort', stop);
    await work.remember();
    sources.save();
    elapsed.save();
  }
  if (signal.aborted || !outcomes.every(isDone)) {
    return { ...NOTHING_DONE, outcomes, foundDamage: work.foundDamage && !signal.aborted };
  }
  context.stage('link');
  const { watched: directories } = context.directories;
  const watched = watchedBy({
    repository,
    plans: allPlans,
    python: python.watched(),
    environment,
    sources,
    directories,
    variables: host.asked,
  });
  const rustMade = rustResults({
    requests: requests.map((rust, index) => withNodes({ rust, index, plans, nodes: graph.nodes })),
    work,
    store,
  });
  const pythonMade = pythonResults({ outputs: python.outputs, work: pythonWork, store });
  if ('damaged' in rustMade || 'damaged' in pythonMade) {
    const damaged = [rustMade, pythonMade].flatMap((made) => ('damaged' in made ? made.damaged : []));
    const severity = earlier?.isLast === true ? 'error' : 'warning';
    context.take(fail(damageFound({ what: 'files of the result', paths: damaged, severity })));
    return { ...NOTHING_DONE, outcomes, foundDamage: true };
  }
  const outputs = [...rustMade.outputs, ...pythonMade.outputs];
  const targets =
    request.purpose === 'run' ? unlinked(outputs) : linkResults({ outputs, directory: request.directory, link: request.output });
  return { outcomes, targets, foundDamage: false, watched };
}

function engineFor(options: {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly pool: JobPool;
}): ReturnType<typeof chooseEngine> {
  const { context, repository, pool } = options;
  const { sandbox, environment, timeoutMs } = context.request;
  return chooseEngine({
    store: context.store,
    jobserver: pool.jobserver,
    sandbox: sandbox ?? repository.config.build.sandbox ?? 'auto',
    searchPath: environment['PATH'] ?? '',
    repositoryRoot: repository.root,
    timeoutMs,
    now: context.now,
  });
}

/** Keeps what a run says, and passes it on. What fails once the run was stopped failed because it was stopped. */
function observer(options: {
  readonly context: RunContext;
  readonly labelOf: (node: number) => string;
  readonly earlier: Outcomes | undefined;
}): EventSink {
  const { context, labelOf, earlier } = options;
  const { sink, signal } = context.request;
  return (event) => {
    if (event.type === 'diagnostic' && signal.aborted) return;
    if (event.type === 'diagnostic') context.diagnostics.push(event.diagnostic);
    if (event.type === 'messages') {
      const { rendered, warnings, node } = event;
      if (isDone(earlier?.[node])) return;
      context.messages.push({ rendered, warnings, label: labelOf(node) });
    }
    sink(event);
  };
}

/** What ran in an earlier attempt has run, though the last one found its result. */
function withEarlier(outcome: Outcome, earlier: Outcome | undefined): Outcome {
  return outcome.kind === 'cached' && earlier?.kind === 'executed' ? earlier : outcome;
}

function isDone(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'executed' || outcome?.kind === 'cached';
}

function withNodes(options: {
  readonly rust: RustRequest;
  readonly index: number;
  readonly plans: readonly WorkspacePlan[];
  readonly nodes: readonly RustNode[];
}): PlannedRequest {
  const { rust, index, plans, nodes } = options;
  const plan = plans[index];
  if (plan === undefined) throw new Error('internal: a request without a plan');
  return { request: rust, plan, nodes: nodes.filter((node) => node.workspace === plan) };
}

/** Finds the node of a unit. */
function unitPlaces(nodes: readonly RustNode[]): (unit: NeededUnit) => NodeId {
  return ({ workspace, unit }) => {
    const node = nodes.find((candidate) => candidate.workspace === workspace && candidate.unit.index === unit);
    if (node === undefined) throw new Error(`internal: unit ${unit} of \`${workspace.member}\` is not in the graph`);
    return node.id;
  };
}
