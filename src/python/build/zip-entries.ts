import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import type { TreeContent } from '../../store/trees.ts';
import { ArchiveRefused, pathInArchive, tooLarge } from './source-archive.ts';

/** Upper bits of "external attributes" where Unix wrote the archive: the mode. */
const UNIX = 3;
const KIND_MASK = 0o170000;
const SYMLINK = 0o120000;

/** The files of a zip archive in memory. Throws {@link ArchiveRefused}. */
export async function readZipEntries(bytes: Buffer, limit: number): Promise<ReadonlyMap<string, TreeContent>> {
  const archive = await open(bytes);
  const entries = new Map<string, TreeContent>();
  let left = limit;
  for await (const entry of listed(archive)) {
    const path = pathInArchive(entry.fileName);
    if (entry.fileName.endsWith('/')) {
      if (path !== '') entries.set(path, { kind: 'directory' });
      continue;
    }
    left -= entry.uncompressedSize;
    if (left < 0) throw new ArchiveRefused(tooLarge(limit));
    const content = await contentOf(archive, entry);
    const mode = entry.versionMadeBy >> 8 === UNIX ? entry.externalFileAttributes >>> 16 : 0;
    const isLink = (mode & KIND_MASK) === SYMLINK;
    entries.set(path, isLink ? { kind: 'symlink', target: content.toString('utf8') } : fileOf(content, mode));
  }
  return entries;
}

function fileOf(bytes: Buffer, mode: number): TreeContent {
  return { kind: 'file', bytes, executable: (mode & 0o111) !== 0 };
}

function open(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, archive) => {
      if (error === null) resolve(archive);
      else reject(damaged(error));
    });
  });
}

async function* listed(archive: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await next(archive);
    if (entry === undefined) return;
    yield entry;
  }
}

function next(archive: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      archive.removeAllListeners();
      finish();
    };
    archive.once('entry', (entry: Entry) => settle(() => resolve(entry)));
    archive.once('end', () => settle(() => resolve(undefined)));
    archive.once('error', (error: Error) => settle(() => reject(damaged(error))));
    archive.readEntry();
  });
}

function contentOf(archive: ZipFile, entry: Entry): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    archive.openReadStream(entry, (error, stream) => {
      if (error !== null) {
        reject(damaged(error));
        return;
      }
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => resolve(Buffer.concat(pieces)));
      stream.on('error', (problem: Error) => reject(damaged(problem)));
    });
  });
}

/** yauzl's own words, which name the entry where one is at fault. */
function damaged(error: Error): ArchiveRefused {
  return new ArchiveRefused(`is damaged or hostile: ${error.message}`);
}
