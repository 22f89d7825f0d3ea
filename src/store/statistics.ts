import { readdirSync } from 'node:fs';
import { type Entry, type EntryKind, listEntries, totalBytes } from './inventory.ts';
import type { StoreLayout } from './store-layout.ts';

export interface KindStatistics {
  readonly count: number;
  /** Bytes on disk; a file that a blob and a tree share counts in both. */
  readonly bytes: number;
}

/** What a store holds. */
export interface StoreStatistics {
  readonly blobs: KindStatistics;
  readonly trees: KindStatistics;
  readonly environments: KindStatistics;
  readonly results: KindStatistics;
  readonly notes: KindStatistics;
  /** Links of users that are remembered, dead ones included. */
  readonly roots: number;
  /** Runs that have something below `tmp/`, this one included. */
  readonly sessions: number;
  /** Bytes on disk of all entries, each file counted once; without scratch space. */
  readonly bytes: number;
}

export function storeStatistics(layout: StoreLayout): StoreStatistics {
  const entries = listEntries(layout);
  return {
    blobs: ofKind(entries, 'blob'),
    trees: ofKind(entries, 'tree'),
    environments: ofKind(entries, 'environment'),
    results: ofKind(entries, 'result'),
    notes: ofKind(entries, 'note'),
    roots: readdirSync(layout.roots).length,
    sessions: readdirSync(layout.temporary).length,
    bytes: totalBytes(entries),
  };
}

function ofKind(entries: readonly Entry[], kind: EntryKind): KindStatistics {
  const chosen = entries.filter((entry) => entry.kind === kind);
  return { count: chosen.length, bytes: totalBytes(chosen) };
}
