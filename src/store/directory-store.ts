import { mkdirSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ActionKey, ActionResult } from '../model/action.ts';
import type { Digest, Sha256 } from '../model/digest.ts';
import { Blobs } from './blobs.ts';
import { Claims, sweepClaims } from './claims.ts';
import { type CollectionOptions, type CollectionReport, collectGarbage } from './garbage-collection.ts';
import { Environments } from './environments.ts';
import { Listings } from './listings.ts';
import { makeDirectory } from './make-directory.ts';
import { Notes } from './notes.ts';
import { registerRoot, replaceLink } from './roots.ts';
import { Results } from './results.ts';
import { Session, sweepSessions } from './session.ts';
import type { Shelf } from './shelf.ts';
import { type StoreStatistics, storeStatistics } from './statistics.ts';
import type { Claim, Scratch, Store, TreeEntry } from './store.ts';
import { type StoreLayout, storeLayout } from './store-layout.ts';
import { failingAsStore, unlessFailing } from './system-error.ts';
import type { TreeListing } from './tree-listing.ts';
import { TreeWriter } from './tree-writer.ts';
import { type TreeContent, Trees } from './trees.ts';
import { type VerificationReport, verifyStore } from './verification.ts';

export interface StoreOptions {
  /** Absolute; made when it is not there. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Of this process: by it others see whether its scratch space is still in use. */
  readonly processId: number;
}

/** Opens a store, removing what killed runs left behind. Throws `StoreFailure`. */
export function openStore(options: StoreOptions): DirectoryStore {
  const { directory, now, processId } = options;
  if (!isAbsolute(directory)) throw new Error(`internal: store directory \`${directory}\` is not absolute`);
  const layout = storeLayout(directory);
  return failingAsStore(directory, () => {
    prepare(layout, now());
    return new DirectoryStore({ directory, shelf: { layout, now, session: new Session({ layout, processId, now }) } });
  });
}

/** The {@link Store} on a disk, with what only its owner uses: dropping damage, collection, verification, statistics. */
export class DirectoryStore implements Store {
  readonly directory: string;
  readonly #shelf: Shelf;
  readonly #blobs: Blobs;
  readonly #trees: Trees;
  readonly #listings: Listings;
  readonly #environments: Environments;
  readonly #results: Results;
  readonly #notes: Notes;
  readonly #claims: Claims;
  readonly #adopted = new Map<Sha256, string>();

  constructor(options: { readonly directory: string; readonly shelf: Shelf }) {
    this.directory = options.directory;
    this.#shelf = options.shelf;
    this.#blobs = new Blobs(options.shelf);
    this.#trees = new Trees(options.shelf, this.#blobs);
    this.#results = new Results({ shelf: options.shelf, blobs: this.#blobs, trees: this.#trees });
    this.#notes = new Notes(options.shelf);
    this.#listings = new Listings(this.#notes);
    this.#environments = new Environments(options.shelf);
    this.#claims = new Claims(options.shelf);
  }

  putBlob(bytes: Uint8Array | string): Digest {
    return this.#guard(() => this.#blobs.put(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, false));
  }

  copyFile(path: string, options: { readonly executable: boolean }): Digest {
    return this.#guard(() => this.#blobs.copy(path, options.executable));
  }

  takeFile(path: string, options: { readonly executable: boolean }): Digest {
    return this.#guard(() => this.#blobs.take(path, options.executable));
  }

  blobPath(digest: Digest, executable: boolean): string | undefined {
    return this.#guard(() => this.#blobs.path(digest, executable));
  }

  readBlob(digest: Digest): Buffer | undefined {
    return this.#guard(() => this.#blobs.read(digest));
  }

  /** Throws `TreeRefused` for links that leave the tree, sockets, devices and names that are not UTF-8. */
  takeTree(path: string): Digest {
    return this.#guard(() => this.#trees.take(path));
  }

  /** Throws `TreeRefused` for bad paths and links that leave the tree. */
  makeTree(entries: ReadonlyMap<string, TreeEntry>): Digest {
    return this.#guard(() => this.#trees.make(entries));
  }

  /**
   * Keeps a tree whose bytes are in memory, by relative path: what unpackers use. Each file is hashed once, nothing is read back,
   * and nothing is written when the tree is kept already. Throws `TreeRefused` as {@link makeTree} does.
   */
  putTree(entries: ReadonlyMap<string, TreeContent>): Digest {
    return this.#guard(() => this.#trees.put(entries));
  }

