import type { Goal, Row } from './scenario.ts';

/** Middle value; of an even number of values, the mean of the two in the middle. `undefined` for none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((left, right) => left - right);
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** A row's figures, as the table and the JSON document show them. */
export interface Figures {
  readonly ferrule: number | undefined;
  readonly other: number | undefined;
  /** Ferrule's median by the other's. */
  readonly ratio: number | undefined;
  /** `undefined`: no goal, or not measured. */
  readonly met: boolean | undefined;
}

export function figuresOf(row: Row): Figures {
  const ferrule = median(row.ferrule);
  const other = row.against === undefined ? undefined : median(row.against.values);
  const ratio = ferrule === undefined || other === undefined || other === 0 ? undefined : ferrule / other;
  return { ferrule, other, ratio, met: row.goal === undefined ? undefined : isMet(row.goal, { ferrule, ratio }) };
}

function isMet(goal: Goal, { ferrule, ratio }: Pick<Figures, 'ferrule' | 'ratio'>): boolean | undefined {
  switch (goal.kind) {
    case 'at most':
      return ratio === undefined ? undefined : ratio <= goal.ratio;
    case 'faster':
      return ratio === undefined ? undefined : ratio * goal.times <= 1;
    case 'below':
      return ferrule === undefined ? undefined : ferrule < goal.milliseconds;
  }
}
