import { type Stats, statSync } from 'node:fs';
import { type Digest, digestOfFile, parseSha256, sameDigest } from '../model/digest.ts';

/** A regular file as it was seen: symlinks are followed. */
export interface FileState {
  readonly digest: Digest;
  /** The owner may execute it: the one permission bit git keeps. */
  readonly executable: boolean;
}

/**
 * A file's stamps are trusted only if it had been quiet for this long when it was read: a write within the clock tick of the
 * reading would leave the same stamps (git's racy rule, `Documentation/technical/racy-git`). Milliseconds.
 */
const QUIET_MS = 50;

/** Beyond this many times the files in use, the forgotten ones are dropped. */
const CROWDED = 4;
const CROWDED_FLOOR = 5000;

/** How often a file that changes while it is read is read again. */
const ATTEMPTS = 3;

type Stamps = readonly [size: number, mtimeMs: number, ctimeMs: number, inode: number];
type Known = readonly [...Stamps, hash: string];

/**
 * Digests of files by path, size, modification and change time and inode, so that an unchanged file costs one `stat`.
 * A file that was looked at is not looked at again by the same instance: one instance serves one run.
 */
export class StatDigestCache {
  readonly #known: Map<string, Known>;
  readonly #used = new Map<string, Known>();
  readonly #seen = new Map<string, FileState | undefined>();
  readonly #now: () => number;
  #changed = false;
  #hashed = 0;
  #corrections = 0;

  /** `text` is what an earlier {@link save} gave; `now` is in milliseconds since the epoch. */
  constructor(options: { readonly text: string | undefined; readonly now: () => number }) {
    this.#known = parseKnown(options.text);
    this.#now = options.now;
  }

  /** Files that had to be read so far. */
  get hashed(): number {
    return this.#hashed;
  }

  /** How often an answer of {@link look} was corrected. */
  get corrections(): number {
    return this.#corrections;
  }

  /** Absolute paths of everything that was looked at, there or not. */
  get watched(): readonly string[] {
    return [...this.#seen.keys()];
  }

  /** State of a file by absolute path; `undefined` when it is not a readable regular file. */
  look(path: string): FileState | undefined {
    const seen = this.#seen.get(path);
    if (seen !== undefined || this.#seen.has(path)) return seen;
    const state = this.#lookAfresh(path);
    this.#seen.set(path, state);
    return state;
  }

  /** The bytes taken from `path` were not those of {@link look}: it changed meanwhile. Later looks answer with `state`. */
  correct(path: string, state: FileState): void {
    this.#seen.set(path, state);
    this.#used.delete(path);
    this.#known.delete(path);
    this.#changed = true;
    this.#corrections += 1;
  }

  /** What to keep for the next run, or `undefined` when nothing has changed. */
  save(): string | undefined {
    if (!this.#changed) return undefined;
    const crowded = this.#known.size > CROWDED * this.#used.size + CROWDED_FLOOR;
    const kept = crowded ? this.#used : new Map([...this.#known, ...this.#used]);
    return JSON.stringify([...kept].map(([path, known]) => [path, ...known]));
  }

  #lookAfresh(path: string): FileState | undefined {
    for (let attempt = 1; ; attempt += 1) {
      const stats = statFile(path);
      if (stats === undefined) return undefined;
      const executable = (stats.mode & 0o100) !== 0;
      const known = this.#known.get(path);
      if (known !== undefined && sameStamps(known, stampsOf(stats))) {
        const hash = parseSha256(known[4]);
        if (hash !== undefined) {
          this.#used.set(path, known);
          return { digest: { hash, size: stats.size }, executable };
        }
      }
      const digest = this.#read(path);
      const after = statFile(path);
      if (digest === undefined || after === undefined) return undefined;
      const steady = sameStamps(stampsOf(stats), stampsOf(after)) && digest.size === after.size;
      if (!steady && attempt < ATTEMPTS) continue;
      if (steady) this.#remember(path, { stats, digest });
      return { digest, executable };
    }
  }

  #read(path: string): Digest | undefined {
    this.#hashed += 1;
    try {
      return digestOfFile(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
  }

  #remember(path: string, seen: { readonly stats: Stats; readonly digest: Digest }): void {
    this.#changed = true;
    const quietFor = this.#now() - Math.max(seen.stats.mtimeMs, seen.stats.ctimeMs);
    if (quietFor > QUIET_MS) this.#used.set(path, [...stampsOf(seen.stats), seen.digest.hash]);
    else this.#known.delete(path);
  }
}

/** Whether two states stand for the same content and mode. */
export function sameState(left: FileState, right: FileState): boolean {
  return sameDigest(left.digest, right.digest) && left.executable === right.executable;
}

function statFile(path: string): Stats | undefined {
  try {
    // Numbers, not bigints: a double holds milliseconds to a quarter of a microsecond, and costs half.
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats : undefined;
  } catch (error) {
    // A loop of links, or a directory that may not be entered.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function stampsOf(stats: Stats): Stamps {
  return [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino];
}

function sameStamps(left: Stamps | Known, right: Stamps): boolean {
  return left[0] === right[0] && left[1] === right[1] && left[2] === right[2] && left[3] === right[3];
}

function parseKnown(text: string | undefined): Map<string, Known> {
  const known = new Map<string, Known>();
  if (text === undefined) return known;
  try {
    const rows: unknown = JSON.parse(text);
    for (const row of Array.isArray(rows) ? rows : []) if (isRow(row)) known.set(row[0], [row[1], row[2], row[3], row[4], row[5]]);
  } catch (error) {
    // A damaged note is a forgotten one.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return known;
}

function isRow(row: unknown): row is readonly [string, number, number, number, number, string] {
  return (
    Array.isArray(row) &&
    typeof row[0] === 'string' &&
    typeof row[1] === 'number' &&
    typeof row[2] === 'number' &&
    typeof row[3] === 'number' &&
    typeof row[4] === 'number' &&
    typeof row[5] === 'string'
  );
}
