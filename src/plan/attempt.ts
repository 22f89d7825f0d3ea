import { availableParallelism } from 'node:os';
import { fail } from '../diagnostics/diagnostic.ts';
import type { Outcome } from '../engine/events.ts';
import { type Outcomes, schedule } from '../engine/scheduler.ts';
import type { Repository } from '../repository/repository.ts';
import type { BuiltTarget } from './build-report.ts';
import { chooseEngine } from './choose-engine.ts';
import { damageFound } from './input-damage.ts';
import { type JobPool, jobPool } from './job-pool.ts';
import { linkResults, unlinked } from './link-results.ts';
import { pythonResults } from './python/results.ts';
import type { CoverageReport } from './coverage/coverage-report.ts';
import { reportCoverage } from './coverage/report-coverage.ts';
import type { RunContext } from './run-context.ts';
import type { Watched } from './run-stamp.ts';
import { junitReport, writeReport } from './checks/junit.ts';
import { type CheckSummary, summarizeChecks } from './checks/summary.ts';
import { isDone, plansOf, type RunWorks, runWorks } from './run-works.ts';
import type { PlannedRun } from './plan-run.ts';
import type { RustNode } from './rust-graph.ts';
import { type PlannedRequest, rustResults } from './rust-results.ts';
import type { RustRequest } from './select-targets.ts';
import { watchedBy } from './watched.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** One pass over the graph. */
export interface Attempt {
  readonly outcomes: Outcomes;
  readonly checks: readonly CheckSummary[];
  /** `undefined`: it was not measured, or a test failed. */
  readonly coverage: CoverageReport | undefined;
  /** `undefined`: something failed, or the run was stopped. */
  readonly targets: readonly BuiltTarget[] | undefined;
  /** Something failed because the store had lost or damaged it: another attempt may succeed. */
  readonly foundDamage: boolean;
  /** What it depended on; `undefined` when it failed. */
  readonly watched: Watched | undefined;
  /** `undefined`: it did not come so far. */
  readonly works: RunWorks | undefined;
}

const NOTHING_DONE: Attempt = {
  outcomes: [],
  checks: [],
  coverage: undefined,
  targets: undefined,
  foundDamage: false,
  watched: undefined,
  works: undefined,
};

/** Runs every node of the plans and links what was asked for. `earlier` is the attempt before this one, which found damage in the store. */
export async function attemptRun(options: {
  readonly context: RunContext;
  readonly planned: PlannedRun;
  readonly earlier: { readonly outcomes: Outcomes; readonly isLast: boolean } | undefined;
}): Promise<Attempt> {
  const { context, planned, earlier } = options;
  const { request, store } = context;
  const { repository, requests, plans, python } = planned;
  const { signal, environment } = request;
  const jobs = request.jobs ?? repository.config.build.jobs ?? availableParallelism();
  using pool = jobPool({ store, jobs });
  const engine = engineFor({ context, repository, pool });
  if (context.take(engine) === undefined || !engine.ok) return NOTHING_DONE;
  const stop = (): void => engine.value.stop();
  signal.addEventListener('abort', stop, { once: true });
  const works = runWorks({ context, planned, engine: engine.value, earlier, recalls: true });
  const { graph, scheduled, sources, host, elapsed, work, pythonWork } = works;
  context.stage('run');
  const nodes = scheduled.map(({ needs, ...node }) => ({ ...node, dependencies: needs.map((need) => need.node) }));
  request.sink({ type: 'graph', nodes, at: context.now() });
  let outcomes: Outcomes;
  try {
    python.begin();
    const { keepGoing } = request;
    const { now } = context;
    const ended = await schedule({
      nodes: scheduled,
      work: works,
      tokens: pool,
      lookahead: jobs + 2,
      keepGoing,
      signal,
      sink: works.sink,
      now,
    });
    outcomes = ended.map((outcome, node) => withEarlier(outcome, earlier?.outcomes[node]));
  } finally {
    await python.end();
    engine.value.stop();
    signal.removeEventListener('abort', stop);
    await work.remember();
    sources.save();
    elapsed.save();
  }
  const coverage = signal.aborted ? undefined : reportCoverage({ planned, works, outcomes, request, store });
  const checks = summarizeChecks({ checks: planned.checks, outcomes, works, store });
  if (request.checks?.junit !== undefined && !signal.aborted) {
    writeReport(request.checks.junit, junitReport({ checks: planned.checks, summaries: checks, works, store }));
  }
  if (signal.aborted || !outcomes.every(isDone)) {
    return { ...NOTHING_DONE, outcomes, checks, coverage, foundDamage: work.foundDamage && !signal.aborted, works };
  }
  const untested = planned.checks.lacks(checks);
  if (untested.length > 0) {
    context.take(fail(...untested));
    return { ...NOTHING_DONE, outcomes, checks, coverage, works };
  }
  context.stage('link');
  const { watched: directories } = context.directories;
  const watched = watchedBy({
    repository,
    plans: plansOf(planned),
    python: python.watched(),
    checks: planned.checks.watched,
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
    return { ...NOTHING_DONE, outcomes, foundDamage: true, works };
  }
  const outputs = [...rustMade.outputs, ...pythonMade.outputs];
  const targets =
    request.purpose === 'run' || request.purpose === 'check'
      ? unlinked(outputs)
      : linkResults({ outputs, directory: request.directory, link: request.output });
  return { outcomes, checks, coverage, targets, foundDamage: false, watched, works };
}

/** The engine that runs the request's actions. */
export function engineFor(options: {
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

/** What ran in an earlier attempt has run, though the last one found its result. */
function withEarlier(outcome: Outcome, earlier: Outcome | undefined): Outcome {
  return outcome.kind === 'cached' && earlier?.kind === 'executed' ? earlier : outcome;
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
