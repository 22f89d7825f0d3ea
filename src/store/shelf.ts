import { chmodSync, constants, copyFileSync, linkSync, mkdirSync, renameSync, type Stats, statSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Session } from './session.ts';
import { KEPT_MTIME, type StoreLayout } from './store-layout.ts';
import { systemCode, unlessFailing } from './system-error.ts';

/**
 * What every kind of entry needs: where things stand, a place to write beside, and a clock in milliseconds since the epoch.
 *
 * Entries are written beside and then renamed or linked, so a killed process leaves whole entries only. Nothing waits for the disk
 * (`fsync`): what is lost is a miss, and what a crash of the machine cuts short is found by its size when it is looked up.
 */
export interface Shelf {
  readonly layout: StoreLayout;
  readonly session: Session;
  readonly now: () => number;
}

/** A use is written down at most this often: what was used later than that may look unused for as long. */
export const TOUCH_INTERVAL_MS = 30 * 60_000;

/** Puts a finished file from the session's place to its own; a present entry is replaced (it says the same). */
export function place(from: string, to: string): void {
  withParent(to, () => renameSync(from, to));
}

/** Gives a finished file a second name; `false` when the file system cannot (too many links, another device, not ours). */
export function linkInto(from: string, to: string): boolean {
  try {
    withParent(to, () => linkSync(from, to));
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return true;
    if (code === 'EMLINK' || code === 'EXDEV' || code === 'EPERM' || code === 'ENOTSUP') return false;
    throw error;
  }
}

/** Copies a file to where nothing is, sharing its blocks where the file system can. */
export function copyInto(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}

/** Runs `work`, and once more after making the directory that `path` is to stand in. */
export function withParent(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true });
    work();
  }
}

/** A blob or tree as it should stand on disk. */
export interface ExpectedEntry {
  readonly path: string;
  /** Bytes; `undefined` for a tree. */
  readonly size?: number;
  /** Reads the whole entry and compares it with its name. */
  readonly isWhole: () => boolean;
  /** Removes it. */
  readonly drop: () => void;
}

/**
 * Whether a blob or tree is there, marking it as used. The inode change time tells when an entry was last used: linking it or
 * touching it moves that time, reading does not, and nobody can set it.
 */
export function isPresent(shelf: Shelf, entry: ExpectedEntry): boolean {
  const state = soundState(entry);
  return state !== undefined && (shelf.now() - state.ctimeMs < TOUCH_INTERVAL_MS || touch(shelf, entry.path));
}

/**
 * State of a blob or tree, as far as one `stat` tells. A blob of another size is damaged (see {@link Shelf}); what was modified after it
 * was kept (nothing of ours does that) is read again, and only content counts. What is damaged is dropped.
 */
export function soundState(entry: ExpectedEntry): Stats | undefined {
  const { path, size } = entry;
  const state = statSync(path, { throwIfNoEntry: false });
  if (state === undefined) return undefined;
  const sameSize = size === undefined || state.size === size;
  if (sameSize && state.mtimeMs === KEPT_MTIME * 1000) return state;
  const isWhole = sameSize && unlessFailing(['ENOENT'], () => entry.isWhole());
  if (isWhole === undefined) return undefined;
  if (isWhole) {
    unlessFailing(['ENOENT', 'EPERM', 'EACCES', 'EROFS'], () => utimesSync(path, state.atime, KEPT_MTIME));
    return state;
  }
  entry.drop();
  return undefined;
}

/** Marks a blob or tree as used now; `false` when it is gone. The access time changes too, by which a running collection notices. */
function touch(shelf: Shelf, path: string): boolean {
  try {
    utimesSync(path, shelf.now() / 1000, KEPT_MTIME);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return false;
    if (code === 'EPERM' || code === 'EACCES' || code === 'EROFS') return true;
    throw error;
  }
}

/** Takes an entry out of sight in one step, so that nobody meets it half removed; its new path, or `undefined` when it was gone. */
export function setAside(shelf: Shelf, path: string): string | undefined {
  const aside = shelf.session.temporary();
  return unlessFailing(['ENOENT'], () => {
    try {
      renameSync(path, aside);
    } catch (error) {
      if (systemCode(error) !== 'EACCES') throw error;
      // The kernel moves a directory only when it may write its `..`.
      chmodSync(path, 0o755);
      renameSync(path, aside);
    }
    return aside;
  });
}
