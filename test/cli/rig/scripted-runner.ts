import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import type { NodeSummary, Outcome, RunEvent } from '../../../src/engine/events.ts';
import { digestOf } from '../../../src/model/digest.ts';
import type { BuildReport } from '../../../src/plan/build-report.ts';
import type { BuildRequest } from '../../../src/plan/build-request.ts';
import { StoreFailure } from '../../../src/store/store.ts';

/** What a run is to do. Names are given to the test program in the variable `SCENARIO`. */
export interface Scenario {
  readonly outcomes: readonly Outcome['kind'][];
  /** Milliseconds between the events; 0: none. */
  readonly paceMs: number;
  readonly diagnostics: readonly Diagnostic[];
  /** Text a compiler printed for the first unit. */
  readonly messages: string | undefined;
  readonly end: 'report' | 'store-failure' | 'defect' | 'when-aborted' | 'never';
}

const COMPILE_ERROR: Diagnostic = {
  code: 'F9401',
  severity: 'error',
  blame: 'build',
  message: '`two v0.2.0` does not compile',
  output: '\u001B[1;31merror[E0308]\u001B[0m: mismatched types\n',
  hints: ['`ferrule build --keep-sandbox` keeps the directory'],
};

const BAD_INPUT: Diagnostic = { code: 'F9201', severity: 'error', blame: 'input', message: '`Cargo.lock` is missing' };
const BROKEN_ENGINE: Diagnostic = { code: 'F9501', severity: 'error', blame: 'infrastructure', message: '`bwrap` does not start' };

const BASE: Scenario = { outcomes: ['executed', 'executed', 'cached'], paceMs: 0, diagnostics: [], messages: undefined, end: 'report' };

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  fresh: { ...BASE, messages: '\u001B[33mwarning\u001B[0m: unused variable: `x`\n\nwarning: `one` (lib) generated 1 warning\n' },
  slow: {
    ...BASE,
    paceMs: 150,
    messages: '\u001B[33mwarning\u001B[0m: unused variable: `x`\n\nwarning: `one` (lib) generated 1 warning\n',
  },
  reused: { ...BASE, outcomes: ['cached', 'cached', 'cached'] },
  'compile-error': { ...BASE, outcomes: ['executed', 'failed', 'skipped'], diagnostics: [COMPILE_ERROR] },
  'bad-input': { ...BASE, outcomes: [], diagnostics: [BAD_INPUT] },
  'broken-engine': { ...BASE, outcomes: [], diagnostics: [BAD_INPUT, BROKEN_ENGINE] },
  'store-full': { ...BASE, outcomes: [], end: 'store-failure' },
  defect: { ...BASE, outcomes: [], end: 'defect' },
  hangs: { ...BASE, outcomes: ['executed', 'executed', 'executed'], end: 'when-aborted' },
  'hangs-forever': { ...BASE, outcomes: ['executed', 'executed', 'executed'], end: 'never' },
};

const LABELS = ['one v1.0.0', 'two v0.2.0', 'three v3.0.0 (bin "three")'] as const;

/** A whole pipeline that plays a scenario instead of building. */
export async function playScenario(scenario: Scenario, request: BuildRequest): Promise<BuildReport> {
  const start = request.now();
  const at = (): number => request.now() - start;
  const send = async (event: RunEvent): Promise<void> => {
    request.sink(event);
    if (scenario.paceMs > 0) await pause(scenario.paceMs);
  };
  await send({ type: 'stage', stage: 'plan', at: at() });
  if (scenario.end === 'store-failure') throw new StoreFailure({ path: '/store/v1', systemCode: 'ENOSPC', cause: undefined });
  if (scenario.end === 'defect') throw new Error('internal: two and two is five');
  const nodes = scenario.outcomes.map((_, id): NodeSummary => {
    return { id, label: LABELS[id] ?? `more v${id}`, verb: 'compile', estimateMs: 4000, dependencies: id === 0 ? [] : [id - 1] };
  });
  if (nodes.length > 0) await send({ type: 'graph', nodes, at: at() });
  for (const [node, kind] of scenario.outcomes.entries()) {
    const key = digestOf(String(node));
    if (kind === 'executed' || kind === 'failed') await send({ type: 'started', node, key, at: at() });
    if (scenario.end === 'when-aborted') await aborted(request.signal);
    if (scenario.end === 'never') await new Promise(() => setInterval(() => undefined, 1000));
    if (node === 0 && scenario.messages !== undefined)
      await send({ type: 'messages', node, rendered: scenario.messages, warnings: 1, at: at() });
    for (const diagnostic of kind === 'failed' ? scenario.diagnostics : []) await send({ type: 'diagnostic', node, diagnostic, at: at() });
    const outcome = request.signal.aborted ? outcomeOf('skipped') : outcomeOf(kind);
    await send({ type: 'ended', node, key, outcome, at: at() });
  }
  const count = (kind: Outcome['kind']): number =>
    request.signal.aborted ? 0 : scenario.outcomes.filter((other) => other === kind).length;
  const ok = scenario.diagnostics.length === 0 && !request.signal.aborted;
  return {
    ok,
    run: 'r1',
    elapsedMs: at(),
    targets: ok
      ? [
          {
            name: 'three',
            kind: 'rust',
            output: 'bin',
            path: `${request.directory}/result`,
            entry: '/store/tree',
            programs: [],
            digest: digestOf('three'),
          },
        ]
      : [],
    actions: { total: nodes.length, executed: count('executed'), cached: count('cached'), failed: count('failed') },
    diagnostics: scenario.diagnostics,
  };
}

function outcomeOf(kind: Outcome['kind']): Outcome {
  if (kind === 'executed') return { kind, elapsedMs: 1500 };
  return kind === 'skipped' ? { kind, because: undefined } : { kind };
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const alive = setInterval(() => undefined, 1000);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  clearInterval(alive);
}
