import { performance } from 'node:perf_hooks';

/** One side of a comparison. */
export interface Contender {
  readonly name: string;
  /** Puts everything in place before each run; its time does not count. */
  readonly prepare?: (round: number) => Promise<void> | void;
  /** Its time counts. */
  readonly run: (round: number) => Promise<unknown>;
}

/** Every measured time in milliseconds, by contender. */
export class Times {
  readonly #samples = new Map<string, number[]>();

  add(name: string, milliseconds: number): void {
    this.#samples.set(name, [...(this.#samples.get(name) ?? []), milliseconds]);
  }

  of(name: string): readonly number[] {
    return this.#samples.get(name) ?? [];
  }
}

/**
 * Runs all contenders in each round, each round beginning with another one, so that whatever drifts (heat, caches, other load,
 * the file system's state) falls on all alike. Unmeasured rounds come first: both sides then find the same files in memory.
 */
export async function measure(options: {
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  readonly warmUps: number;
}): Promise<Times> {
  const { contenders, rounds, warmUps } = options;
  const times = new Times();
  for (let round = 0; round < warmUps + rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      await contender.prepare?.(round);
      const start = performance.now();
      await contender.run(round);
      if (round >= warmUps) times.add(contender.name, performance.now() - start);
    }
  }
  return times;
}
