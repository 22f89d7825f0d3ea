import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { systemCode, unlessFailing } from './system-error.ts';

/**
 * Removes a file or a whole directory, also read-only ones; what is not there is no error. Modes of files are left alone:
 * they may be hard links of blobs.
 */
export function removeTree(path: string): void {
  const state = lstatSync(path, { throwIfNoEntry: false });
  if (state === undefined) return;
  if (state.isDirectory()) removeDirectory(path);
  else removeFile(path);
}

/** Removes a file; `false` when it was not there. */
export function removeFile(path: string): boolean {
  const removed = unlessFailing(['ENOENT'], () => {
    unlinkSync(path);
    return true;
  });
  return removed ?? false;
}

/** Only root can empty a read-only directory as it is; anyone else makes it writable, which is tried when it turns out to be needed. */
function removeDirectory(path: string): void {
  try {
    emptyAndRemove(path);
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error;
    chmodSync(path, 0o700);
    emptyAndRemove(path);
  }
}

function emptyAndRemove(path: string): void {
  const entries = unlessFailing(['ENOENT'], () => readdirSync(path, { withFileTypes: true }));
  if (entries === undefined) return;
  for (const entry of entries) {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory()) removeDirectory(child);
    else removeFile(child);
  }
  unlessFailing(['ENOENT'], () => rmdirSync(path));
}
