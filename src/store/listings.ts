import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { type Digest, digestOfFile } from '../model/digest.ts';
import { directoryDigest } from '../model/tree.ts';
import type { Notes } from './notes.ts';
import {
  type DigestedDirectory,
  type ListedFile,
  listingLines,
  parseShallow,
  shallowText,
  type TreeListing,
  treeListing,
} from './tree-listing.ts';

const SHALLOW = 'listing';
const WHOLE = 'listing-whole';

/** Namespaces of the notes, each under the hash of a tree: who hands on a tree can hand on what is known of it. */
export const LISTING_NOTES = [SHALLOW, WHOLE] as const;

/** Directories that are asked for with the tree's top: the metadata of a wheel. */
const SHALLOW_SUFFIXES = ['.dist-info'];

/** Listings of trees, remembered as notes: a short one with the top of the tree, and the whole. */
export class Listings {
  readonly #notes: Notes;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  /** `path` finds the tree on disk; it is asked only when nothing is remembered. */
  of(tree: Digest, path: () => string | undefined): TreeListing | undefined {
    const key = tree.hash;
    const known = this.#notes.get(SHALLOW, key);
    if (known !== undefined) {
      const whole = (): readonly string[] => {
        const text = this.#notes.get(WHOLE, key);
        if (text !== undefined) return text.split('\n');
        const directory = path();
        if (directory === undefined) throw new Error(`internal: tree ${key} is gone while it is used`);
        return this.remember(tree, digestedDirectory(directory));
      };
      return treeListing(parseShallow(known), whole);
    }
    const directory = path();
    if (directory === undefined) return undefined;
    const lines = this.remember(tree, digestedDirectory(directory));
    return treeListing(new Map(lines.entries()), () => lines);
  }

  /** Remembers what a tree holds, for who has its digests at hand anyway. */
  remember(tree: Digest, root: DigestedDirectory): readonly string[] {
    const lines = listingLines(root);
    if (root.digest.hash !== tree.hash) return lines;
    this.#notes.put({ namespace: WHOLE, key: tree.hash, value: lines.join('\n') });
    this.#notes.put({ namespace: SHALLOW, key: tree.hash, value: shallowText(root, lines, SHALLOW_SUFFIXES) });
    return lines;
  }
}

function digestedDirectory(path: string): DigestedDirectory {
  const files = new Map<string, ListedFile>();
  const directories = new Map<string, DigestedDirectory>();
  const symlinks = new Map<string, string>();
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const { name } = entry;
    const below = `${path}/${name}`;
    if (entry.isDirectory()) directories.set(name, digestedDirectory(below));
    else if (entry.isSymbolicLink()) symlinks.set(name, readlinkSync(below));
    else files.set(name, { digest: digestOfFile(below), executable: (lstatSync(below).mode & 0o111) !== 0 });
  }
  const digest = directoryDigest({
    files: Array.from(files, ([name, file]) => ({ name, ...file })),
    directories: Array.from(directories, ([name, child]) => ({ name, digest: child.digest })),
    symlinks: Array.from(symlinks, ([name, target]) => ({ name, target })),
  });
  return { digest, files, directories, symlinks };
}
