import type { Store } from '../store/store.ts';

/** How long each unit of a repository took when it last ran: what the critical path is estimated from. */
export class ElapsedTimes {
  readonly #store: Store;
  readonly #key: string;
  readonly #times: Map<string, number>;
  #changed = false;

  private constructor(store: Store, key: string, times: Map<string, number>) {
    this.#store = store;
    this.#key = key;
    this.#times = times;
  }

  static load(store: Store, repositoryRoot: string): ElapsedTimes {
    const note = store.getNote('elapsed', repositoryRoot);
    const value: unknown = note === undefined ? {} : JSON.parse(note);
    const times = new Map<string, number>();
    for (const [label, elapsed] of Object.entries(typeof value === 'object' && value !== null ? value : {})) {
      if (typeof elapsed === 'number') times.set(label, elapsed);
    }
    return new ElapsedTimes(store, repositoryRoot, times);
  }

  /** Milliseconds; `undefined`: it never ran here. */
  of(label: string): number | undefined {
    return this.#times.get(label);
  }

  record(label: string, elapsedMs: number): void {
    this.#times.set(label, Math.round(elapsedMs));
    this.#changed = true;
  }

  save(): void {
    if (this.#changed) this.#store.putNote('elapsed', this.#key, JSON.stringify(Object.fromEntries(this.#times)));
  }
}
