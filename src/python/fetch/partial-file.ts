import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, ftruncateSync, openSync, readSync, renameSync, rmdirSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Digest, digestOfHash, sha256Of } from '../../model/digest.ts';
import type { Scratch, Store } from '../../store/store.ts';
import { failingAsStore, unlessFailing } from '../../store/system-error.ts';
import type { ArtifactHash } from '../artifact.ts';
import { hashName } from './copy-artifact.ts';

const NAMESPACE = 'partial-download';

/** Less than this many bytes are sooner fetched again than kept. */
const KEPT_BYTES = 1 << 20;

export type PartialStore = Pick<Store, 'scratch' | 'takeFile' | 'getNote' | 'putNote'>;

/** A download as far as it has come: hashed while it is written, and kept for the next run when this one ends before it does. */
export class PartialFile {
  readonly #store: PartialStore;
  readonly #key: string;
  readonly #algorithm: ArtifactHash['algorithm'] | undefined;
  readonly #scratch: Scratch;
  readonly #descriptor: number;
  #sha256: Hash = createHash('sha256');
  /** Of the lock's algorithm, where that is another. */
  #locked: Hash | undefined;
  #size = 0;
  /** What tells that the server still has the same file (`ETag` or `Last-Modified`); `undefined`: nothing does. */
  validator: string | undefined;

  /** `key`: what the content is known by; a part that was kept under it is gone on with. */
  constructor(options: { readonly store: PartialStore; readonly key: string; readonly algorithm: ArtifactHash['algorithm'] | undefined }) {
    this.#store = options.store;
    this.#key = options.key;
    this.#algorithm = options.algorithm;
    this.#scratch = options.store.scratch();
    this.#locked = this.#newLocked();
    const isKept = this.#takeOver();
    this.#descriptor = failingAsStore(this.#path, () => openSync(this.#path, 'a+'));
    if (isKept) this.#rehash();
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  append(bytes: Buffer): void {
    failingAsStore(this.#path, () => {
      for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written);
    });
    this.#add(bytes);
  }

  /** Begins anew. */
  restart(): void {
    failingAsStore(this.#path, () => ftruncateSync(this.#descriptor, 0));
    this.#sha256 = createHash('sha256');
    this.#locked = this.#newLocked();
    this.#size = 0;
    this.validator = undefined;
  }

  /** Digest of what is there, and its hash by the lock's algorithm in hexadecimal. The file takes no more bytes. */
  digests(): { readonly digest: Digest; readonly locked: string } {
    const digest = digestOfHash(this.#sha256.copy(), this.#size);
    return { digest, locked: this.#locked?.copy().digest('hex') ?? digest.hash };
  }

  /** Moves the finished file into the store; its digest as the store has read it. */
  finish(): Digest {
    this.#close();
    const digest = this.#store.takeFile(this.#path, { executable: false });
    this.#scratch.dispose();
    return digest;
  }

  /** Ends without the file: what has come is kept for a later run where that is worth it. */
  abandon(): void {
    this.#close();
    if (this.#size < KEPT_BYTES) this.#scratch.dispose();
    else {
      const directory = this.#scratch.keep(`download-${sha256Of(this.#key).slice(0, 16)}`);
      this.#store.putNote(NAMESPACE, this.#key, JSON.stringify([`${directory}/part`, this.validator ?? '']));
    }
  }

  /** Ends without the file, and forgets what has come. */
  discard(): void {
    this.#close();
    this.#scratch.dispose();
  }

  get #path(): string {
    return `${this.#scratch.path}/part`;
  }

  #close(): void {
    failingAsStore(this.#path, () => closeSync(this.#descriptor));
  }

  /** Of two runs that find the same part one gets it: a rename succeeds once. */
  #takeOver(): boolean {
    const note: unknown = JSON.parse(this.#store.getNote(NAMESPACE, this.#key) ?? '[]');
    const [path, validator]: readonly unknown[] = Array.isArray(note) ? note : [];
    if (typeof path !== 'string' || path === '' || !existsSync(path)) return false;
    const taken = unlessFailing(['ENOENT', 'EXDEV', 'EACCES', 'EPERM'], () => {
      renameSync(path, this.#path);
      return true;
    });
    if (taken !== true) return false;
    if (typeof validator === 'string' && validator !== '') this.validator = validator;
    unlessFailing(['ENOENT', 'ENOTEMPTY', 'EACCES', 'EPERM'], () => rmdirSync(dirname(path)));
    return true;
  }

  #rehash(): void {
    failingAsStore(this.#path, () => {
      const chunk = Buffer.allocUnsafe(1 << 20);
      for (let read = readSync(this.#descriptor, chunk, 0, chunk.length, 0); read > 0;) {
        this.#add(chunk.subarray(0, read));
        read = readSync(this.#descriptor, chunk, 0, chunk.length, this.#size);
      }
    });
  }

  #add(bytes: Buffer): void {
    this.#sha256.update(bytes);
    this.#locked?.update(bytes);
    this.#size += bytes.length;
  }

  #newLocked(): Hash | undefined {
    const algorithm = this.#algorithm;
    if (algorithm === undefined || algorithm === 'sha256') return undefined;
    return createHash(hashName(algorithm));
  }
}
