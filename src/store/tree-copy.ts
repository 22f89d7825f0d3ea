import { chmodSync, cpSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A copy of a tree of the store in which everything may be written. */
export function copyWritable(source: string, target: string): void {
  cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  makeWritable(target);
}

function makeWritable(path: string): void {
  const state = lstatSync(path);
  if (state.isSymbolicLink()) return;
  chmodSync(path, state.mode | 0o200);
  if (state.isDirectory()) for (const name of readdirSync(path)) makeWritable(join(path, name));
}
