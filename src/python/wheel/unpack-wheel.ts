import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Digest } from '../../model/digest.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import { systemCode } from '../../store/system-error.ts';
import { fileSource } from '../byte-source.ts';
import type { UnpackedWheel } from '../wheel.ts';
import { parseWheelFilename, type WheelFilename } from '../wheel-filename.ts';
import { checkArchivePaths } from './archive-paths.ts';
import { checkMethod, unpackInPool, unpackNow } from './inflate.ts';
import { PoolWork } from './pool-work.ts';
import { WheelAssembly } from './wheel-assembly.ts';
import { rememberedWheel, rememberWheel } from './wheel-memory.ts';
import { checkIdentity } from './wheel-metadata.ts';
import { badFilename, refusedWheel, WheelRefused } from './wheel-refused.ts';
import { unpackedPieces, ZipContents } from './zip-contents.ts';
import { readZipDirectory, type ZipDirectory, type ZipEntry } from './zip-directory.ts';

/** What unpacking needs of the store. */
export type WheelStore = Pick<DirectoryStore, 'writeTree' | 'treePath' | 'getNote' | 'putNote'>;

export interface WheelArchive {
  readonly store: WheelStore;
  /** Absolute path of the archive; not read when the wheel was unpacked before. */
  readonly path: string;
  /** Of the archive; the caller has checked it. */
  readonly digest: Digest;
  /** `numpy-2.1.0-cp313-cp313-manylinux_2_17_x86_64.whl`; the name of `path` does not matter. */
  readonly filename: string;
  /** Nothing else waits for this thread, so that it need not share its work with the thread pool. */
  readonly alone?: boolean;
}

/** A wheel may unpack to this many bytes, or to this many times its own size, whichever is more. Deflate's limit is 1032 times. */
export const UNPACKED_BYTES = 256 << 20;
export const UNPACKED_RATIO = 100;

/** Entries up to this size are unpacked at once, larger ones in the thread pool; above the second they never are in memory as a whole. */
const SMALL_BYTES = 64 << 10;
const LARGE_BYTES = 16 << 20;

/** Unpacked bytes of one wheel that may be on their way through the thread pool. */
const BYTES_UNDER_WAY = 32 << 20;

/** Small entries worth this many bytes, some milliseconds, are unpacked before other work gets its turn; writing a file counts as so many. */
const BYTES_BEFORE_TURN = 2 << 20;
const BYTES_OF_A_FILE = 8 << 10;

/**
 * Unpacks a wheel into the store, laid out as {@link UnpackedWheel} says, checking all of it; every file is hashed on its way. What was
 * unpacked before is remembered by the archive's sha256, and its archive is not opened. Several may be under way at once. Diagnostics F0940
 * to F0949.
 */
export async function unpackWheel(wheel: WheelArchive): Promise<Result<UnpackedWheel>> {
  const { store, path, digest, filename, alone = false } = wheel;
  const parsed = parseWheelFilename(filename);
  if (parsed === undefined) return fail(badFilename(filename));
  try {
    const known = rememberedWheel(store, digest.hash);
    if (known !== undefined) {
      checkIdentity(known.facts, parsed);
      return ok(known);
    }
    const unpacked = await unpackFile({ store, path, filename: parsed, alone });
    rememberWheel(store, { key: digest.hash, wheel: unpacked });
    return ok(unpacked);
  } catch (error) {
    if (error instanceof WheelRefused) return fail(refusedWheel(filename, error.refusal));
    const code = systemCode(error);
    if (code === undefined) throw error;
    return fail(unreadable({ filename, path, code }));
  }
}

async function unpackFile(wheel: {
  readonly store: WheelStore;
  readonly path: string;
  readonly filename: WheelFilename;
  readonly alone: boolean;
}): Promise<UnpackedWheel> {
  const descriptor = openSync(wheel.path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const source = fileSource(descriptor, size);
    const directory = readZipDirectory(source);
    checkEntries(directory, size);
    const writer = wheel.store.writeTree();
    try {
      const paths = directory.entries.map((entry) => entry.path).filter((path) => !path.endsWith('/'));
      const assembly = new WheelAssembly({ writer, paths });
      const contents = new ZipContents(source, directory);
      await addEntries({ entries: directory.entries, contents, assembly, archive: wheel.path, alone: wheel.alone });
      return assembly.finish(wheel.filename);
    } finally {
      writer.dispose();
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Everything that can be told before any entry is unpacked. Throws {@link WheelRefused}. */
function checkEntries(directory: ZipDirectory, archiveSize: number): void {
  checkArchivePaths(directory.entries);
  let size = 0;
  for (const entry of directory.entries) {
    checkMethod(entry);
    size += entry.size;
  }
  const limit = Math.max(UNPACKED_BYTES, archiveSize * UNPACKED_RATIO);
  if (size > limit) throw new WheelRefused({ kind: 'oversized', size, limit });
}

interface Entries {
  readonly entries: readonly ZipEntry[];
  readonly contents: ZipContents;
  readonly assembly: WheelAssembly;
  /** Absolute path. */
  readonly archive: string;
  readonly alone: boolean;
}

async function addEntries(options: Entries): Promise<void> {
  const pool = new PoolWork(BYTES_UNDER_WAY);
  let bytesThisTurn = 0;
  try {
    for (const entry of options.entries) {
      if (entry.path.endsWith('/')) options.contents.locate(entry);
      else if (Math.max(entry.size, entry.packedSize) > LARGE_BYTES) await addLarge(entry, options);
      else if (options.alone) addSmall(entry, options);
      else if (entry.size > SMALL_BYTES) await pool.add(entry.size, () => addFromPool(entry, options));
      else bytesThisTurn += addSmall(entry, options);
      if (bytesThisTurn > BYTES_BEFORE_TURN) {
        bytesThisTurn = 0;
        await new Promise(setImmediate);
      }
    }
    await pool.finish();
  } finally {
    await pool.settle();
  }
}

/** Bytes unpacked, and some for the file itself. */
function addSmall(entry: ZipEntry, { contents, assembly }: Entries): number {
  assembly.addFile(entry.path, { bytes: unpackNow(entry, contents.packed(entry)), executable: isExecutable(entry) });
  return entry.size + BYTES_OF_A_FILE;
}

async function addFromPool(entry: ZipEntry, { contents, assembly }: Entries): Promise<void> {
  const bytes = await unpackInPool(entry, contents.packed(entry));
  assembly.addFile(entry.path, { bytes, executable: isExecutable(entry) });
}

async function addLarge(entry: ZipEntry, { contents, assembly, archive }: Entries): Promise<void> {
  if (entry.packedSize === 0) throw new WheelRefused({ kind: 'damaged', problem: `entry \`${entry.path}\` has no data` });
  const start = contents.locate(entry);
  const packed = createReadStream(archive, { start, end: start + entry.packedSize - 1, highWaterMark: 1 << 18 });
  await assembly.addPieces(entry.path, { pieces: unpackedPieces(entry, packed), executable: isExecutable(entry) });
}

function isExecutable(entry: ZipEntry): boolean {
  return (entry.mode & 0o111) !== 0;
}

function unreadable(wheel: { readonly filename: string; readonly path: string; readonly code: string }): Diagnostic {
  return {
    code: 'F0949',
    severity: 'error',
    blame: 'infrastructure',
    message: `wheel \`${wheel.filename}\` cannot be read`,
    facts: [
      ['file', wheel.path],
      ['error', wheel.code],
    ],
    hints: ['make the file readable, or run again so that it is fetched anew'],
  };
}
