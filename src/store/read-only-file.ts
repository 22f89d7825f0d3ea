import { closeSync, fchmodSync, futimesSync, openSync, writeFileSync } from 'node:fs';
import { removeFile } from './removal.ts';
import { EXECUTABLE_MODE, FILE_MODE, KEPT_MTIME } from './store-layout.ts';

/** Writes a new read-only file with the time stamp of kept files; when that fails nothing is left. */
export function writeReadOnly(options: {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
  /** The umask lets modes through as they are, so that setting them again can be left out. */
  readonly keepsModes: boolean;
}): void {
  const { path, bytes, executable, keepsModes } = options;
  const mode = executable ? EXECUTABLE_MODE : FILE_MODE;
  const descriptor = openSync(path, 'wx', mode);
  try {
    writeFileSync(descriptor, bytes);
    if (!keepsModes) fchmodSync(descriptor, mode);
    futimesSync(descriptor, KEPT_MTIME, KEPT_MTIME);
  } catch (error) {
    removeFile(path);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Makes an open file of ours read-only and gives it the time stamp of kept files. */
export function seal(descriptor: number, options: { readonly executable: boolean; readonly mode: number }): void {
  const wanted = options.executable ? EXECUTABLE_MODE : FILE_MODE;
  if ((options.mode & 0o7777) !== wanted) fchmodSync(descriptor, wanted);
  futimesSync(descriptor, KEPT_MTIME, KEPT_MTIME);
}
