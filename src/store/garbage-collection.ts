/**
 * Garbage collection, safe beside running builds without any lock that a build would have to take.
 *
 * 1. Every look-up of an entry moves its time of use, at most every half hour ({@link TOUCH_INTERVAL_MS}). A result stands for its
 *    outputs: while it is kept, they are.
 * 2. Nothing used after `min(now, start of the oldest living run) - 1 hour` is removed. What a living run has looked up was
 *    used at most half an hour before that run began, by (1), so it lies inside. Runs announce themselves in `tmp/`, with the time at which
 *    they opened the store; one that has not written anything yet does not, but is covered by the hour.
 * 3. What is left to race with is a run that looks up an old entry in the very moment it is removed. So an entry is first renamed
 *    away, and then its stamp is read again: if it moved since it was listed, the entry goes back. A run whose touch comes too late
 *    finds the entry missing, which is a miss. A result goes before its outputs and holds them when it came back.
 *    (For the microseconds between the two renames an entry just touched is out of sight.)
 *
 * Results, notes, and blobs and trees that no result names (sources, toolchains) leave in one order, least recently used first;
 * outputs, and the note on what its key was made from, follow the last result that names them. Before all that go environments that no result link points to, which are made again in
 * milliseconds; while an environment is kept, so are the trees it links to.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { verifiedText } from './checked-file.ts';
import { withCollectionLock } from './collection-lock.ts';
import { referencesOf } from './environments.ts';
import { evictEntry } from './eviction.ts';
import { type Entry, type EntryKind, listEntries, totalBytes } from './inventory.ts';
import { removeFile, removeTree } from './removal.ts';
import { parseResult } from './result-text.ts';
import { readRoots, type Roots } from './roots.ts';
import { sweepSessions } from './session.ts';
import type { Shelf } from './shelf.ts';
import { INGREDIENTS, noteFile, type StoreLayout } from './store-layout.ts';
import { unlessFailing } from './system-error.ts';

/** Nothing used within this time is collected. */
const GRACE_MS = 3_600_000;

/** A sandbox is kept to be looked at, and then forgotten. */
const SANDBOX_LIFETIME_MS = 24 * GRACE_MS;

export interface CollectionOptions {
  /** Bytes on disk that may stay. */
  readonly maxBytes: number;
  /** What was not used for so many milliseconds goes, whatever the budget; `undefined`: no such limit. */
  readonly maxAgeMs?: number;
  /** Only tell what would go. */
  readonly dryRun: boolean;
}

export type CollectionReport =
  | {
      readonly ran: true;
      readonly dryRun: boolean;
      readonly bytesBefore: number;
      /** More than the budget when the rest is rooted or was used lately. */
      readonly bytesAfter: number;
      readonly removed: Readonly<Record<EntryKind, number>>;
      /** Remembered links of users that pointed nowhere. */
      readonly deadRoots: number;
    }
  /** Another process collects. */
  | { readonly ran: false; readonly holder: number };

export function collectGarbage(shelf: Shelf, options: CollectionOptions): CollectionReport {
  const outcome = withCollectionLock(shelf, () => new Collection(shelf, options).run());
  return 'done' in outcome ? outcome.done : { ran: false, holder: outcome.holder };
}

class Collection {
  readonly #shelf: Shelf;
  readonly #options: CollectionOptions;
  readonly #now: number;
  readonly #removed: Record<EntryKind, number> = { blob: 0, tree: 0, environment: 0, result: 0, note: 0 };
  /** Blobs, trees and notes by what results call them. */
  readonly #named = new Map<string, Entry[]>();
  /** Number of results, environments and roots that name an entry. */
  readonly #holders = new Map<Entry, number>();
  /** What each result and environment names. */
  readonly #outputs = new Map<Entry, readonly Entry[]>();
  /** Number of entries that hold a shared file. */
  readonly #links = new Map<number, number>();
  #bytes = 0;

  constructor(shelf: Shelf, options: CollectionOptions) {
    this.#shelf = shelf;
    this.#options = options;
    this.#now = shelf.now();
  }

