import type { NodeId } from './events.ts';
import type { Need } from './scheduler.ts';

/**
 * Counts what each node still waits for. A unit of a large workspace needs hundreds of others, down to the bottom: asking each time
 * whether all of them are there would take the cube of their number.
 */
export class OpenNeeds {
  readonly #open: number[];
  /** For each node those that need it. */
  readonly #waiting: readonly (readonly Waiting[])[];
  readonly #early = new Set<NodeId>();

  constructor(needs: readonly (readonly Need[])[]) {
    this.#open = needs.map((list) => list.length);
    const waiting: Waiting[][] = needs.map(() => []);
    for (const [node, list] of needs.entries()) for (const need of list) waiting[need.node]?.push({ node, early: need.early });
    this.#waiting = waiting;
  }

  areMet(node: NodeId): boolean {
    return this.#open[node] === 0;
  }

  /** The node has announced its early output; it may do so more than once. */
  meetEarly(node: NodeId): void {
    if (this.#early.has(node)) return;
    this.#early.add(node);
    this.#close(node, (waiting) => waiting.early);
  }

  /** The node has ended, which it does once. */
  meet(node: NodeId): void {
    const announced = this.#early.has(node);
    this.#close(node, (waiting) => !(waiting.early && announced));
  }

  #close(node: NodeId, isMet: (waiting: Waiting) => boolean): void {
    for (const waiting of this.#waiting[node] ?? []) if (isMet(waiting)) this.#open[waiting.node] = (this.#open[waiting.node] ?? 0) - 1;
  }
}

interface Waiting {
  readonly node: NodeId;
  readonly early: boolean;
}
