import { closeSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Files that build tools keep for themselves and that nothing is built from, by their directory's name where theirs is not enough. */
const LOGS: ReadonlyMap<string, string | undefined> = new Map([
  ['CMakeConfigureLog.yaml', 'CMakeFiles'],
  ['CMakeError.log', 'CMakeFiles'],
  ['CMakeOutput.log', 'CMakeFiles'],
  ['meson-log.txt', 'meson-logs'],
  ['.ninja_deps', undefined],
  ['.ninja_log', undefined],
]);

/** How autoconf's log begins (`autoconf/general.m4`). */
const AUTOCONF_LOG = Buffer.from('This file contains any messages produced by');

/**
 * Removes the logs of `configure`, CMake, Meson and Ninja from what a build script left in OUT_DIR. They hold times, random names of
 * temporary files (`/tmp/ccBBgwPb.o`) and the kernel's version: with them, no two runs of the script would ever agree, and everything
 * that links with it would differ by the name of its input alone.
 */
export function removeToolLogs(directory: string): void {
  visit(directory, '');
}

function visit(directory: string, name: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) visit(path, entry.name);
    else if (entry.isFile() && isLog(path, { name: entry.name, parent: name })) unlinkSync(path);
  }
}

function isLog(path: string, file: { readonly name: string; readonly parent: string }): boolean {
  if (file.name === 'config.log') return beginsWith(path, AUTOCONF_LOG);
  if (!LOGS.has(file.name)) return false;
  const parent = LOGS.get(file.name);
  return parent === undefined || parent === file.parent;
}

function beginsWith(path: string, start: Buffer): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const read = Buffer.alloc(start.length);
    readSync(descriptor, read, 0, read.length, 0);
    return read.equals(start);
  } finally {
    closeSync(descriptor);
  }
}
