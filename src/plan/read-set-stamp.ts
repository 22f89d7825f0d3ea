import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sha256Of } from '../model/digest.ts';
import type { ReadSet } from '../rust/cargo/read-set.ts';

/** File systems stamp with the time of the last clock interrupt. */
const CLOCK_STEP_MS = 10;

/** What a {@link ReadSet} looked like when it was read: enough to tell whether anything in it changed. */
export interface ReadSetStamp {
  /** File that was there to [stat stamp, sha256]. */
  readonly contents: Readonly<Record<string, readonly [stamp: string, hash: string]>>;
  /** Directory that was there to [stat stamp, sha256 of its names]. */
  readonly listings: Readonly<Record<string, readonly [stamp: string, hash: string]>>;
  /**
   * Directory to [stat stamp, names that were there, names that were not]: while the directory looks the same, so do the names in it, and
   * cargo looks for a dozen in every package.
   */
  readonly names: Readonly<Record<string, readonly [stamp: string, present: readonly string[], absent: readonly string[]]>>;
  /** Paths that were there or not, where their directory does not tell: links, and what is in a directory that has just changed. */
  readonly presence: Readonly<Record<string, boolean>>;
  /** sha256 over the variables' names and values. */
  readonly variables: string;
}

/** Takes the stamp of everything in the set, now. */
export function stampReadSet(options: {
  readonly readSet: ReadSet;
  readonly environment: Environment;
  /** When the first of it was read (milliseconds since the epoch); `undefined`: unknown, so every path is looked at by itself later. */
  readonly readAt: number | undefined;
}): ReadSetStamp {
  const { readSet, environment, readAt = 0 } = options;
  const contents = readSet.contents.filter(isPresent);
  const listings = readSet.listings.filter(isPresent);
  const stamped = new Set([...contents, ...listings]);
  const others = [...readSet.contents, ...readSet.listings, ...readSet.presence].filter((path) => !stamped.has(path));
  const names: Record<string, [stamp: string, present: string[], absent: string[]]> = {};
  const presence: Record<string, boolean> = {};
  for (const path of others) {
    const directory = dirname(path);
    const changedAt = statSync(directory, { throwIfNoEntry: false })?.ctimeMs ?? 0;
    if (changedAt >= readAt - CLOCK_STEP_MS || lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      presence[path] = isPresent(path);
      continue;
    }
    const [, present, absent] = (names[directory] ??= [stampOf(directory), [], []]);
    (isPresent(path) ? present : absent).push(basename(path));
  }
  return {
    contents: Object.fromEntries(contents.map((path) => [path, [stampOf(path), contentHash(path)]])),
    listings: Object.fromEntries(listings.map((path) => [path, [stampOf(path), listingHash(path)]])),
    names,
    presence,
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
  for (const [directory, [stat, present, absent]] of Object.entries(stamp.names)) {
    if (stampOf(directory) === stat) continue;
    const changed = present.find((name) => !isPresent(join(directory, name))) ?? absent.find((name) => isPresent(join(directory, name)));
    if (changed !== undefined) return join(directory, changed);
  }
  return Object.entries(stamp.presence).find(([path, present]) => isPresent(path) !== present)?.[0];
}

/** Whether anything in the set was changed at or after a time (milliseconds since the epoch): what was read before may be outdated. */
export function changedSince(readSet: ReadSet, time: number): boolean {
  return [...readSet.contents, ...readSet.listings].some(
    (path) => (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) >= time - CLOCK_STEP_MS,
  );
}

/** Size, times and inode of a file or directory: any change of content or names changes it. `''`: absent. */
function stampOf(path: string): string {
  // Numbers, not bigints: a double holds milliseconds to a quarter of a microsecond, and costs half.
  const state = statSync(path, { throwIfNoEntry: false });
  return state === undefined ? '' : `${state.size}:${state.mtimeMs}:${state.ctimeMs}:${state.ino}`;
}

function isPresent(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
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
