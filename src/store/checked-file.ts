import { closeSync, futimesSync, openSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { sha256Of } from '../model/digest.ts';
import { removeFile } from './removal.ts';
import { place, type Shelf, TOUCH_INTERVAL_MS } from './shelf.ts';
import { systemCode, unlessFailing } from './system-error.ts';

/**
 * A small text file that proves itself: its first line is the sha256 of its name below the version directory and of the rest,
 * so that damage, and a file under a wrong name, are found. Its modification time is when it was last used, by the store's clock.
 */
export interface CheckedFile {
  readonly shelf: Shelf;
  readonly path: string;
  /**
   * Nobody minds when it is not there for a moment: then the old one is removed before the new one takes its place. Renaming over a file
   * makes ext4 write the new one out at once (`auto_da_alloc`), which takes milliseconds on a busy disk.
   */
  readonly mayBeMissing?: boolean;
}

/** The text, marking it as used; `undefined` when it is missing or damaged, and in the latter case it is removed. */
export function readChecked(file: CheckedFile): string | undefined {
  const { shelf, path } = file;
  const state = statSync(path, { throwIfNoEntry: false });
  if (state === undefined) return undefined;
  const text = verifiedText(file);
  if (text === 'damaged') {
    removeFile(path);
    return undefined;
  }
  if (shelf.now() - state.mtimeMs < TOUCH_INTERVAL_MS) return text?.body;
  return touch(shelf, path) ? text?.body : undefined;
}

/** The text without marking it as used; `undefined` when it is missing. */
export function verifiedText(file: {
  readonly shelf: Pick<Shelf, 'layout'>;
  readonly path: string;
}): { readonly body: string } | 'damaged' | undefined {
  const whole = unlessFailing(['ENOENT'], () => readFileSync(file.path, 'utf8'));
  if (whole === undefined) return undefined;
  const end = whole.indexOf('\n');
  const body = whole.slice(end + 1);
  return end === 64 && whole.slice(0, end) === checksum(file, body) ? { body } : 'damaged';
}

export function writeChecked(file: CheckedFile, body: string): void {
  const { shelf, path } = file;
  const temporary = shelf.session.temporary();
  const now = shelf.now() / 1000;
  try {
    const descriptor = openSync(temporary, 'wx', 0o644);
    try {
      writeFileSync(descriptor, `${checksum(file, body)}\n${body}`);
      futimesSync(descriptor, now, now);
    } finally {
      closeSync(descriptor);
    }
    if (file.mayBeMissing === true) removeFile(path);
    place(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}

function checksum(file: { readonly shelf: Pick<Shelf, 'layout'>; readonly path: string }, body: string): string {
  return sha256Of(`${file.path.slice(file.shelf.layout.version.length)}\n${body}`);
}

/** `false` when the file is gone, which a collection may have done since it was read. */
function touch(shelf: Shelf, path: string): boolean {
  const now = shelf.now() / 1000;
  try {
    utimesSync(path, now, now);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return false;
    if (code === 'EPERM' || code === 'EACCES' || code === 'EROFS') return true;
    throw error;
  }
}
