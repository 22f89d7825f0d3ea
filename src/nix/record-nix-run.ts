import type { NodeId } from '../engine/events.ts';
import type { BuildReport } from '../plan/build-report.ts';
import type { Forecast, ForecastNode } from '../plan/forecast.ts';
import { keepRecord } from '../plan/record-run.ts';
import type { RunContext } from '../plan/run-context.ts';
import { IngredientNotes } from '../record/ingredient-notes.ts';
import type { RecordedTarget } from '../record/run-record.ts';
import { type DescribedNode, recordedToolchains } from './described-nodes.ts';
import type { MadePlan } from './make-plan.ts';
import { type NixProgress, verbOf } from './nix-progress.ts';

/** The plan of one system, with what is written down of its derivations. */
export interface DescribedPlan {
  readonly made: MadePlan;
  /** Nix's name of it. */
  readonly system: string;
  readonly nodes: ReadonlyMap<string, DescribedNode>;
}

/** Keeps the record of a run by Nix. `false`: it could not be written where it was asked for, which has been told (F1084). */
export function recordNixRun(options: {
  readonly context: RunContext;
  readonly described: DescribedPlan;
  readonly progress: NixProgress;
  readonly report: Pick<BuildReport, 'run' | 'ok' | 'elapsedMs'>;
  /** Of the repository, absolute. */
  readonly root: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}): boolean {
  const { context, described, progress } = options;
  if (!context.recorder.hasGraph) return true;
  const { store } = context;
  const notes = new IngredientNotes(store);
  const nothing = store.putBlob('');
  const keys = [...described.nodes.values()].map(({ key }) => key);
  for (const { key, ingredients } of described.nodes.values()) {
    if (notes.get(key) === undefined) notes.keep({ hash: key, size: 0 }, ingredients);
  }
  // What Nix has built is Nix's: here it is only known that it was, and how long that took.
  for (const [name, { elapsedMs, lines }] of progress.built()) {
    const key = described.nodes.get(name)?.key;
    const stderr = store.putBlob(lines.join('\n'));
    if (key !== undefined) store.putResult({ hash: key, size: 0 }, { exitCode: 0, outputs: [], stdout: nothing, stderr, elapsedMs });
  }
  return keepRecord({
    ...options,
    engine: 'nix',
    toolchains: recordedToolchains(described.made.plan),
    targets: recordedTargets(described),
    dependenciesOf: () => undefined,
    keyOf: (node) => keys[node],
  });
}

/**
 * What a run by Nix would build: what has another key than in the earlier run, and was not built by Nix here. Whether Nix's store, or a
 * cache, has it all the same, only Nix knows.
 */
export function nixForecast(options: {
  readonly context: RunContext;
  readonly described: DescribedPlan;
  readonly earlierKey: (node: { readonly label: string; readonly verb: string }) => string | undefined;
}): Forecast {
  const { context, described, earlierKey } = options;
  const { plan } = described.made;
  const positions = positionsIn(described);
  const nodes = [...described.nodes].map(([name, { key, ingredients }]): ForecastNode => {
    const { label = name, steps = [], needs = [] } = plan.nodes[name] ?? {};
    const about = { label, verb: verbOf(steps) };
    const isKnown = earlierKey(about) === key || context.store.getResult({ hash: key, size: 0 }) !== undefined;
    const dependencies = needs.flatMap((need) => positions.get(need) ?? []);
    return { ...about, dependencies, key, ingredients, state: isKnown ? 'known' : 'run' };
  });
  return { toolchains: recordedToolchains(plan), targets: recordedTargets(described), nodes };
}

/** The nodes behind each name that was asked for. */
function recordedTargets(described: DescribedPlan): readonly RecordedTarget[] {
  const { made, system } = described;
  const positions = positionsIn(described);
  const targets = new Map<string, NodeId[]>();
  const add = (name: string, nodes: readonly string[]): void =>
    void targets.set(name, [...(targets.get(name) ?? []), ...nodes.flatMap((node) => positions.get(node) ?? [])]);
  for (const { target, node } of Object.values(made.plan.systems[system]?.outputs ?? {})) add(target, [node]);
  for (const { subject, nodes } of made.checks[system] ?? []) add(subject, nodes);
  return Array.from(targets, ([name, nodes]) => ({ name, nodes }));
}

function positionsIn({ nodes }: DescribedPlan): ReadonlyMap<string, NodeId> {
  return new Map([...nodes.keys()].map((name, position) => [name, position]));
}