  run(): CollectionReport {
    const { dryRun } = this.#options;
    const alive = sweepSessions(this.#shelf.layout, this.#now);
    const cutoff = Math.min(this.#now, ...alive.map((session) => session.opened)) - GRACE_MS;
    const roots = readRoots(this.#shelf.layout);
    if (!dryRun) roots.dead.forEach((root) => removeFile(root));
    if (!dryRun) removeOldSandboxes(this.#shelf.layout, this.#now - SANDBOX_LIFETIME_MS);
    const entries = listEntries(this.#shelf.layout);
    this.#bytes = totalBytes(entries);
    const bytesBefore = this.#bytes;
    this.#index(entries, roots);
    this.#evict(this.#unheld(entries, true), cutoff);
    this.#evict(this.#unheld(entries, false), cutoff);
    return { ran: true, dryRun, bytesBefore, bytesAfter: this.#bytes, removed: this.#removed, deadRoots: roots.dead.length };
  }

  #unheld(entries: readonly Entry[], areEnvironments: boolean): readonly Entry[] {
    return entries.filter((entry) => (entry.kind === 'environment') === areEnvironments && (this.#holders.get(entry) ?? 0) === 0);
  }

  #index(entries: readonly Entry[], rooted: Pick<Roots, 'trees' | 'environments'>): void {
    for (const entry of entries) {
      for (const file of entry.shared) this.#links.set(file.inode, (this.#links.get(file.inode) ?? 0) + 1);
      if (entry.kind === 'environment' && rooted.environments.has(entry.hash)) this.#hold(entry);
      if (entry.kind === 'note') this.#name(entry.path, entry);
      if (entry.kind !== 'blob' && entry.kind !== 'tree') continue;
      this.#name(`${entry.kind} ${entry.hash}`, entry);
      if (entry.kind === 'tree' && rooted.trees.has(entry.hash)) this.#hold(entry);
    }
    for (const entry of entries) {
      if (entry.kind !== 'result' && entry.kind !== 'environment') continue;
      const outputs = entry.kind === 'result' ? this.#outputsOf(entry) : this.#entriesNamed(referencesOf(entry.path));
      this.#outputs.set(entry, outputs);
      for (const output of outputs) this.#hold(output);
    }
  }

  #outputsOf(entry: Entry): readonly Entry[] {
    const text = verifiedText({ shelf: this.#shelf, path: entry.path });
    const result = text === undefined || text === 'damaged' ? undefined : parseResult(text.body);
    if (result === undefined) return [];
    const ingredients = noteFile({ layout: this.#shelf.layout, namespace: INGREDIENTS, key: entry.hash });
    const names = new Set([ingredients, `blob ${result.stdout.hash}`, `blob ${result.stderr.hash}`]);
    for (const output of result.outputs) names.add(`${output.kind === 'tree' ? 'tree' : 'blob'} ${output.digest.hash}`);
    return this.#entriesNamed(names);
  }

  #name(name: string, entry: Entry): void {
    this.#named.set(name, [...(this.#named.get(name) ?? []), entry]);
  }

  #entriesNamed(names: Iterable<string>): readonly Entry[] {
    return Array.from(names).flatMap((name) => this.#named.get(name) ?? []);
  }

  #hold(entry: Entry): void {
    this.#holders.set(entry, (this.#holders.get(entry) ?? 0) + 1);
  }

  /** Removes from the least recently used on, until the rest is within the limits or too young. */
  #evict(candidates: readonly Entry[], cutoff: number): void {
    const { maxBytes, maxAgeMs = Infinity } = this.#options;
    const queue = candidates.toSorted((left, right) => right.usedAt - left.usedAt);
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      if (entry.usedAt > cutoff) return;
      if (this.#bytes <= maxBytes && this.#now - entry.usedAt <= maxAgeMs) return;
      if (!this.#options.dryRun && !evictEntry(this.#shelf, entry)) continue;
      this.#count(entry);
      for (const output of this.#outputs.get(entry) ?? []) {
        if (this.#release(output) && entry.kind !== 'environment') insertByUse(queue, output);
      }
    }
  }

  #count(entry: Entry): void {
    this.#removed[entry.kind] += 1;
    this.#bytes -= entry.bytes;
    for (const file of entry.shared) {
      const links = (this.#links.get(file.inode) ?? 0) - 1;
      this.#links.set(file.inode, links);
      if (links === 0) this.#bytes -= file.bytes;
    }
  }

  /** Whether nothing names the blob or tree any more. */
  #release(output: Entry): boolean {
    const holders = (this.#holders.get(output) ?? 0) - 1;
    this.#holders.set(output, holders);
    return holders === 0;
  }
}

function removeOldSandboxes(layout: StoreLayout, before: number): void {
  for (const name of unlessFailing(['ENOENT'], () => readdirSync(layout.sandboxes)) ?? []) {
    const path = `${layout.sandboxes}/${name}`;
    const state = lstatSync(path, { throwIfNoEntry: false });
    if (state !== undefined && state.ctimeMs < before) removeTree(path);
  }
}

/** Puts an entry into a queue that is sorted with the least recently used last. */
function insertByUse(queue: Entry[], entry: Entry): void {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = queue[middle];
    if (other !== undefined && other.usedAt > entry.usedAt) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, entry);
}
