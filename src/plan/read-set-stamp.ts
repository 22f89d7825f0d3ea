import { readdirSync, readFileSync, statSync } from 'node:fs';
import { sha256Of } from '../model/digest.ts';
import type { ReadSet } from '../rust/cargo/read-set.ts';

/** What a {@link ReadSet} looked like when it was read: enough to tell whether anything in it changed. */
export interface ReadSetStamp {
  /** File to [stat stamp, sha256]; the empty string twice when it was absent. */
  readonly contents: Readonly<Record<string, readonly [stamp: string, hash: string]>>;
  /** Directory to [stat stamp, sha256 of its names]. */
  readonly listings: Readonly<Record<string, readonly [stamp: string, hash: string]>>;
  readonly presence: Readonly<Record<string, boolean>>;
  /** sha256 over the variables' names and values. */
  readonly variables: string;
}

/** Takes the stamp of everything in the set, now. */
export function stampReadSet(readSet: ReadSet, environment: Environment): ReadSetStamp {
  return {
    contents: Object.fromEntries(readSet.contents.map((path) => [path, [stampOf(path), contentHash(path)]])),
    listings: Object.fromEntries(readSet.listings.map((path) => [path, [stampOf(path), listingHash(path)]])),
    presence: Object.fromEntries(readSet.presence.map((path) => [path, stampOf(path) !== ''])),
    variables: variablesHash(readSet, environment),
  };
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The first thing that is no longer as stamped, for people; `undefined`: nothing changed. Costs one stat per path while nothing changed. */
export function firstChange(options: {
  readonly readSet: ReadSet;
  readonly stamp: ReadSetStamp;
  readonly environment: Environment;
}): string | undefined {
  const { readSet, stamp, environment } = options;
  if (stamp.variables !== variablesHash(readSet, environment)) return 'an environment variable that cargo reads';
  for (const [path, [stat, hash]] of Object.entries(stamp.contents)) {
    if (stampOf(path) !== stat && contentHash(path) !== hash) return path;
  }
  for (const [path, [stat, hash]] of Object.entries(stamp.listings)) {
    if (stampOf(path) !== stat && listingHash(path) !== hash) return path;
  }
  return Object.entries(stamp.presence).find(([path, present]) => (stampOf(path) !== '') !== present)?.[0];
}

/** File systems stamp with the time of the last clock interrupt. */
const CLOCK_STEP_MS = 10;

/** Whether anything in the set was changed at or after a time (milliseconds since the epoch): what was read before may be outdated. */
export function changedSince(readSet: ReadSet, time: number): boolean {
  return [...readSet.contents, ...readSet.listings].some(
    (path) => (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) >= time - CLOCK_STEP_MS,
  );
}

/** Size, times and inode of a file or directory: any change of content or names changes it. `''`: absent. */
function stampOf(path: string): string {
  const state = statSync(path, { bigint: true, throwIfNoEntry: false });
  return state === undefined ? '' : `${state.size}:${state.mtimeNs}:${state.ctimeNs}:${state.ino}`;
}

function contentHash(path: string): string {
  return stampOf(path) === '' ? '' : sha256Of(readFileSync(path));
}

function listingHash(path: string): string {
  return stampOf(path) === '' ? '' : sha256Of(readdirSync(path).toSorted().join('\n'));
}

function variablesHash(readSet: ReadSet, environment: Environment): string {
  const names = Object.keys(environment).filter(
    (name) => readSet.variables.includes(name) || readSet.variablePrefixes.some((prefix) => name.startsWith(prefix)),
  );
  return sha256Of(
    names
      .toSorted()
      .map((name) => `${name}=${environment[name] ?? ''}\n`)
      .join(''),
  );
}
