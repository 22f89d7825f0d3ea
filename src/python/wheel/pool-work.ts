/** Work in the thread pool whose results take memory: bounded in bytes. */
export class PoolWork {
  readonly #limit: number;
  readonly #underWay = new Set<Promise<void>>();
  #bytes = 0;

  /** `limit`: bytes after which {@link add} waits; one piece of work of any size is always let in. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts work that takes `bytes`; settles when there is room for more. Rejects when work failed, this or earlier. */
  async add(bytes: number, work: () => Promise<void>): Promise<void> {
    this.#bytes += bytes;
    const tracked: Promise<void> = work().finally(() => {
      this.#bytes -= bytes;
      this.#underWay.delete(tracked);
    });
    this.#underWay.add(tracked);
    // Its failure is met below, or by `finish`; until then it is not unhandled.
    tracked.catch(() => undefined);
    while (this.#isFull()) await Promise.race(this.#underWay);
  }

  /** Settles when all work is done; rejects when some failed. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Settles when nothing is under way any more, failed or not. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  #isFull(): boolean {
    return this.#bytes > this.#limit && this.#underWay.size > 0;
  }
}
