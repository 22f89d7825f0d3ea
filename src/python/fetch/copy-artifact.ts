import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Digest } from '../../model/digest.ts';
import { type Store, StoreFailure } from '../../store/store.ts';
import type { ArtifactHash } from '../artifact.ts';
import type { FetchFailure } from './failed-request.ts';

/** Copies a file that stands beside a lock into the store; `path` of the result is its blob's. */
export function copyArtifact(
  store: Pick<Store, 'copyFile' | 'blobPath'>,
  path: string,
): { readonly ok: true; readonly digest: Digest; readonly path: string } | FetchFailure {
  try {
    const digest = store.copyFile(path, { executable: false });
    const blob = store.blobPath(digest, false);
    if (blob === undefined) throw new Error(`internal: blob ${digest.hash} is gone right after it was kept`);
    return { ok: true, digest, path: blob };
  } catch (error) {
    if (!(error instanceof StoreFailure) || error.path !== path) throw error;
    return { ok: false, problem: { kind: 'unreadable', path, code: error.systemCode } };
  }
}

/** Name that Node's OpenSSL has for a lock's algorithm. */
export function hashName(algorithm: ArtifactHash['algorithm']): string {
  return algorithm === 'blake2b' ? 'blake2b512' : algorithm;
}

/** Lower-case hexadecimal. Throws what `fs` throws. */
export function hashOfFile(path: string, algorithm: ArtifactHash['algorithm']): string {
  const hash = createHash(hashName(algorithm));
  const chunk = Buffer.allocUnsafe(1 << 20);
  const descriptor = openSync(path, 'r');
  try {
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
