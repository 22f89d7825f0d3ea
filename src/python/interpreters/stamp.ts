import { statSync } from 'node:fs';

/** How a path looks, links followed: size, times and inode; `''` when there is nothing. Equal stamps: the same content, for all practical purposes. */
export function stampOf(path: string): string {
  const state = statSync(path, { throwIfNoEntry: false });
  return state === undefined ? '' : `${state.size}:${state.mtimeMs}:${state.ctimeMs}:${state.ino}`;
}

export type Stamps = readonly (readonly [path: string, stamp: string])[];

/** Whether everything still looks the same: one stat per path. */
export function isUnchanged(stamps: Stamps): boolean {
  return stamps.every(([path, stamp]) => stampOf(path) === stamp);
}
