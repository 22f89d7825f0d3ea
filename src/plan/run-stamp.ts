import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { sha256Of } from '../model/digest.ts';
import { unlessFailing } from '../store/system-error.ts';

/** Everything outside the store that a run depended on. Paths are absolute; one that was absent counts as such. */
export interface Watched {
  readonly paths: readonly string[];
  /** Names of variables whose value, or absence, mattered. */
  readonly variables: readonly string[];
  /** Every variable whose name begins so mattered. */
  readonly variablePrefixes: readonly string[];
}

/** What {@link Watched} looked like: while it looks the same, the same run has nothing to do. */
export interface RunStamp {
  /** Without those that were absent and stand below another of them. */
  readonly paths: readonly (readonly [path: string, stamp: string])[];
  readonly variables: readonly string[];
  readonly variablePrefixes: readonly string[];
  /** Milliseconds since the epoch: nothing in `paths` was changed after it. */
  readonly quietSince: number;
  /** sha256 over names and values: values may be secrets. */
  readonly variablesHash: string;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** File systems stamp with the time of the last clock interrupt, and a write in the same tick as a reading leaves the same stamps. */
const QUIET_MS = 50;

/**
 * Takes the stamp at the end of a run that began at `startedAt` (milliseconds since the epoch). `undefined`: something was changed
 * since then, or just before, so that what was read may not be what is there.
 */
export function takeStamp(options: {
  readonly watched: Watched;
  readonly variables: Variables;
  readonly startedAt: number;
}): RunStamp | undefined {
  const { watched, variables, startedAt } = options;
  const quietSince = startedAt - QUIET_MS;
  const paths: [string, string][] = [];
  const all = new Set(watched.paths);
  for (const path of all) {
    const state = stateOf(path);
    if (state !== undefined && state.ctimeMs >= quietSince) return undefined;
    // What appears in a directory changes its stamp: that is five of six paths where cargo looks for targets by itself.
    if (state === undefined && all.has(dirname(path))) continue;
    paths.push([path, stampText(state)]);
  }
  const names = { variables: watched.variables, variablePrefixes: watched.variablePrefixes };
  return { paths, ...names, quietSince, variablesHash: hashVariables(names, variables) };
}

/** Whether everything is as it was. One `stat` for each path while it is. */
export function isUnchanged(stamp: RunStamp, variables: Variables): boolean {
  return stamp.variablesHash === hashVariables(stamp, variables) && stamp.paths.every(([path, text]) => stampText(stateOf(path)) === text);
}

/** `undefined`: nothing is there, also where a file stands in the way, as `.git` does in a linked worktree. */
function stateOf(path: string): Stats | undefined {
  return unlessFailing(['ENOTDIR'], () => statSync(path, { throwIfNoEntry: false }));
}

function stampText(
  state: { readonly size: number; readonly mtimeMs: number; readonly ctimeMs: number; readonly ino: number } | undefined,
): string {
  return state === undefined ? '' : `${state.size}:${state.mtimeMs}:${state.ctimeMs}:${state.ino}`;
}

function hashVariables(names: Pick<RunStamp, 'variables' | 'variablePrefixes'>, variables: Variables): string {
  const wanted = new Set(names.variables);
  const present = Object.keys(variables).filter(
    (name) => wanted.has(name) || names.variablePrefixes.some((prefix) => name.startsWith(prefix)),
  );
  return sha256Of(
    present
      .toSorted()
      .map((name) => `${name}=${variables[name] ?? ''}\0`)
      .join(''),
  );
}
