import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { interpreterProgram } from './interpreter.ts';

/**
 * Compiles the modules of an unpacked wheel for an interpreter, beside them: where environments are read only, Python would compile what
 * it imports each time. Byte code is found by the source's content and not by its time, which Nix takes away. What it makes is no part of
 * the wheel: neither its digest nor its listing know of it. Modules that do not compile, such as templates, are left as they are.
 */
export function compileModules(python: { readonly version: string; readonly prefix: string }, tree: string): void {
  const site = join(tree, 'site');
  if (!existsSync(site)) return;
  makeDirectoriesWritable(site);
  const words = ['-s', '-m', 'compileall', '-q', '-f', '-s', site, '--invalidation-mode', 'unchecked-hash', site];
  // Sets are written in the order of their hashes.
  spawnSync(interpreterProgram(python), words, { cwd: '/', env: { PYTHONHASHSEED: '0' }, stdio: 'ignore' });
}

function makeDirectoriesWritable(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeDirectoriesWritable(join(directory, entry.name));
  }
}
