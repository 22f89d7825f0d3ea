import { chmodSync, lstatSync, renameSync } from 'node:fs';
import { type Entry, entryStamp } from './inventory.ts';
import { removeFile, removeTree } from './removal.ts';
import { linkInto, setAside, type Shelf } from './shelf.ts';
import { DIRECTORY_MODE } from './store-layout.ts';
import { unlessFailing } from './system-error.ts';

/** Removes an entry; `false` when somebody looked it up since it was listed: then it stays. */
export function evictEntry(shelf: Shelf, entry: Entry): boolean {
  const aside = setAside(shelf, entry.path);
  if (aside === undefined) return true;
  if (entryStamp(entry.kind, lstatSync(aside)) === entry.stamp) {
    removeTree(aside);
    return true;
  }
  if (entry.kind === 'tree' || entry.kind === 'environment') putTreeBack(aside, entry.path);
  else putFileBack(aside, entry.path);
  return false;
}

/** When the entry has been made anew meanwhile, that one stays. */
function putFileBack(aside: string, path: string): void {
  linkInto(aside, path);
  removeFile(aside);
}

function putTreeBack(aside: string, path: string): void {
  const isBack = unlessFailing(['ENOTEMPTY', 'EEXIST'], () => {
    renameSync(aside, path);
    return true;
  });
  if (isBack === undefined) removeTree(aside);
  else chmodSync(path, DIRECTORY_MODE);
}
