import { createHash, type Hash } from 'node:crypto';
import { closeSync, fchmodSync, futimesSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { type Digest, digestOf, digestOfHash } from '../model/digest.ts';
import { directoryDigest } from '../model/tree.ts';
import { writeReadOnly } from './read-only-file.ts';
import { removeTree } from './removal.ts';
import { copyInto, linkInto } from './shelf.ts';
import { EXECUTABLE_MODE, FILE_MODE, KEPT_MTIME } from './store-layout.ts';
import { failingAsStore } from './system-error.ts';
import type { DigestedDirectory, ListedFile } from './tree-listing.ts';
import { type OutlinedDirectory, TreeOutline } from './tree-outline.ts';
import { sealDirectory } from './tree-writing.ts';

const EMPTY = digestOf('');

/** What a {@link TreeWriter} needs of its store. */
export interface TreeWriterStore {
  /** A path where nothing is, on the store's file system. */
  readonly path: string;
  readonly keepsModes: boolean;
  /** Path of a kept blob. */
  readonly blobPath: (digest: Digest, executable: boolean) => string | undefined;
  /** Takes the finished directory. */
  readonly settle: (path: string, tree: DigestedDirectory) => void;
}

/**
 * A tree that is written file by file as its content arrives: every byte is hashed once and written once, and nothing is held in
 * memory. It becomes an entry of the store by {@link finish}; until then, or after {@link dispose}, nothing is kept. Each path
 * is given once. Methods throw `StoreFailure`, and `TreeRefused` for bad paths.
 */
export class TreeWriter {
  readonly #store: TreeWriterStore;
  readonly #outline = new TreeOutline<undefined>();
  readonly #directories = new Set<string>();

  constructor(store: TreeWriterStore) {
    this.#store = store;
  }

  /** `digest`: of the bytes, where the caller has computed it already. */
  addFile(path: string, file: { readonly bytes: Uint8Array; readonly executable: boolean; readonly digest?: Digest }): Digest {
    const { bytes, executable, digest = digestOf(bytes) } = file;
    const absolute = this.#place(path, { digest, executable });
    failingAsStore(absolute, () => writeReadOnly({ path: absolute, bytes, executable, keepsModes: this.#store.keepsModes }));
    return digest;
  }

  /** A blob of the store, by a hard link where the file system can. Throws when it is not there: a programming error. */
  addBlob(path: string, file: ListedFile): void {
    const blob = this.#store.blobPath(file.digest, file.executable);
    if (blob === undefined) throw new Error(`internal: blob ${file.digest.hash} of a tree is not in the store`);
    const absolute = this.#place(path, file);
    failingAsStore(absolute, () => {
      if (!linkInto(blob, absolute)) copyInto(blob, absolute);
    });
  }

  /** A file that comes in pieces. */
  openFile(path: string, options: { readonly executable: boolean }): TreeFileWriter {
    const { executable } = options;
    // Its place is taken, and its path checked, before anything is written there.
    this.#outline.addFile(path, { digest: EMPTY, executable, source: undefined });
    const absolute = this.#placeDirectory(path);
    return new TreeFileWriter({
      path: absolute,
      executable,
      finished: (digest) => this.#outline.addFile(path, { digest, executable, source: undefined }),
    });
  }

  /** Moves the tree to its place in the store. */
  finish(): Digest {
    return failingAsStore(this.#store.path, () => {
      if (this.#directories.size === 0) mkdirSync(this.#store.path);
      const tree = sealed(this.#outline.root, { path: this.#store.path, isRoot: true });
      this.#store.settle(this.#store.path, tree);
      return tree.digest;
    });
  }

  /** Removes what was written; after {@link finish} nothing is left to remove. */
  dispose(): void {
    failingAsStore(this.#store.path, () => removeTree(this.#store.path));
  }

  #place(path: string, file: ListedFile): string {
    this.#outline.addFile(path, { ...file, source: undefined });
    return this.#placeDirectory(path);
  }

  /** Makes the directories above a path; its absolute form. */
  #placeDirectory(path: string): string {
    this.#makeDirectory(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    return `${this.#store.path}/${path}`;
  }

  #makeDirectory(directory: string): void {
    if (this.#directories.has(directory)) return;
    if (directory !== '') this.#makeDirectory(directory.slice(0, Math.max(0, directory.lastIndexOf('/'))));
    const absolute = directory === '' ? this.#store.path : `${this.#store.path}/${directory}`;
    failingAsStore(absolute, () => mkdirSync(absolute));
    this.#directories.add(directory);
  }
}

/** One file of a {@link TreeWriter} that comes in pieces. */
export class TreeFileWriter {
  /** Absolute; readable while it is written. */
  readonly path: string;
  readonly #descriptor: number;
  readonly #executable: boolean;
  readonly #finished: (digest: Digest) => void;
  readonly #hash: Hash = createHash('sha256');
  #size = 0;

  constructor(options: { readonly path: string; readonly executable: boolean; readonly finished: (digest: Digest) => void }) {
    this.path = options.path;
    this.#executable = options.executable;
    this.#finished = options.finished;
    this.#descriptor = failingAsStore(this.path, () => openSync(this.path, 'wx', this.#mode));
  }

  write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.byteLength;
    failingAsStore(this.path, () => {
      for (let written = 0; written < bytes.byteLength;) written += writeSync(this.#descriptor, bytes, written);
    });
  }

  /** Closes the file and makes it part of the tree. */
  finish(): Digest {
    failingAsStore(this.path, () => {
      fchmodSync(this.#descriptor, this.#mode);
      futimesSync(this.#descriptor, KEPT_MTIME, KEPT_MTIME);
      closeSync(this.#descriptor);
    });
    const digest = digestOfHash(this.#hash, this.#size);
    this.#finished(digest);
    return digest;
  }

  /** Closes the file without making it part of the tree. */
  abandon(): void {
    failingAsStore(this.path, () => closeSync(this.#descriptor));
  }

  get #mode(): number {
    return this.#executable ? EXECUTABLE_MODE : FILE_MODE;
  }
}

/** Makes the written directories read-only from the inside out, and gives them their digests. */
function sealed(directory: OutlinedDirectory<undefined>, place: { readonly path: string; readonly isRoot: boolean }): DigestedDirectory {
  const directories = new Map<string, DigestedDirectory>();
  for (const [name, child] of directory.directories) directories.set(name, sealed(child, { path: `${place.path}/${name}`, isRoot: false }));
  const { files, symlinks } = directory;
  const digest = directoryDigest({
    files: Array.from(files, ([name, file]) => ({ name, digest: file.digest, executable: file.executable })),
    directories: Array.from(directories, ([name, child]) => ({ name, digest: child.digest })),
    symlinks: Array.from(symlinks, ([name, target]) => ({ name, target })),
  });
  sealDirectory(place.path, place.isRoot);
  return { digest, files, directories, symlinks };
}
