import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { InstalledInterpreter } from '../../../src/python/interpreter.ts';
import { findInterpreter, type FoundInterpreter } from '../../../src/python/interpreters/find-interpreter.ts';
import { runProcess } from '../../../src/rust/cargo/node-process.ts';
import type { Store } from '../../../src/store/store.ts';

/** The tests' own environment, without what a shell may have activated. */
export const ENVIRONMENT: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };

/** Absolute paths of every Python 3 of this machine that is not somebody's virtual environment: `python3` of `PATH` and of `/usr`, and pyenv's. */
export function pythonsHere(): readonly string[] {
  const pyenv = join(process.env['PYENV_ROOT'] ?? join(process.env['HOME'] ?? '', '.pyenv'), 'versions');
  const versions = existsSync(pyenv) ? readdirSync(pyenv).filter((name) => /^3\.\d+\.\d+$/.test(name)) : [];
  return ['/usr/bin/python3', ...versions.map((version) => join(pyenv, version, 'bin/python3'))].filter((path) => existsSync(path));
}

/** Asks a program what Python it is; throws when it is none. */
export async function installedAt(program: string, store: Store): Promise<FoundInterpreter> {
  const found = await findInterpreter({
    directory: '/',
    requiresPython: undefined,
    setting: program,
    environment: ENVIRONMENT,
    run: runProcess,
    store,
  });
  if (!found.ok) throw new Error(JSON.stringify(found.diagnostics));
  return found.value;
}

/** The system's and the two newest of {@link pythonsHere}. */
export async function recentInterpreters(store: Store): Promise<readonly InstalledInterpreter[]> {
  const all = await Promise.all(pythonsHere().map((program) => installedAt(program, store)));
  const newest = all.toSorted((left, right) => right.interpreter.version.minor - left.interpreter.version.minor).slice(0, 2);
  return [...new Set([...all.slice(0, 1), ...newest])];
}
