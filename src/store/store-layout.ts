import { join } from 'node:path';
import { type Sha256, sha256Of } from '../model/digest.ts';

/**
 * Where everything stands in a store's directory.
 *
 * ```
 * v1/blobs/ab/HASH      0444      v1/blobs/ab/HASH.x   0555 (the same bytes, executable)
 * v1/trees/ab/HASH/     a materialised tree: directories and executables 0555, files 0444
 * v1/environments/ab/HASH/             a composed environment: links into v1/trees, and a writable directory for byte code
 * v1/results/ab/HASH    an action's result, with a checksum; its mtime is when it was last used
 * v1/notes/NAMESPACE/ab/SHA256-OF-KEY    like results
 * v1/tmp/SESSION/       scratch space and half-written entries of one run
 * v1/roots/SHA256-OF-LINK                symlink to a symlink of a user that points into v1/trees or v1/environments
 * v1/quick/QUESTION/   answers that `bin/ferrule` gives by itself; never more than a shortcut
 * v1/claims/KEY                         symlink to the name of the session that runs the action now
 * v1/sandboxes/NAME                     a failed action's scratch directory, kept on demand
 * v1/gc.lock            session of the running garbage collection
 * ```
 * A change of any format is a new version directory.
 */
export interface StoreLayout {
  readonly version: string;
  readonly blobs: string;
  readonly trees: string;
  readonly environments: string;
  readonly results: string;
  readonly notes: string;
  readonly temporary: string;
  readonly roots: string;
  readonly claims: string;
  readonly sandboxes: string;
  readonly collectionLock: string;
}

/**
 * Modification time of every file and directory kept, in seconds: what cargo gives to files it packs (`DETERMINISTIC_TIMESTAMP`,
 * 2006-07-24, cargo `src/cargo/ops/cargo_package/mod.rs`), so that tools which compare times see equal ones, and zip can hold it.
 */
export const KEPT_MTIME = 1_153_704_088;

/** Namespace of the notes that say what the keys of results were made from, by key: such a note is kept as long as its result. */
export const INGREDIENTS = 'ingredients';

export const FILE_MODE = 0o444;
export const EXECUTABLE_MODE = 0o555;
export const DIRECTORY_MODE = 0o555;

export function storeLayout(directory: string): StoreLayout {
  const version = join(directory, 'v1');
  return {
    version,
    blobs: `${version}/blobs`,
    trees: `${version}/trees`,
    environments: `${version}/environments`,
    results: `${version}/results`,
    notes: `${version}/notes`,
    temporary: `${version}/tmp`,
    roots: `${version}/roots`,
    claims: `${version}/claims`,
    sandboxes: `${version}/sandboxes`,
    collectionLock: `${version}/gc.lock`,
  };
}

/** Path of a blob in one of its two variants. */
export function blobFile(blob: { readonly layout: StoreLayout; readonly hash: Sha256; readonly executable: boolean }): string {
  const { layout, hash, executable } = blob;
  return `${layout.blobs}/${hash.slice(0, 2)}/${hash}${executable ? '.x' : ''}`;
}

export function treeDirectory(layout: StoreLayout, hash: Sha256): string {
  return `${layout.trees}/${hash.slice(0, 2)}/${hash}`;
}

export function environmentDirectory(layout: StoreLayout, hash: Sha256): string {
  return `${layout.environments}/${hash.slice(0, 2)}/${hash}`;
}

export function resultFile(layout: StoreLayout, hash: Sha256): string {
  return `${layout.results}/${hash.slice(0, 2)}/${hash}`;
}

/** Throws when the namespace is not a plain lower-case word: a programming error. */
export function noteFile(note: { readonly layout: StoreLayout; readonly namespace: string; readonly key: string }): string {
  const { layout, namespace, key } = note;
  if (!/^[a-z][a-z0-9-]*$/.test(namespace)) throw new Error(`internal: bad note namespace \`${namespace}\``);
  const hash = sha256Of(key);
  return `${layout.notes}/${namespace}/${hash.slice(0, 2)}/${hash}`;
}

/** Directory of the answer to a question of `bin/ferrule`. */
export function quickDirectory(layout: StoreLayout, question: Sha256): string {
  return `${layout.version}/quick/${question}`;
}
