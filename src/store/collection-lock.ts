import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { removeFile } from './removal.ts';
import { isAlive, parseSessionName } from './session.ts';
import type { Shelf } from './shelf.ts';
import { unlessFailing } from './system-error.ts';

/**
 * Runs `work` while this session holds the collection lock; gives the other's process id when a living one holds it.
 * The lock spares two collections from doing the same work; builds neither take it nor wait for it, and were it lost, nothing would break.
 */
export function withCollectionLock<T>(shelf: Shelf, work: () => T): { readonly done: T } | { readonly holder: number } {
  const { layout, session } = shelf;
  if (!tryToLock(shelf)) {
    const holder = parseSessionName(unlessFailing(['ENOENT'], () => readFileSync(layout.collectionLock, 'utf8')) ?? '');
    if (holder !== undefined && isAlive(holder, shelf.now())) return { holder: holder.processId };
    removeFile(layout.collectionLock);
    if (!tryToLock(shelf)) return { holder: holder?.processId ?? 0 };
  }
  try {
    return { done: work() };
  } finally {
    const owner = unlessFailing(['ENOENT'], () => readFileSync(layout.collectionLock, 'utf8'));
    if (owner === session.name) removeFile(layout.collectionLock);
  }
}

function tryToLock(shelf: Shelf): boolean {
  const descriptor = unlessFailing(['EEXIST'], () => openSync(shelf.layout.collectionLock, 'wx', 0o644));
  if (descriptor === undefined) return false;
  try {
    writeFileSync(descriptor, shelf.session.name);
  } finally {
    closeSync(descriptor);
  }
  return true;
}
