import type { Digest, Sha256 } from '../model/digest.ts';
import { parseSha256 } from '../model/digest.ts';

/** One directory of a tree of the store, as told by its listing. */
export interface ListedDirectory {
  readonly files: ReadonlyMap<string, ListedFile>;
  /** Digest of each directory as a tree of its own. */
  readonly directories: ReadonlyMap<string, Digest>;
  /** Targets of symlinks. */
  readonly symlinks: ReadonlyMap<string, string>;
}

export interface ListedFile {
  readonly digest: Digest;
  readonly executable: boolean;
}

/** What a tree holds, without touching its files. */
export interface TreeListing {
  /** A directory by its path relative to the tree, `''` for the tree itself; `undefined`: there is none. */
  directory(path: string): ListedDirectory | undefined;
}

/**
 * Lines of a listing, by number: each a directory, the tree itself first, then level by level. A line is JSON, three lists:
 * files `[name, sha256, size, executable]`, directories `[name, sha256, size, number of its line]`, symlinks `[name, target]`.
 */
export type ListingLines = ReadonlyMap<number, string>;

/** A directory whose content is known, with its own digest: what a listing is made from. */
export interface DigestedDirectory {
  readonly digest: Digest;
  readonly files: ReadonlyMap<string, ListedFile>;
  readonly directories: ReadonlyMap<string, DigestedDirectory>;
  readonly symlinks: ReadonlyMap<string, string>;
}

/** The lines of a tree's listing. */
export function listingLines(root: DigestedDirectory): readonly string[] {
  const queue: DigestedDirectory[] = [root];
  const lines: string[] = [];
  for (const directory of queue) {
    const files = Array.from(directory.files, ([name, { digest, executable }]) => [name, digest.hash, digest.size, executable ? 1 : 0]);
    const directories = Array.from(directory.directories, ([name, child]) => {
      queue.push(child);
      return [name, child.digest.hash, child.digest.size, queue.length - 1];
    });
    lines.push(JSON.stringify([files, directories, Array.from(directory.symlinks)]));
  }
  return lines;
}

/** Levels below the tree that {@link shallowText} has. */
const SHALLOW_LEVELS = 1;

/**
 * The few lines that are asked for nearly always, as text: the tree's, its directories', and those of the level below whose name ends in
 * one of `suffixes`. `lines`: of {@link listingLines}.
 */
export function shallowText(root: DigestedDirectory, lines: readonly string[], suffixes: readonly string[]): string {
  const shallow: (readonly [number, string])[] = [];
  let level: readonly (readonly [name: string, directory: DigestedDirectory])[] = [['', root]];
  let first = 0;
  for (let depth = 0; depth <= SHALLOW_LEVELS + 1; depth += 1) {
    for (const [index, [name]] of level.entries()) {
      const line = lines[first + index];
      const isWanted = depth <= SHALLOW_LEVELS || suffixes.some((suffix) => name.endsWith(suffix));
      if (isWanted && line !== undefined) shallow.push([first + index, line]);
    }
    first += level.length;
    level = level.flatMap(([, directory]) => [...directory.directories]);
  }
  return shallow.map(([index, line]) => `${index} ${line}\n`).join('');
}

/** Reads what {@link shallowText} wrote. */
export function parseShallow(text: string): ListingLines {
  const lines = new Map<number, string>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) lines.set(Number(line.slice(0, space)), line.slice(space + 1));
  }
  return lines;
}

/** A listing over its shallow lines; `whole` gives all lines, and is asked once, when others are needed. */
export function treeListing(shallow: ListingLines, whole: () => readonly string[]): TreeListing {
  let all: readonly string[] | undefined;
  const parsed = new Map<number, ParsedLine>();
  const line = (index: number): ParsedLine => {
    const known = parsed.get(index);
    if (known !== undefined) return known;
    const text = shallow.get(index) ?? (all ??= whole())[index];
    if (text === undefined) throw new Error(`internal: a listing has no line ${index}`);
    const made = parseLine(text);
    parsed.set(index, made);
    return made;
  };
  return {
    directory: (path) => {
      let current: ParsedLine | undefined = line(0);
      for (const name of path === '' ? [] : path.split('/')) {
        const child = current.children.get(name);
        if (child === undefined) return undefined;
        current = line(child);
      }
      return current;
    },
  };
}

interface ParsedLine extends ListedDirectory {
  /** Line numbers. */
  readonly children: ReadonlyMap<string, number>;
}

function parseLine(text: string): ParsedLine {
  const parts: unknown = JSON.parse(text);
  const [files, directories, symlinks] = rows(parts).map(rows);
  const listed: (readonly [string, ListedFile])[] = [];
  for (const fields of (files ?? []).map(rows))
    listed.push([textOf(fields[0]), { digest: digestFrom(fields), executable: fields[3] === 1 }]);
  const below = (directories ?? []).map(rows);
  return {
    files: new Map(listed),
    directories: new Map(below.map((fields) => [textOf(fields[0]), digestFrom(fields)])),
    symlinks: new Map((symlinks ?? []).map(rows).map((fields) => [textOf(fields[0]), textOf(fields[1])])),
    children: new Map(below.map((fields) => [textOf(fields[0]), numberOf(fields[3])])),
  };
}

function digestFrom(fields: readonly unknown[]): Digest {
  return { hash: hashOf(fields[1]), size: numberOf(fields[2]) };
}

function rows(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('internal: a listing is not what was written');
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('internal: a listing is not what was written');
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new Error('internal: a listing is not what was written');
  return value;
}

function hashOf(value: unknown): Sha256 {
  const hash = parseSha256(textOf(value));
  if (hash === undefined) throw new Error('internal: a listing is not what was written');
  return hash;
}
