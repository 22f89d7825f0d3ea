import type { RecordedNode } from '../record/run-record.ts';
import type { ChainLink } from './report-data.ts';

/** The chain of units that takes longest with as many workers as one likes: no run of the same units can be shorter. */
export interface LongestChain {
  /** First what begins. */
  readonly links: readonly ChainLink[];
  /** Milliseconds from its beginning to its end, with nothing to wait for but each other. */
  readonly elapsedMs: number;
}

/**
 * Finds it by what the units that ran took. A library's metadata is enough for the libraries built on it; programs, build scripts and all
 * that is not compiled need the whole of what is below. Units that were reused take no time.
 */
export function longestChain(nodes: readonly RecordedNode[]): LongestChain {
  return new ChainSearch(nodes).run();
}

/** How a unit could end at the earliest. */
interface Timing {
  readonly start: number;
  /** The one that it waits for longest; `undefined`: for nothing that ran. */
  readonly before: number | undefined;
}

class ChainSearch {
  readonly #nodes: readonly RecordedNode[];
  readonly #timings = new Map<number, Timing>();

  constructor(nodes: readonly RecordedNode[]) {
    this.#nodes = nodes;
  }

  run(): LongestChain {
    let last: { readonly unit: number; readonly end: number } | undefined;
    for (const [unit, node] of this.#nodes.entries()) {
      if (!hasRun(node)) continue;
      const end = this.#timing(unit).start + elapsed(node);
      if (last === undefined || end > last.end) last = { unit, end };
    }
    const links: ChainLink[] = [];
    for (let at = last?.unit; at !== undefined; at = this.#timing(at).before) links.push({ unit: at, readyAt: this.#readyAt(at) });
    return { links: links.toReversed(), elapsedMs: last?.end ?? 0 };
  }

  #timing(unit: number): Timing {
    const known = this.#timings.get(unit);
    if (known !== undefined) return known;
    let timing: Timing = { start: 0, before: undefined };
    for (const below of this.#executedBelow(unit)) {
      const given = this.#timing(below).start + this.#timeToGive(below, unit);
      if (given > timing.start) timing = { start: given, before: below };
    }
    this.#timings.set(unit, timing);
    return timing;
  }

  /** Milliseconds from the beginning of a unit until one built on it can begin. */
  #timeToGive(below: number, above: number): number {
    const [giver, taker] = [this.#nodes[below], this.#nodes[above]];
    if (giver?.startedAt === undefined) return 0;
    const early = giver.earlyAt !== undefined && taker !== undefined && isLibrary(taker) ? giver.earlyAt : giver.endedAt;
    return (early ?? giver.startedAt) - giver.startedAt;
  }

  /** When everything that a unit needed was there, in the run as it was. */
  #readyAt(unit: number): number {
    const start = this.#nodes[unit]?.startedAt ?? 0;
    let ready = 0;
    for (const below of this.#executedBelow(unit)) {
      const { earlyAt, endedAt } = this.#nodes[below] ?? {};
      ready = Math.max(ready, endedAt !== undefined && endedAt <= start ? endedAt : Math.min(earlyAt ?? start, start));
    }
    return ready;
  }

  /** The nearest units below one that ran: what was reused between them is passed through. */
  #executedBelow(top: number): ReadonlySet<number> {
    const found = new Set<number>();
    const seen = new Set(this.#nodes[top]?.dependencies);
    for (const id of seen) {
      const node = this.#nodes[id];
      if (node !== undefined && hasRun(node)) found.add(id);
      else for (const dependency of node?.dependencies ?? []) seen.add(dependency);
    }
    return found;
  }
}

function hasRun({ startedAt, endedAt }: RecordedNode): boolean {
  return startedAt !== undefined && endedAt !== undefined;
}

function elapsed({ startedAt = 0, endedAt = 0 }: RecordedNode): number {
  return endedAt - startedAt;
}

/** Libraries have labels without a description: `serde v1.0.228`. */
function isLibrary({ verb, label }: RecordedNode): boolean {
  return verb === 'compile' && !label.includes('(');
}
