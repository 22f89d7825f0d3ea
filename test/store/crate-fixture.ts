import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar, type TarHeader } from 'modern-tar';
import { sha256Of } from '../../src/model/digest.ts';
import { type CrateArchive, unpackCrate } from '../../src/store/archive.ts';
import type { DirectoryStore } from '../../src/store/directory-store.ts';
import { temporaryDirectory } from './rig.ts';

export type FixtureEntry = Pick<TarHeader, 'name'> & Partial<TarHeader> & { readonly body?: string };

/** A tar archive made by a library that is not the reader under test. */
export async function tarOf(entries: readonly FixtureEntry[]): Promise<Buffer> {
  const packed = await packTar(
    entries.map(({ body = '', ...header }) => ({
      header: { mode: 0o644, mtime: new Date(0), ...header, size: Buffer.byteLength(body) },
      body,
    })),
  );
  return Buffer.from(packed);
}

/** Writes a tar archive as the `.crate` of `demo-1.0.0`, with the checksum it really has. */
export function crateOf(store: DirectoryStore, tar: Buffer): CrateArchive {
  const archive = join(temporaryDirectory(), 'demo-1.0.0.crate');
  const packed = gzipSync(tar);
  writeFileSync(archive, packed);
  return { store, archive, checksum: sha256Of(packed), expectedTopDirectory: 'demo-1.0.0' };
}

/** Unpacks entries as `demo-1.0.0`: the tree's path, or the diagnostics' messages. */
export async function unpacked(store: DirectoryStore, entries: readonly FixtureEntry[]): Promise<string | readonly string[]> {
  const result = await unpackCrate(crateOf(store, await tarOf(entries)));
  if (!result.ok) return result.diagnostics.map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`);
  return store.treePath(result.value) ?? 'not kept';
}
