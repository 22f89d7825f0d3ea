import { closeSync, openSync } from 'node:fs';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type Digest, digestOf, sha256Of } from '../../model/digest.ts';
import { fileSource } from '../byte-source.ts';
import type { UnpackedWheel } from '../wheel.ts';
import type { WheelFiles } from '../wheel-archive/wheel-file.ts';
import { parseWheelFilename, type WheelFilename } from '../wheel-filename.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import { checkArchivePaths } from './archive-paths.ts';
import { badFilename, refusedWheel, WheelRefused } from './wheel-refused.ts';
import { type WheelStore } from './unpack-wheel.ts';
import { WheelAssembly } from './wheel-assembly.ts';
import { rememberedWheel, rememberWheel } from './wheel-memory.ts';

export interface WheelContent {
  readonly store: WheelStore & Pick<DirectoryStore, 'blobPath'>;
  /** By path in the archive: with `.dist-info` and `.data`, as it would be packed. */
  readonly files: WheelFiles;
  readonly filename: string;
}

/**
 * Keeps a wheel that was never an archive, as {@link unpackWheel} would keep its archive: with the same checks, layout and facts.
 * Remembered by its files' paths and digests. Throws when a file's blob is not in the store: a programming error. Diagnostics F0941 to F0948.
 */
export function keepWheel(content: WheelContent): Result<UnpackedWheel> {
  const { store, files, filename } = content;
  const parsed = parseWheelFilename(filename);
  if (parsed === undefined) return fail(badFilename(filename));
  const key = contentKey(files, filename);
  const known = rememberedWheel(store, key);
  if (known !== undefined) return ok(known);
  try {
    const wheel = keepFiles({ store, files, filename: parsed });
    rememberWheel(store, { key, wheel });
    return ok(wheel);
  } catch (error) {
    if (error instanceof WheelRefused) return fail(refusedWheel(filename, error.refusal));
    throw error;
  }
}

function keepFiles(content: Pick<WheelContent, 'store' | 'files'> & { readonly filename: WheelFilename }): UnpackedWheel {
  const { store, files, filename } = content;
  checkArchivePaths(Array.from(files.keys(), (path) => ({ path, mode: 0 })));
  const writer = store.writeTree();
  try {
    const assembly = new WheelAssembly({ writer, paths: [...files.keys()] });
    for (const [path, file] of files) {
      const { executable } = file;
      if (file.kind === 'bytes') assembly.addFile(path, { bytes: Buffer.from(file.bytes), executable });
      else
        withBlob({ store, digest: file.digest, executable }, (source) =>
          assembly.addBlob(path, { digest: file.digest, source, executable }),
        );
    }
    return assembly.finish(filename);
  } finally {
    writer.dispose();
  }
}

function withBlob(
  blob: { readonly store: Pick<DirectoryStore, 'blobPath'>; readonly digest: Digest; readonly executable: boolean },
  work: (source: ReturnType<typeof fileSource>) => void,
): void {
  const path = blob.store.blobPath(blob.digest, blob.executable);
  if (path === undefined) throw new Error(`internal: blob ${blob.digest.hash} of a wheel is not in the store`);
  const descriptor = openSync(path, 'r');
  try {
    work(fileSource(descriptor, blob.digest.size));
  } finally {
    closeSync(descriptor);
  }
}

/** Names a wheel that is put together here: sha256 over the paths, modes and digests of its files. */
export function contentKey(files: WheelFiles, filename: string): string {
  const lines = Array.from(files, ([path, file]) => {
    const { hash } = file.kind === 'bytes' ? digestOf(file.bytes) : file.digest;
    return JSON.stringify([path, hash, file.executable]);
  });
  return sha256Of([JSON.stringify(filename), ...lines.toSorted()].join('\n'));
}
