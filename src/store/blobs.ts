import { chmodSync, closeSync, constants, fstatSync, openSync, readFileSync, type Stats, utimesSync } from 'node:fs';
import { type Digest, digestOf, digestOfDescriptor, digestOfFile, sameDigest, type Sha256 } from '../model/digest.ts';
import { seal, writeReadOnly } from './read-only-file.ts';
import { holdsBlob } from './damage.ts';
import { removeFile } from './removal.ts';
import { copyInto, type ExpectedEntry, isPresent, linkInto, place, type Shelf, soundState } from './shelf.ts';
import { blobFile, EXECUTABLE_MODE, FILE_MODE, KEPT_MTIME } from './store-layout.ts';
import { unlessFailing } from './system-error.ts';

/** Files up to this size are copied through memory: read once, hashed, and written only when new. */
const SMALL_BYTES = 4 << 20;

/** A result's logs are read to see whether they can be, and again for what they say: so many small blobs are kept at hand. */
const RECENT_BLOBS = 4;
const RECENT_BYTES = 64 << 10;

/** The files of a store, each in up to two variants: executable and not. */
export class Blobs {
  readonly #shelf: Shelf;
  /** The last ones read, the oldest first. */
  readonly #recent = new Map<Sha256, Buffer>();

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** Keeps bytes; writes nothing when they are kept already. */
  put(bytes: Uint8Array, executable: boolean): Digest {
    const { session } = this.#shelf;
    const digest = digestOf(bytes);
    const path = this.#file(digest, executable);
    if (this.#isKept(digest, executable)) return digest;
    const temporary = session.temporary();
    writeReadOnly({ path: temporary, bytes, executable, keepsModes: session.keepsModes });
    orRemove(temporary, () => place(temporary, path));
    return digest;
  }

  /** Keeps a copy of a file that stays its owner's: the bytes hashed are the bytes kept, even when it changes meanwhile. */
  copy(path: string, executable: boolean): Digest {
    const small = withFile({ path, flags: constants.O_RDONLY }, (descriptor, state) =>
      state.size <= SMALL_BYTES ? readFileSync(descriptor) : undefined,
    );
    return small === undefined ? this.#copyLarge(path, executable) : this.put(small, executable);
  }

  /**
   * Keeps a file of a scratch directory under a second name. A file that has further names already is copied: its mode is not
   * ours to change. Symlinks are not followed (`ELOOP`).
   */
  take(path: string, executable: boolean): Digest {
    return withFile({ path, flags: constants.O_RDONLY | constants.O_NOFOLLOW }, (descriptor, state) => {
      const digest = digestOfDescriptor(descriptor);
      const blob = this.#file(digest, executable);
      if (this.#isKept(digest, executable)) return digest;
      if (state.nlink > 1) return this.#copyLarge(path, executable);
      seal(descriptor, { executable, mode: state.mode });
      return linkInto(path, blob) ? digest : this.#copyLarge(path, executable);
    });
  }

  /** Path of a blob, made from its other variant when only that is kept. The empty blob is always there. */
  path(digest: Digest, executable: boolean): string | undefined {
    const path = this.#file(digest, executable);
    if (this.#isKept(digest, executable)) return path;
    if (digest.size === 0) {
      this.put(new Uint8Array(), executable);
      return path;
    }
    if (!this.#isKept(digest, !executable)) return undefined;
    return sameDigest(this.#copyLarge(this.#file(digest, !executable), executable), digest) ? path : undefined;
  }

  /** Whether {@link path} would find a blob; does not mark it as used. */
  has(digest: Digest, executable: boolean): boolean {
    return digest.size === 0 || this.#isThere(digest, executable) || this.#isThere(digest, !executable);
  }

  /** A blob's bytes, checked: a damaged file is dropped and counts as missing. */
  read(digest: Digest): Buffer | undefined {
    if (digest.size === 0) return Buffer.alloc(0);
    const known = this.#recent.get(digest.hash);
    if (known !== undefined) return known;
    const bytes = this.#readVariant(digest, false) ?? this.#readVariant(digest, true);
    if (bytes !== undefined && bytes.byteLength <= RECENT_BYTES) this.#rememberRecent(digest, bytes);
    return bytes;
  }

  /** Reads a blob again, in both variants: drops what is damaged, and answers whether {@link path} would still find it. */
  recheck(digest: Digest, executable: boolean): boolean {
    for (const variant of [false, true]) {
      const entry = this.#expected(digest, variant);
      if (unlessFailing(['ENOENT'], () => entry.isWhole()) === false) entry.drop();
    }
    return this.has(digest, executable);
  }

  drop(digest: Digest): void {
    this.#recent.delete(digest.hash);
    removeFile(this.#file(digest, false));
    removeFile(this.#file(digest, true));
  }

  #readVariant(digest: Digest, executable: boolean): Buffer | undefined {
    if (!this.#isKept(digest, executable)) return undefined;
    const path = this.#file(digest, executable);
    const bytes = unlessFailing(['ENOENT'], () => readFileSync(path));
    if (bytes === undefined || sameDigest(digestOf(bytes), digest)) return bytes;
    removeFile(path);
    return undefined;
  }

  #rememberRecent(digest: Digest, bytes: Buffer): void {
    this.#recent.set(digest.hash, bytes);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > RECENT_BLOBS && oldest !== undefined) this.#recent.delete(oldest);
  }

  #isKept(digest: Digest, executable: boolean): boolean {
    return isPresent(this.#shelf, this.#expected(digest, executable));
  }

  #isThere(digest: Digest, executable: boolean): boolean {
    return soundState(this.#expected(digest, executable)) !== undefined;
  }

  #expected(digest: Digest, executable: boolean): ExpectedEntry {
    const path = this.#file(digest, executable);
    return { path, size: digest.size, isWhole: () => holdsBlob(path, digest), drop: () => removeFile(path) };
  }

  #copyLarge(path: string, executable: boolean): Digest {
    const temporary = this.#shelf.session.temporary();
    return orRemove(temporary, () => {
      copyInto(path, temporary);
      const digest = digestOfFile(temporary);
      chmodSync(temporary, executable ? EXECUTABLE_MODE : FILE_MODE);
      utimesSync(temporary, KEPT_MTIME, KEPT_MTIME);
      place(temporary, this.#file(digest, executable));
      return digest;
    });
  }

  #file(digest: Digest, executable: boolean): string {
    return blobFile({ layout: this.#shelf.layout, hash: digest.hash, executable });
  }
}

function orRemove<T>(temporary: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}

function withFile<T>(file: { readonly path: string; readonly flags: number }, work: (descriptor: number, state: Stats) => T): T {
  const descriptor = openSync(file.path, file.flags);
  try {
    return work(descriptor, fstatSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
