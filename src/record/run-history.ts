import { type Sha256, sha256Of } from '../model/digest.ts';
import type { Store } from '../store/store.ts';
import { IngredientNotes } from './ingredient-notes.ts';
import { type Ingredients, parseRecord, type RunRecord } from './run-record.ts';

/** Runs that are kept of a repository. */
export const KEPT_RUNS = 20;

const NAMESPACE = 'runs';

/** One line of the list of a repository's runs. */
export interface HistoryEntry {
  readonly run: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly ok: boolean;
  /** How many nodes ran. */
  readonly executed: number;
  /** Names of what was asked for. */
  readonly targets: readonly string[];
  /** sha256 over what was asked and the keys it came to. */
  readonly content: Sha256;
}

/** The records of a repository's last runs, in notes of the store: a ring of {@link KEPT_RUNS}, and a list of what is in it. */
export class RunHistory {
  readonly #store: Store;
  readonly #repository: string;

  /** `repository` is its absolute root. */
  constructor(store: Store, repository: string) {
    this.#store = store;
    this.#repository = repository;
  }

  /** What is kept, the latest first. */
  list(): readonly HistoryEntry[] {
    return this.#entries()
      .flatMap((entry) => entry ?? [])
      .toSorted((left, right) => right.startedAt - left.startedAt);
  }

  /** `undefined`: it is not kept any more, or never was. A beginning of its name will do. */
  get(run: string): RunRecord | undefined {
    const slot = this.#entries().findIndex((entry) => entry?.run.startsWith(run) === true);
    const note = slot < 0 ? undefined : this.#store.getNote(NAMESPACE, this.#place(slot));
    return note === undefined ? undefined : parseRecord(note);
  }

  /** Keeps a record in the place of the oldest one; one of a run that found everything as the last one left it says nothing new, and is not kept. */
  add(record: RunRecord): void {
    const entries = [...this.#entries()];
    const content = contentHash(record);
    const isIdle = record.nodes.every((node) => node.outcome === 'cached');
    if (isIdle && latest(entries)?.content === content) return;
    const slot = placeFor(entries);
    const executed = record.nodes.filter((node) => node.outcome === 'executed').length;
    const { run, startedAt, ok } = record;
    this.#store.putNote(NAMESPACE, this.#place(slot), JSON.stringify(record));
    entries[slot] = { run, startedAt, ok, executed, targets: [...new Set(record.targets.map((target) => target.name))], content };
    this.#store.putNote(NAMESPACE, this.#repository, JSON.stringify(entries));
  }

  /** A record with the ingredients of its keys, to be understood without the store. */
  complete(record: RunRecord): RunRecord {
    const notes = new IngredientNotes(this.#store);
    const ingredients: Record<string, Ingredients> = {};
    for (const { key } of record.nodes) {
      const found = key === undefined || ingredients[key] !== undefined ? undefined : notes.get(key);
      if (key !== undefined && found !== undefined) ingredients[key] = found;
    }
    return { ...record, ingredients };
  }

  #place(slot: number): string {
    return `${this.#repository}\0${slot}`;
  }

  #entries(): readonly (HistoryEntry | null)[] {
    const note = this.#store.getNote(NAMESPACE, this.#repository);
    const value: unknown = note === undefined ? [] : JSON.parse(note);
    return Array.isArray(value) ? value.map((entry: unknown) => (isEntry(entry) ? entry : null)) : [];
  }
}

function contentHash({ request, nodes }: RunRecord): Sha256 {
  return sha256Of(`${JSON.stringify(request)}\n${nodes.map(({ label, key }) => `${label}\0${key ?? ''}`).join('\n')}`);
}

function latest(entries: readonly (HistoryEntry | null)[]): HistoryEntry | undefined {
  return entries
    .flatMap((entry) => entry ?? [])
    .reduce<HistoryEntry | undefined>((last, entry) => (last === undefined || entry.startedAt > last.startedAt ? entry : last), undefined);
}

/** A free place, or that of the oldest run. */
function placeFor(entries: readonly (HistoryEntry | null)[]): number {
  if (entries.length < KEPT_RUNS) return entries.length;
  let oldest = 0;
  for (const [slot, entry] of entries.entries()) {
    if ((entry?.startedAt ?? 0) < (entries[oldest]?.startedAt ?? 0)) oldest = slot;
  }
  return oldest;
}

function isEntry(value: unknown): value is HistoryEntry {
  return typeof value === 'object' && value !== null && 'run' in value && typeof value.run === 'string' && 'targets' in value;
}