  /** A tree that is written file by file as its content arrives: what unpackers of large archives use. */
  writeTree(): TreeWriter {
    const { session } = this.#shelf;
    return this.#guard(
      () =>
        new TreeWriter({
          path: session.temporary(),
          keepsModes: session.keepsModes,
          blobPath: (digest, executable) => this.blobPath(digest, executable),
          settle: (path, tree) => {
            this.#trees.settle(path, tree.digest);
            this.#listings.remember(tree.digest, tree);
          },
        }),
    );
  }

  treePath(tree: Digest): string | undefined {
    return this.#adopted.get(tree.hash) ?? this.#guard(() => this.#trees.path(tree));
  }

  adoptTree(tree: Digest, path: string): void {
    this.#adopted.set(tree.hash, path);
  }

  recheck(entry: Parameters<Store['recheck']>[0]): boolean {
    if (entry.kind === 'tree' && this.#adopted.has(entry.digest.hash)) return true;
    return this.#guard(() =>
      entry.kind === 'tree' ? this.#trees.recheck(entry.digest) : this.#blobs.recheck(entry.digest, entry.executable),
    );
  }

  getResult(key: ActionKey): ActionResult | undefined {
    return this.#guard(() => this.#results.get(key));
  }

  putResult(key: ActionKey, result: ActionResult): void {
    this.#guard(() => this.#results.put(key, result));
  }

  resultMark(key: ActionKey): string | undefined {
    return this.#guard(() => this.#results.mark(key));
  }

  isResult(key: ActionKey, known: { readonly result: ActionResult; readonly mark: string }): boolean {
    return this.#guard(() => this.#results.is(key, known));
  }

  claim(key: ActionKey): Claim {
    const claim = this.#guard(() => this.#claims.take(key));
    return claim.kind === 'theirs' ? claim : { kind: 'ours', release: () => this.#guard(() => claim.release()) };
  }

  getNote(namespace: string, key: string): string | undefined {
    return this.#guard(() => this.#notes.get(namespace, key));
  }

  putNote(namespace: string, key: string, value: string): void {
    this.#guard(() => this.#notes.put({ namespace, key, value }));
  }

  /**
   * Notes of these namespaces are kept together under a name from now on, and read as one the next time; single ones are still found
   * where they stand. Only for notes whose value never changes. One bundle at a time; {@link close} writes it.
   */
  openBundle(name: string, namespaces: readonly string[]): void {
    this.#guard(() => this.#notes.openBundle(name, namespaces));
  }

  scratch(): Scratch {
    const scratch = this.#guard(() => this.#shelf.session.scratch());
    return {
      path: scratch.path,
      dispose: () => this.#guard(() => scratch.dispose()),
      keep: (name) => this.#guard(() => scratch.keep(name)),
    };
  }

  /** `link` is absolute. An existing `link` that does not point into a store is left alone: `StoreFailure` with `EEXIST`. */
  linkResult(tree: Digest, link: string): void {
    this.#guard(() => {
      const path = this.treePath(tree);
      if (path === undefined) throw new Error(`internal: tree ${tree.hash} to link is not in the store`);
      registerRoot(this.#shelf.layout, link);
      replaceLink(link, path);
    });
  }

  listTree(tree: Digest): TreeListing | undefined {
    return this.#guard(() => this.#listings.of(tree, () => this.treePath(tree)));
  }

  environmentPath(key: Digest): string | undefined {
    return this.#guard(() => this.#environments.path(key));
  }

  keepEnvironment(key: Digest, write: (directory: string) => void): string {
    return this.#guard(() => this.#environments.keep(key, write));
  }

  /** `link` is absolute. An existing `link` that does not point into a store is left alone: `StoreFailure` with `EEXIST`. */
  linkEnvironment(key: Digest, link: string): void {
    this.#guard(() => {
      const path = this.environmentPath(key);
      if (path === undefined) throw new Error(`internal: environment ${key.hash} to link is not in the store`);
      registerRoot(this.#shelf.layout, link);
      replaceLink(link, path);
    });
  }

  /** Forgets a blob that turned out to be damaged, so that the next build makes it anew. */
  dropBlob(digest: Digest): void {
    this.#guard(() => this.#blobs.drop(digest));
  }

  /** Forgets a tree that turned out to be damaged. */
  dropTree(tree: Digest): void {
    this.#guard(() => this.#trees.drop(tree));
  }

  dropResult(key: ActionKey): void {
    this.#guard(() => this.#results.drop(key));
  }

  gc(options: CollectionOptions): CollectionReport {
    return this.#guard(() => collectGarbage(this.#shelf, options));
  }

  verify(options: { readonly repair: boolean }): VerificationReport {
    return this.#guard(() => verifyStore(this.#shelf, options));
  }

  statistics(): StoreStatistics {
    return this.#guard(() => storeStatistics(this.#shelf.layout));
  }

  /** Removes this run's scratch space; a run that ends without it is cleaned up after by the next. */
  close(): void {
    this.#guard(() => {
      this.#notes.closeBundle();
      this.#shelf.session.close();
    });
  }

  #guard<T>(work: () => T): T {
    return failingAsStore(this.directory, work);
  }
}

function prepare(layout: StoreLayout, now: number): void {
  sweepClaims(layout, now);
  const swept = unlessFailing(['ENOENT'], () => sweepSessions(layout, now));
  if (swept !== undefined) return;
  makeDirectory(layout.version);
  for (const path of [layout.blobs, layout.trees, layout.results, layout.notes, layout.roots, layout.claims, layout.temporary]) {
    mkdirSync(path, { recursive: true });
  }
}
