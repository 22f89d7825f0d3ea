import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { parseSha256, type Sha256 } from '../model/digest.ts';
import type { StoreLayout } from './store-layout.ts';
import { unlessFailing } from './system-error.ts';

export type EntryKind = 'blob' | 'tree' | 'environment' | 'result' | 'note';

/** Something kept, as it stands on disk. */
export interface Entry {
  readonly kind: EntryKind;
  readonly path: string;
  /** Of the content, or of the action's key; for a note of its key. */
  readonly hash: Sha256;
  /** Milliseconds since the epoch: a result's or note's modification time, the change time of the others. */
  readonly usedAt: number;
  /** Changes when somebody looks the entry up, and not when this process lists or reads it. */
  readonly stamp: number;
  /** Bytes on disk of what only this entry holds. */
  readonly bytes: number;
  /** Files that other entries may hold too, by inode. */
  readonly shared: readonly SharedFile[];
}

export interface SharedFile {
  readonly inode: number;
  readonly bytes: number;
}

/** Everything kept. Files and directories that no entry can be named by are left out. */
export function listEntries(layout: StoreLayout): readonly Entry[] {
  return [
    ...entriesIn('blob', layout.blobs),
    ...entriesIn('tree', layout.trees),
    ...entriesIn('environment', layout.environments),
    ...entriesIn('result', layout.results),
    ...names(layout.notes).flatMap((namespace) => entriesIn('note', `${layout.notes}/${namespace}`)),
  ];
}

/** Blobs by the inodes of their files. */
export function* listBlobs(layout: StoreLayout): Generator<{ readonly path: string; readonly hash: Sha256; readonly inode: number }> {
  for (const fan of names(layout.blobs)) {
    for (const name of names(`${layout.blobs}/${fan}`)) {
      const path = `${layout.blobs}/${fan}/${name}`;
      const hash = parseSha256(name.replace(/\.x$/, ''));
      const state = hash === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
      if (hash !== undefined && state !== undefined) yield { path, hash, inode: state.ino };
    }
  }
}

/** Bytes on disk of all entries together, a file with several names counted once. */
export function totalBytes(entries: readonly Entry[]): number {
  const shared = new Map<number, number>();
  let total = 0;
  for (const entry of entries) {
    total += entry.bytes;
    for (const file of entry.shared) shared.set(file.inode, file.bytes);
  }
  for (const bytes of shared.values()) total += bytes;
  return total;
}

/** Space a file or directory takes: its size in whole blocks of 4 KiB, the usual ones, so that the sum does not depend on the disk. */
function occupied(state: Stats): number {
  return Math.ceil(state.size / 4096) * 4096;
}

function entriesIn(kind: EntryKind, directory: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const fan of names(directory)) {
    for (const name of names(`${directory}/${fan}`)) {
      const hash = parseSha256(kind === 'blob' ? name.replace(/\.x$/, '') : name);
      const path = `${directory}/${fan}/${name}`;
      const state = hash === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
      if (hash !== undefined && state !== undefined) entries.push(entryOf({ kind, path, hash, state }));
    }
  }
  return entries;
}

function entryOf(found: { readonly kind: EntryKind; readonly path: string; readonly hash: Sha256; readonly state: Stats }): Entry {
  const { kind, path, hash, state } = found;
  const usedAt = isTouchedByAccess(kind) ? state.ctimeMs : state.mtimeMs;
  if (kind === 'tree' || kind === 'environment') {
    const shared: SharedFile[] = [];
    const bytes = treeBytes(path, shared);
    // Listing the directory may have moved its access time.
    const after = lstatSync(path, { throwIfNoEntry: false }) ?? state;
    return { kind, path, hash, usedAt, stamp: entryStamp(kind, after), bytes, shared };
  }
  const bytes = occupied(state);
  const isShared = state.nlink > 1;
  const stamp = entryStamp(kind, state);
  return { kind, path, hash, usedAt, stamp, bytes: isShared ? 0 : bytes, shared: isShared ? [{ inode: state.ino, bytes }] : [] };
}

/** See {@link Entry.stamp}: results and notes are touched by their modification time, the others by their access time. */
export function entryStamp(kind: EntryKind, state: { readonly atimeMs: number; readonly mtimeMs: number }): number {
  return isTouchedByAccess(kind) ? state.atimeMs : state.mtimeMs;
}

function isTouchedByAccess(kind: EntryKind): boolean {
  return kind !== 'result' && kind !== 'note';
}

function treeBytes(directory: string, shared: SharedFile[]): number {
  let bytes = 4096;
  for (const entry of unlessFailing(['ENOENT', 'ENOTDIR'], () => readdirSync(directory, { withFileTypes: true })) ?? []) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) {
      bytes += treeBytes(path, shared);
      continue;
    }
    const state = lstatSync(path, { throwIfNoEntry: false });
    if (state === undefined) continue;
    if (state.nlink === 1) bytes += occupied(state);
    else shared.push({ inode: state.ino, bytes: occupied(state) });
  }
  return bytes;
}

function names(directory: string): readonly string[] {
  return unlessFailing(['ENOENT', 'ENOTDIR'], () => readdirSync(directory)) ?? [];
}
