import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledInterpreter } from '../../../python/interpreter.ts';
import { probe } from '../../../python/interpreters/probe.ts';
import { runProcess } from '../../../rust/cargo/node-process.ts';
import { RunnerFailure } from '../build-root.ts';
import type { StepPlace } from './step-place.ts';

/** The interpreter that the package set gave, asked what it is. Throws `RunnerFailure`: it is another version than was planned with. */
export async function interpreterOf({ attributes, store }: StepPlace): Promise<InstalledInterpreter> {
  const { python } = attributes;
  if (python === null) throw new Error('`ferrule.nix` gave no interpreter');
  const program = interpreterProgram(python);
  const found = await probe({ program, directory: '/', environment: {}, run: runProcess, store });
  if (!found.ok) throw new RunnerFailure(`\`${program}\` is not the Python ${python.version} that the plan asks for: ${found.reason}`);
  const { version, freeThreaded } = found.installed.interpreter;
  const actual = `${version.major}.${version.minor}${freeThreaded ? 't' : ''}`;
  if (!python.version.endsWith(actual)) {
    throw new RunnerFailure(`\`${program}\` is Python ${version.full}, and the plan was made for ${python.version}`);
  }
  return found.installed;
}

/** Its program by the full name, where there is one: a prefix may hold several. */
export function interpreterProgram({ version, prefix }: { readonly version: string; readonly prefix: string }): string {
  const named = join(prefix, 'bin', /^\d/.test(version) ? `python${version}` : version);
  return existsSync(named) ? named : join(prefix, 'bin/python3');
}
