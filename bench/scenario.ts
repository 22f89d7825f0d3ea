import type { BenchOptions } from './options.ts';
import type { Lab } from './lab.ts';

/** A goal of the design, as a bound on what was measured. */
export type Goal =
  /** Ferrule takes at most this part of the other's time. */
  | { readonly kind: 'at most'; readonly ratio: number }
  /** Ferrule is at least so many times faster. */
  | { readonly kind: 'faster'; readonly times: number }
  /** Ferrule takes less than this many milliseconds. */
  | { readonly kind: 'below'; readonly milliseconds: number };

/** One line of a table. */
export interface Row {
  readonly what: string;
  readonly unit: 'ms' | 'MiB' | 'count';
  /** Every measured value; empty: not measured, and `note` says why. */
  readonly ferrule: readonly number[];
  /** `undefined`: there is nothing to compare with. */
  readonly against: { readonly name: string; readonly values: readonly number[] } | undefined;
  /** `undefined`: told for information. */
  readonly goal: Goal | undefined;
  readonly note: string | undefined;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly run: (lab: Lab, options: BenchOptions) => Promise<readonly Row[]>;
}

/** A row without the fields that say nothing. */
export function row(fields: Pick<Row, 'what' | 'ferrule'> & Partial<Row>): Row {
  return { unit: 'ms', against: undefined, goal: undefined, note: undefined, ...fields };
}

/** A comparison that could not be made, and why. */
export function notMeasured(what: string, reason: string): Row {
  return row({ what, ferrule: [], note: `not measured: ${reason}` });
}
