import { readFileSync } from 'node:fs';
import { gunzip } from 'node:zlib';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { type Digest, type Sha256, sha256Of } from '../model/digest.ts';
import { type ArchiveName, damagedArchive, missingArchive, oversizedArchive, refusedEntry, wrongChecksum } from './archive-diagnostics.ts';
import type { DirectoryStore } from './directory-store.ts';
import { systemCode } from './system-error.ts';
import { readTar, TarDamaged, type TarEntry } from './tar.ts';
import { TreeRefused, type TreeRefusal } from './tree-refused.ts';
import type { TreeContent } from './trees.ts';

/** A crate as a registry keeps it: a gzipped tar archive with everything below one directory. */
export interface CrateArchive {
  readonly store: Pick<DirectoryStore, 'putTree'>;
  /** Absolute path of the `.crate`. */
  readonly archive: string;
  /** From `Cargo.lock`. */
  readonly checksum: Sha256;
  /** `NAME-VERSION`: the one directory at the top, which the tree leaves out. */
  readonly expectedTopDirectory: string;
}

/** An entry that is refused; caught in this file. */
class EntryRefused extends Error {
  readonly path: string;
  readonly why: string;
  constructor(path: string, why: string) {
    super(`${path} ${why}`);
    this.path = path;
    this.why = why;
  }
}

/** Bytes that an archive may unpack to at least, and how often its own size (cargo `src/cargo/sources/registry/mod.rs`, `max_unpack_size`). */
const UNPACKED_BYTES = 512 << 20;
const UNPACKED_RATIO = 20;

/**
 * Checks a crate's archive and unpacks it into the store: the files that cargo would unpack (cargo `unpack`: `.cargo-ok` left out), with the
 * executable bit as the only mode. Gunzip runs in the thread pool, so several can be under way; each holds its unpacked
 * bytes in memory. Diagnostics F0301 to F0305.
 */
export async function unpackCrate(options: CrateArchive): Promise<Result<Digest>> {
  const { store, checksum, ...archive } = options;
  return await withCrateFiles(archive, checksum, (files) => store.putTree(files));
}

/**
 * Hands on the files of a crate's archive, by path; `checksum` is `undefined` when somebody else vouches for it. What `use` throws as
 * {@link TreeRefused} is a diagnostic as well.
 */
export async function withCrateFiles<T>(
  { archive, expectedTopDirectory }: Pick<CrateArchive, 'archive' | 'expectedTopDirectory'>,
  checksum: Sha256 | undefined,
  use: (files: ReadonlyMap<string, TreeContent>) => T,
): Promise<Result<T>> {
  const name: ArchiveName = { crate: expectedTopDirectory, archive };
  const packed = readArchive(name);
  if (!packed.ok) return packed;
  const found = checksum === undefined ? undefined : sha256Of(packed.value);
  if (checksum !== undefined && found !== undefined && found !== checksum) return fail(wrongChecksum(name, { locked: checksum, found }));
  const unpacked = await unzip(packed.value, name);
  if (!unpacked.ok) return unpacked;
  try {
    return ok(use(crateFiles(unpacked.value, expectedTopDirectory)));
  } catch (error) {
    return fail(diagnose(error, name));
  }
}

function readArchive(name: ArchiveName): Result<Buffer> {
  try {
    return ok(readFileSync(name.archive));
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return fail(missingArchive(name, code));
  }
}

function unzip(packed: Buffer, name: ArchiveName): Promise<Result<Buffer>> {
  const limit = Math.max(UNPACKED_BYTES, packed.length * UNPACKED_RATIO);
  // The last four bytes say how much will come out; a wrong figure only costs time.
  const announced = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4);
  const chunkSize = Math.min(Math.max(announced + 1, 1 << 14), UNPACKED_RATIO * packed.length + (1 << 14), 64 << 20);
  return new Promise((resolve) => {
    gunzip(packed, { chunkSize, maxOutputLength: limit }, (error, bytes) => {
      if (error === null) resolve(ok(bytes));
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') resolve(fail(oversizedArchive(name, limit)));
      else resolve(fail(damagedArchive(name, error.message)));
    });
  });
}

/** The crate's files by path below its top directory; a later entry of the same path wins, as when unpacking. */
function crateFiles(archive: Buffer, top: string): ReadonlyMap<string, TreeContent> {
  const files = new Map<string, TreeContent>();
  for (const entry of readTar(archive)) {
    const path = pathInCrate(entry.path, top);
    if (path === '' && entry.kind === 'directory') continue;
    if (path === '') throw new EntryRefused(entry.path, 'stands where the directory of the crate should');
    if (path === '.cargo-ok' || path.endsWith('/.cargo-ok')) continue;
    const content = contentOf(entry, { files, top });
    if (content !== undefined) files.set(path, content);
  }
  return files;
}

/** Path below the top directory, `''` for that directory itself. Throws {@link EntryRefused} for a path that leads elsewhere. */
function pathInCrate(path: string, top: string): string {
  if (path.startsWith('/')) throw new EntryRefused(path, 'has an absolute path');
  const parts = path.split('/');
  if (parts.includes('..')) throw new EntryRefused(path, 'climbs out of its directory');
  if (path.includes('\uFFFD')) throw new EntryRefused(path, 'has a name that is not UTF-8');
  if (parts[0] !== top) throw new EntryRefused(path, `lies outside \`${top}/\``);
  return parts
    .slice(1)
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

interface CrateSoFar {
  readonly files: ReadonlyMap<string, TreeContent>;
  readonly top: string;
}

/** `undefined` for what leaves no file. */
function contentOf(entry: TarEntry, crate: CrateSoFar): TreeContent | undefined {
  if (entry.kind === 'file') return { kind: 'file', bytes: entry.bytes, executable: (entry.mode & 0o111) !== 0 };
  if (entry.kind === 'directory') return { kind: 'directory' };
  if (entry.kind === 'symlink') return { kind: 'symlink', target: entry.target };
  if (entry.kind === 'hard-link') return linkedFile(entry, crate);
  if (entry.kind === 'global-header') return undefined;
  throw new EntryRefused(entry.path, 'is a device or of an unknown kind');
}

/** A hard link is a file that came before, by its path in the archive. */
function linkedFile(entry: TarEntry, crate: CrateSoFar): TreeContent {
  const file = entry.target.split('/').includes('..') ? undefined : crate.files.get(entry.target.slice(crate.top.length + 1));
  if (!entry.target.startsWith(`${crate.top}/`) || file?.kind !== 'file') {
    throw new EntryRefused(entry.path, `is a hard link to \`${entry.target}\`, which is no file of the crate`);
  }
  return file;
}

function diagnose(error: unknown, name: ArchiveName): Diagnostic {
  if (error instanceof EntryRefused) return refusedEntry(name, error);
  if (error instanceof TarDamaged) return damagedArchive(name, error.message);
  if (error instanceof TreeRefused) return refusedEntry(name, { path: `${name.crate}/${error.path}`, why: refusalWords(error) });
  throw error;
}

function refusalWords(refused: TreeRefused): string {
  const target = refused.target ?? '';
  const words: Readonly<Record<TreeRefusal, string>> = {
    'bad-path': 'has a bad path',
    conflict: 'is both a file or link and a directory',
    'absolute-symlink': `is a symlink to the absolute path \`${target}\``,
    'symlink-leaves-tree': `is a symlink to \`${target}\`, which leaves the crate`,
    'special-file': 'is a device or of an unknown kind',
    'not-utf8': 'has a name that is not UTF-8',
  };
  return words[refused.refusal];
}
