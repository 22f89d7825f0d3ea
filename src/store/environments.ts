import {
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  fstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
} from 'node:fs';
import { type Digest, digestOfDescriptor, parseSha256, type Sha256 } from '../model/digest.ts';
import { directoryDigest, type DirectoryNode, type FileNode, type SymlinkNode } from '../model/tree.ts';
import { removeTree } from './removal.ts';
import { type ExpectedEntry, isPresent, setAside, type Shelf, withParent } from './shelf.ts';
import { DIRECTORY_MODE, environmentDirectory, type StoreLayout } from './store-layout.ts';
import { systemCode, unlessFailing } from './system-error.ts';
import { sealDirectory } from './tree-writing.ts';

/** Directory at an environment's top that programs may write: byte code. Its content is no part of the environment. */
export const WRITABLE_DIRECTORY = 'pycache';

/** File at an environment's top: the entries it needs, a line each, `tree HASH` or `blob HASH`. */
export const REFERENCES_FILE = '.ferrule-references';

/**
 * Composed environments: directories of links into the store's trees. An environment is named by the digest of its own directory as
 * it stands, links as links, with {@link WRITABLE_DIRECTORY} left out.
 */
export class Environments {
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  path(key: Digest): string | undefined {
    const path = environmentDirectory(this.#shelf.layout, key.hash);
    return isPresent(this.#shelf, this.#expected(key)) ? path : undefined;
  }

  /** Keeps what `write` puts into the directory it is given, which must have the digest `key`; path of the environment. */
  keep(key: Digest, write: (directory: string) => void): string {
    const known = this.path(key);
    if (known !== undefined) return known;
    const temporary = this.#shelf.session.temporary();
    try {
      mkdirSync(temporary);
      write(temporary);
      mkdirSync(`${temporary}/${WRITABLE_DIRECTORY}`, { mode: 0o755 });
      sealDirectory(temporary, true);
      this.#settle(temporary, key);
    } catch (error) {
      removeTree(temporary);
      throw error;
    }
    return environmentDirectory(this.#shelf.layout, key.hash);
  }

  drop(key: Digest): void {
    const aside = setAside(this.#shelf, environmentDirectory(this.#shelf.layout, key.hash));
    if (aside !== undefined) removeTree(aside);
  }

  #expected(key: Digest): ExpectedEntry {
    const path = environmentDirectory(this.#shelf.layout, key.hash);
    return { path, isWhole: () => digestOfEnvironment(path).hash === key.hash, drop: () => this.drop(key) };
  }

  /** Moves a finished environment to its place. When another process was first, ours is removed. */
  #settle(from: string, key: Digest): void {
    const to = environmentDirectory(this.#shelf.layout, key.hash);
    try {
      withParent(to, () => renameSync(from, to));
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      removeTree(from);
      return;
    }
    chmodSync(to, DIRECTORY_MODE);
  }
}

/** Digest of an environment's directory as it is now; see {@link Environments}. */
export function digestOfEnvironment(path: string): Digest {
  return digestOfLevel(path, true);
}

function digestOfLevel(directory: string, isRoot: boolean): Digest {
  const files: FileNode[] = [];
  const directories: DirectoryNode[] = [];
  const symlinks: SymlinkNode[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const { name } = entry;
    const path = `${directory}/${name}`;
    if (isRoot && name === WRITABLE_DIRECTORY) continue;
    if (entry.isDirectory()) directories.push({ name, digest: digestOfLevel(path, false) });
    else if (entry.isSymbolicLink()) symlinks.push({ name, target: readlinkSync(path) });
    else files.push({ name, ...digestOfRegular(path) });
  }
  return directoryDigest({ files, directories, symlinks });
}

function digestOfRegular(path: string): { readonly digest: Digest; readonly executable: boolean } {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return { digest: digestOfDescriptor(descriptor), executable: (fstatSync(descriptor).mode & 0o111) !== 0 };
  } finally {
    closeSync(descriptor);
  }
}

/** Something an environment needs: `tree HASH` or `blob HASH`. */
export type EntryName = `${'tree' | 'blob'} ${Sha256}`;

/** What an environment needs; nothing when it cannot be read. */
export function referencesOf(path: string): readonly EntryName[] {
  const text = unlessFailing(['ENOENT', 'ENOTDIR', 'EISDIR', 'EIO'], () => readFileSync(`${path}/${REFERENCES_FILE}`, 'utf8')) ?? '';
  return text.split('\n').flatMap((line) => {
    const [kind, name = ''] = line.split(' ');
    const hash = parseSha256(name);
    return hash === undefined || (kind !== 'tree' && kind !== 'blob') ? [] : [`${kind} ${hash}` as const];
  });
}

/** Whether all that an environment needs is still in the store. */
export function hasItsReferences(layout: StoreLayout, path: string): boolean {
  return referencesOf(path).every((name) => {
    const [kind, hash = ''] = name.split(' ');
    const place = `${kind === 'tree' ? layout.trees : layout.blobs}/${hash.slice(0, 2)}/${hash}`;
    return isThere(place) || (kind === 'blob' && isThere(`${place}.x`));
  });
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
