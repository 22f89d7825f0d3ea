import type { Run } from './run.ts';

/** A bar on the canvas: a unit in a row. */
export interface Bar {
  readonly unit: number;
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** The bars of the longest chain in row 1, and from row 2 on those of each worker; row 0 has the stages. */
export function barsOf({ data, units }: Run): readonly Bar[] {
  const onChain = data.chain.flatMap(({ unit }, place): readonly Bar[] => {
    const found = units[unit];
    const next = units[data.chain[place + 1]?.unit ?? -1];
    if (found?.startedAt === undefined || found.endedAt === undefined) return [];
    return [{ unit, row: 1, from: found.startedAt, to: Math.min(found.endedAt, next?.startedAt ?? Infinity) }];
  });
  const inPlaces = units.flatMap(({ startedAt, endedAt, slot }, unit): readonly Bar[] =>
    startedAt === undefined || endedAt === undefined || slot === undefined ? [] : [{ unit, row: 2 + slot, from: startedAt, to: endedAt }],
  );
  return [...onChain, ...inPlaces];
}
