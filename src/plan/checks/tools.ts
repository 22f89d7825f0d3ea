import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../model/digest.ts';
import { cargoHomeOf } from '../../rust/cargo/cargo-home.ts';
import type { Store } from '../../store/store.ts';
import { findProgram } from '../find-program.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';

/** A program of this machine that an action gets as an input. */
export interface FoundTool {
  readonly name: string;
  readonly digest: Digest;
  /** Absolute: where it was found. */
  readonly path: string;
}

/**
 * A program that the user has and that no action sees by itself, such as one in `~/.cargo/bin`; `undefined`: there is none, or every
 * action sees it.
 */
export function userTool(options: { readonly name: string; readonly searchPath: string; readonly store: Store }): FoundTool | undefined {
  const { name, searchPath, store } = options;
  if (name.includes('/') || findProgram(name, BASE_ENVIRONMENT.PATH) !== undefined) return undefined;
  const path = findProgram(name, searchPath);
  return path === undefined ? undefined : foundTool({ name, path, store });
}

/** A program that cargo runs as a subcommand: on the `PATH`, or in cargo's own directory. `undefined`: there is none. */
export function subcommandTool(options: {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly store: Store;
}): FoundTool | undefined {
  const { name, environment, store } = options;
  const path = findProgram(name, subcommandPath(environment));
  return path === undefined ? undefined : foundTool({ name, path, store });
}

/** Where cargo looks for subcommands. */
export function subcommandPath(environment: Readonly<Record<string, string>>): string {
  return [join(cargoHomeOf(environment), 'bin'), environment['PATH'] ?? ''].join(':');
}

function foundTool({ name, path, store }: { readonly name: string; readonly path: string; readonly store: Store }): FoundTool {
  return { name, path, digest: store.copyFile(realpathSync(path), { executable: true }) };
}
