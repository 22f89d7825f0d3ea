export interface Step {
  /** From the nearest start. */
  readonly distance: number;
  /** Towards the start; `undefined`: this is one. */
  readonly next: number | undefined;
}

/** The shortest ways from some nodes to all that can be reached. */
export function shortestWays(starts: readonly number[], onward: (id: number) => readonly number[]): ReadonlyMap<number, Step> {
  const steps = new Map<number, Step>(starts.map((start) => [start, { distance: 0, next: undefined }]));
  for (const [id, { distance }] of steps) {
    for (const further of onward(id)) if (!steps.has(further)) steps.set(further, { distance: distance + 1, next: id });
  }
  return steps;
}
