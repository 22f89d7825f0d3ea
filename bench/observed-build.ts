// One build in this process: `observed-build.mjs DIRECTORY STORE [JOBS]` prints where its time went, as JSON.
import type { RunEvent } from '../src/engine/events.ts';
import { runBuild } from '../src/plan/build.ts';

/** Milliseconds, unless another unit is named. */
export interface Observation {
  readonly wall: number;
  readonly stages: Readonly<Partial<Record<Stage, number>>>;
  readonly actions: number;
  readonly executed: number;
  /** Sum over the executed actions of the time their processes took, sandboxes included. */
  readonly processes: number;
  /** Processor time of this process alone. */
  readonly processor: number;
  readonly peakMiB: number;
}

type Stage = Extract<RunEvent, { type: 'stage' }>['stage'];

const [directory = '', store = '', jobs = ''] = process.argv.slice(2);
const events: RunEvent[] = [];
const start = performance.now();
const report = await runBuild({
  directory,
  storeDirectory: store,
  purpose: 'build',
  targets: [],
  profile: undefined,
  target: undefined,
  features: [],
  allFeatures: false,
  noDefaultFeatures: false,
  jobs: jobs === '' ? undefined : Number(jobs),
  keepGoing: false,
  sandbox: undefined,
  keepSandbox: false,
  offline: false,
  timeoutMs: undefined,
  verifyDeterminism: false,
  output: undefined,
  environment: Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  sink: (event) => events.push(event),
  signal: new AbortController().signal,
  now: Date.now,
});
const wall = performance.now() - start;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const executed = events.flatMap((event) => (event.type === 'ended' && event.outcome.kind === 'executed' ? [event.outcome.elapsedMs] : []));
const observation: Observation = {
  wall,
  stages: stagesOf(events, wall),
  actions: report.actions.total,
  executed: executed.length,
  processes: executed.reduce((sum, elapsed) => sum + elapsed, 0),
  processor: (userCPUTime + systemCPUTime) / 1000,
  peakMiB: maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(observation)}\n`);
if (!report.ok) {
  process.stderr.write(`${JSON.stringify(report.diagnostics, undefined, 2)}\n`);
  process.exitCode = 1;
}

function stagesOf(all: readonly RunEvent[], end: number): Observation['stages'] {
  const marks = all.flatMap((event) => (event.type === 'stage' ? [event] : []));
  return Object.fromEntries(marks.map((mark, index) => [mark.stage, (marks[index + 1]?.at ?? end) - mark.at]));
}
