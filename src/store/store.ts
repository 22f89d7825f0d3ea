import type { ActionKey, ActionResult } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import type { TreeListing } from './tree-listing.ts';

/**
 * Content-addressed storage in one directory, shared by any number of processes.
 *
 * Entries appear whole or not at all (written beside, then renamed) and are read-only. Reading methods answer `undefined`
 * for what is not there. Methods throw {@link StoreFailure} when the disk fails; nothing else is expected to go wrong.
 */
export interface Store {
  /** Absolute path of the store's directory. */
  readonly directory: string;

  /** Keeps bytes. */
  putBlob(bytes: Uint8Array | string): Digest;
  /** Keeps a copy of a file outside the store (reflink where the file system can), which the caller may change afterwards. */
  copyFile(path: string, options: { readonly executable: boolean }): Digest;
  /** Takes a file out of a scratch directory: it is hard-linked into the store and made read-only; the scratch path stays readable. */
  takeFile(path: string, options: { readonly executable: boolean }): Digest;
  /** Absolute path of a blob with the wanted executable bit, or `undefined`. Never write to it. */
  blobPath(digest: Digest, executable: boolean): string | undefined;
  readBlob(digest: Digest): Buffer | undefined;

  /** Takes a whole directory out of a scratch directory (moved, made read-only): regular files, directories, symlinks staying inside. */
  takeTree(path: string): Digest;
  /** Makes a tree of blobs that are already in the store: relative path to file or symlink. Hard links, no copies. */
  makeTree(entries: ReadonlyMap<string, TreeEntry>): Digest;
  /** Absolute path of a materialised tree, or `undefined`. Never write below it. */
  treePath(tree: Digest): string | undefined;
  /** A directory outside the store that stands for a tree, such as a toolchain whose digest was computed by the caller. Kept in memory only. */
  adoptTree(tree: Digest, path: string): void;

  /**
   * Reads an entry again and compares it with its digest, dropping it when it is damaged; `false`: it is not there (any more).
   * Lookups see only what one `stat` tells; this is for when something fails that should not, and before results are handed out.
   */
  recheck(
    entry:
      | { readonly kind: 'file'; readonly digest: Digest; readonly executable: boolean }
      | { readonly kind: 'tree'; readonly digest: Digest },
  ): boolean;

  /** Result of an action, if it is known and every output it names is still in the store. */
  getResult(key: ActionKey): ActionResult | undefined;
  putResult(key: ActionKey, result: ActionResult): void;
  /** Changes whenever the action's result is written anew, and now and then otherwise; `undefined`: it is not known. Take it before reading. */
  resultMark(key: ActionKey): string | undefined;
  /** Whether {@link getResult} would give `result` again, which it gave when its mark was `mark`. `false`: perhaps. Costs a `stat`, and one per output. */
  isResult(key: ActionKey, known: { readonly result: ActionResult; readonly mark: string }): boolean;
  /** Says to every other run on this store that the action runs here, or tells that it runs elsewhere. Nothing depends on it but waiting. */
  claim(key: ActionKey): Claim;

  /** Small mutable facts that speed things up and may be lost at any time, such as digests by stat or the read set of a script. */
  getNote(namespace: string, key: string): string | undefined;
  putNote(namespace: string, key: string, value: string): void;

  /** A new empty directory on the store's file system, gone after `dispose` and, at the latest, at a later start. */
  scratch(): Scratch;

  /** Keeps a tree from garbage collection as long as the symlink `link` points to it; replaces `link` atomically. */
  linkResult(tree: Digest, link: string): void;

  /** What a kept tree holds, file by file with digests; computed once and remembered. `undefined`: the tree is not there. */
  listTree(tree: Digest): TreeListing | undefined;

  /** Absolute path of a composed environment, or `undefined`. */
  environmentPath(key: Digest): string | undefined;
  /**
   * Keeps an environment: `write` fills the empty directory it is given, which must then have the digest `key` (links as links, see
   * `store/environments.ts`), and is not called when the environment is there. Absolute path of the environment.
   */
  keepEnvironment(key: Digest, write: (directory: string) => void): string;
  /** As {@link linkResult}: keeps an environment, and all that it links to. */
  linkEnvironment(key: Digest, link: string): void;
}

export type TreeEntry =
  | { readonly kind: 'file'; readonly digest: Digest; readonly executable: boolean }
  | { readonly kind: 'symlink'; readonly target: string };

/** Who runs an action now. */
export type Claim =
  /** We do: `release` once its result is kept, or when it failed. */
  | { readonly kind: 'ours'; readonly release: () => void }
  /** Another living process of this machine does; `released` settles when it is through or gone, and the result may be there. */
  | { readonly kind: 'theirs'; readonly processId: number; readonly released: () => Promise<void> };

export interface Scratch {
  readonly path: string;
  dispose(): void;
  /** Moves it to where it outlives the run, in the place of what was kept there under that name; its new absolute path. */
  keep(name: string): string;
}

/** The disk failed: full, read-only, not permitted. Caught once, in `cli/`, and reported with exit status 3. */
export class StoreFailure extends Error {
  readonly path: string;
  readonly systemCode: string;
  constructor(options: { readonly path: string; readonly systemCode: string; readonly cause: unknown }) {
    super(`${options.systemCode} at ${options.path}`, { cause: options.cause });
    this.name = 'StoreFailure';
    this.path = options.path;
    this.systemCode = options.systemCode;
  }
}
