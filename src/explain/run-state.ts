import type { Forecast, ForecastState } from '../plan/forecast.ts';
import type { IngredientNotes } from '../record/ingredient-notes.ts';
import type { Ingredients, RecordedNode, RecordedTarget, RunRecord } from '../record/run-record.ts';

/** A graph with its keys, as it was in a run or would be now: what is compared with another. */
export interface RunState {
  readonly nodes: readonly StateNode[];
  readonly targets: readonly RecordedTarget[];
  /** Versions of toolchains, by content. */
  readonly toolchains: Readonly<Record<string, string>>;
}

export interface StateNode {
  readonly label: string;
  readonly verb: string;
  /** Positions of the nodes it is directly built from. */
  readonly dependencies: readonly number[];
  /** Hexadecimal; `undefined`: it has none, or it is not known. */
  readonly key: string | undefined;
  /** What it would be found to be; `undefined`: the run is over, see `outcome`. */
  readonly state: ForecastState | undefined;
  /** How it ended; `undefined`: the run has not been. */
  readonly outcome: RecordedNode['outcome'] | undefined;
  /** `undefined`: no longer known. */
  readonly ingredients: () => Ingredients | undefined;
}

export function recordedState(record: RunRecord, notes: IngredientNotes): RunState {
  const { targets, toolchains, ingredients } = record;
  const nodes = record.nodes.map(({ label, verb, dependencies, key, outcome }): StateNode => {
    const found = (): Ingredients | undefined => (key === undefined ? undefined : (ingredients?.[key] ?? notes.get(key)));
    return { label, verb, dependencies, key, outcome, state: undefined, ingredients: found };
  });
  return { nodes, targets, toolchains };
}

export function forecastState(forecast: Forecast, notes: IngredientNotes): RunState {
  const { targets, toolchains } = forecast;
  const nodes = forecast.nodes.map(({ ingredients, ...node }): StateNode => {
    const { key } = node;
    const found = (): Ingredients | undefined => ingredients ?? (key === undefined ? undefined : notes.get(key));
    return { ...node, outcome: undefined, ingredients: found };
  });
  return { nodes, targets, toolchains };
}

/** A node and everything it is built from, however indirectly. */
export function coneOf(nodes: readonly Pick<StateNode, 'dependencies'>[], tops: readonly number[]): ReadonlySet<number> {
  const cone = new Set(tops);
  for (const node of cone) for (const dependency of nodes[node]?.dependencies ?? []) cone.add(dependency);
  return cone;
}
