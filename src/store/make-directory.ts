import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { unlessFailing } from './system-error.ts';

/** With its parents. Node's own recursion never ends where a directory is there and nothing can be made in it, as in `/proc`. */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  unlessFailing(['EEXIST'], () => mkdirSync(path));
}
