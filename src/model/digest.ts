import { createHash, type Hash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

declare const sha256Brand: unique symbol;

/** 64 lower-case hexadecimal digits. */
export type Sha256 = string & { readonly [sha256Brand]: never };

/** Identity of a blob: its sha256 and its size in bytes (Remote Execution API `Digest`). */
export interface Digest {
  readonly hash: Sha256;
  readonly size: number;
}

/** Digest of bytes or of a string's UTF-8 form. */
export function digestOf(bytes: Uint8Array | string): Digest {
  const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
  return { hash: sha256Of(bytes), size };
}

/** Digest of `size` bytes that went through a sha256. */
export function digestOfHash(hasher: Hash, size: number): Digest {
  return { hash: hasher.digest('hex') as Sha256, size };
}

/** sha256 of bytes or of a string's UTF-8 form. */
export function sha256Of(bytes: Uint8Array | string): Sha256 {
  return hash('sha256', bytes, 'hex') as Sha256;
}

const CHUNK = Buffer.allocUnsafe(1 << 20);

/** Digest of a file's content, read in 1 MiB pieces. Throws what `fs` throws when the file cannot be read. */
export function digestOfFile(path: string): Digest {
  const descriptor = openSync(path, 'r');
  try {
    return digestOfDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Digest of an open regular file from its present position to its end. */
export function digestOfDescriptor(descriptor: number): Digest {
  const first = readSync(descriptor, CHUNK, 0, CHUNK.length, null);
  if (first < CHUNK.length) return digestOf(CHUNK.subarray(0, first));
  const hasher = createHash('sha256').update(CHUNK);
  let size = first;
  for (let read = readSync(descriptor, CHUNK, 0, CHUNK.length, null); read > 0; read = readSync(descriptor, CHUNK, 0, CHUNK.length, null)) {
    hasher.update(CHUNK.subarray(0, read));
    size += read;
  }
  return digestOfHash(hasher, size);
}

const SHA256_PATTERN = /^[0-9a-f]{64}$/;

/** The text as a sha256, or `undefined` when it is not 64 lower-case hexadecimal digits. */
export function parseSha256(text: string): Sha256 | undefined {
  return SHA256_PATTERN.test(text) ? (text as Sha256) : undefined;
}

export function sameDigest(left: Digest, right: Digest): boolean {
  return left.hash === right.hash && left.size === right.size;
}

/** `sha256:…`, as printed to users and in JSON. */
export function formatDigest(digest: Digest): string {
  return `sha256:${digest.hash}`;
}
