import { chmodSync, renameSync, type Stats, utimesSync } from 'node:fs';
import { type Digest, digestOf, digestOfDescriptor, digestOfFile } from '../model/digest.ts';
import { EMPTY_TREE } from '../model/tree.ts';
import type { Blobs } from './blobs.ts';
import { dropDamagedBlobsOf, holdsTree } from './damage.ts';
import { seal, writeReadOnly } from './read-only-file.ts';
import { removeFile, removeTree } from './removal.ts';
import { copyInto, type ExpectedEntry, isPresent, linkInto, setAside, type Shelf, soundState, withParent } from './shelf.ts';
import type { TreeEntry } from './store.ts';
import { DIRECTORY_MODE, EXECUTABLE_MODE, FILE_MODE, KEPT_MTIME, treeDirectory } from './store-layout.ts';
import { systemCode, unlessFailing } from './system-error.ts';
import { TreeOutline } from './tree-outline.ts';
import { walkTree } from './tree-walk.ts';
import { type FilePlacer, sealDirectory, writeOutline } from './tree-writing.ts';

/** A piece of a tree whose bytes are in memory. */
export type TreeContent =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly executable: boolean }
  | { readonly kind: 'symlink'; readonly target: string }
  /** Also an empty one; directories of other entries need not be named. */
  | { readonly kind: 'directory' };

/** The materialised trees of a store. */
export class Trees {
  readonly #shelf: Shelf;
  readonly #blobs: Blobs;

  constructor(shelf: Shelf, blobs: Blobs) {
    this.#shelf = shelf;
    this.#blobs = blobs;
  }

  /** Keeps a directory of a scratch space: every file is read once, made read-only, and the whole is moved. */
  take(path: string): Digest {
    const digest = walkTree(path, {
      file: (file) => {
        if (file.state.nlink > 1) return this.#sealCopy(file.path, file.state);
        const fileDigest = digestOfDescriptor(file.descriptor);
        seal(file.descriptor, { executable: isExecutable(file.state), mode: file.state.mode });
        return fileDigest;
      },
      directory: sealDirectory,
    });
    this.#settle(path, digest);
    return digest;
  }

  /** Keeps a tree whose bytes are in memory: each file is hashed once, and nothing is written when the tree is kept already. */
  put(entries: ReadonlyMap<string, TreeContent>): Digest {
    const outline = new TreeOutline<Uint8Array>();
    for (const [path, entry] of entries) {
      if (entry.kind === 'directory') outline.addDirectory(path);
      else if (entry.kind === 'symlink') outline.addSymlink(path, entry.target);
      else outline.addFile(path, { digest: digestOf(entry.bytes), executable: entry.executable, source: entry.bytes });
    }
    return this.#keep(outline, (path, file) => {
      writeReadOnly({ path, bytes: file.source, executable: file.executable, keepsModes: this.#shelf.session.keepsModes });
    });
  }

  /** Makes a tree of kept blobs by hard links. */
  make(entries: ReadonlyMap<string, TreeEntry>): Digest {
    const outline = new TreeOutline<Digest>();
    for (const [path, entry] of entries) {
      if (entry.kind === 'symlink') outline.addSymlink(path, entry.target);
      else outline.addFile(path, { digest: entry.digest, executable: entry.executable, source: entry.digest });
    }
    return this.#keep(outline, (path, file) => {
      const blob = this.#blobs.path(file.source, file.executable);
      if (blob === undefined) throw new Error(`internal: blob ${file.source.hash} of a tree is not in the store`);
      if (!linkInto(blob, path)) copyInto(blob, path);
    });
  }

  /** Moves a directory that was written as kept trees are, with the digest given, to its place. */
  settle(path: string, digest: Digest): void {
    this.#settle(path, digest);
  }

  /** Path of a tree; the empty one is made when it is asked for. */
  path(tree: Digest): string | undefined {
    const path = treeDirectory(this.#shelf.layout, tree.hash);
    if (this.#isKept(tree)) return path;
    if (tree.hash !== EMPTY_TREE.hash) return undefined;
    this.make(new Map());
    return path;
  }

  /** Whether {@link path} would find a tree; does not mark it as used. */
  has(tree: Digest): boolean {
    return tree.hash === EMPTY_TREE.hash || soundState(this.#expected(tree)) !== undefined;
  }

  /** Reads a whole tree again: drops it when it is damaged, and answers whether it is still there. */
  recheck(tree: Digest): boolean {
    const entry = this.#expected(tree);
    if (unlessFailing(['ENOENT'], () => entry.isWhole()) === false) entry.drop();
    return this.has(tree);
  }

  drop(tree: Digest): void {
    const aside = setAside(this.#shelf, treeDirectory(this.#shelf.layout, tree.hash));
    if (aside !== undefined) removeTree(aside);
  }

  #dropDamaged(tree: Digest): void {
    dropDamagedBlobsOf(this.#shelf.layout, treeDirectory(this.#shelf.layout, tree.hash));
    this.drop(tree);
  }

  #isKept(tree: Digest): boolean {
    return isPresent(this.#shelf, this.#expected(tree));
  }

  #expected(tree: Digest): ExpectedEntry {
    const path = treeDirectory(this.#shelf.layout, tree.hash);
    return { path, isWhole: () => holdsTree(path, tree), drop: () => this.#dropDamaged(tree) };
  }

  #keep<Source>(outline: TreeOutline<Source>, placeFile: FilePlacer<Source>): Digest {
    const digest = outline.digest();
    if (this.#isKept(digest)) return digest;
    const path = this.#shelf.session.temporary();
    try {
      writeOutline({ path, directory: outline.root, placeFile, isRoot: true });
      this.#settle(path, digest);
    } catch (error) {
      removeTree(path);
      throw error;
    }
    return digest;
  }

  /** Moves a finished directory to its place. When another process was first, ours is removed. */
  #settle(from: string, digest: Digest): void {
    const to = treeDirectory(this.#shelf.layout, digest.hash);
    if (this.#isKept(digest)) {
      removeTree(from);
      return;
    }
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

  /** Replaces a file that has further names by a copy of its own: neither its mode nor later writes through them are ours. */
  #sealCopy(path: string, state: Stats): Digest {
    const copy = this.#shelf.session.temporary();
    try {
      copyInto(path, copy);
      chmodSync(copy, isExecutable(state) ? EXECUTABLE_MODE : FILE_MODE);
      utimesSync(copy, KEPT_MTIME, KEPT_MTIME);
      renameSync(copy, path);
    } catch (error) {
      removeFile(copy);
      throw error;
    }
    return digestOfFile(path);
  }
}

function isExecutable(state: Stats): boolean {
  return (state.mode & 0o111) !== 0;
}
