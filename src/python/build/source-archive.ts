import { readFileSync } from 'node:fs';
import { gunzip } from 'node:zlib';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Digest } from '../../model/digest.ts';
import { formatTree, parseTree } from '../../source/tree-memory.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import { systemCode } from '../../store/system-error.ts';
import { readTar, TarDamaged } from '../../store/tar.ts';
import { type TreeRefusal, TreeRefused } from '../../store/tree-refused.ts';
import type { TreeContent } from '../../store/trees.ts';

export interface SourceArchive {
  readonly store: Pick<DirectoryStore, 'putTree' | 'treePath' | 'getNote' | 'putNote'>;
  /** Absolute; its bytes have been checked against the lock. */
  readonly path: string;
  /** Of its bytes. */
  readonly digest: Digest;
  /** Says of what kind it is: `.tar.gz`, `.tgz`, `.tar` or `.zip`. */
  readonly filename: string;
}

/** Bytes that an archive may unpack to at least, and how often its own size. */
const UNPACKED_BYTES = 1 << 30;
const UNPACKED_RATIO = 50;

/** Part of the note's key: another way of unpacking needs another. */
const RULES = '1';

/**
 * A source distribution as a tree of the store: without the one directory at its top (PEP 625), with the executable bit as the only mode.
 * Unpacked once per archive. F0992: it is damaged, of an unknown kind, or has an entry that leads out.
 */
export async function unpackSourceArchive(archive: SourceArchive): Promise<Result<Digest>> {
  const { store, digest } = archive;
  const key = `${RULES} ${digest.hash}`;
  const note = store.getNote('source-archives', key);
  const known = note === undefined ? undefined : parseTree(note);
  if (known !== undefined && store.treePath(known) !== undefined) return ok(known);
  try {
    const tree = store.putTree(withoutTop(await readEntries(archive)));
    store.putNote('source-archives', key, formatTree(tree));
    return ok(tree);
  } catch (error) {
    return fail(explain(archive, error));
  }
}

/** What is wrong with an archive, in words that follow its name; caught in this file. */
export class ArchiveRefused extends Error {}

async function readEntries({ path, filename }: SourceArchive): Promise<ReadonlyMap<string, TreeContent>> {
  const bytes = readFileSync(path);
  if (/\.zip$/i.test(filename)) {
    const { readZipEntries } = await import('./zip-entries.ts');
    return readZipEntries(bytes, limitFor(bytes));
  }
  if (/\.tar$/i.test(filename)) return tarEntries(bytes);
  if (/\.(?:tar\.gz|tgz)$/i.test(filename)) return tarEntries(await unzip(bytes));
  throw new ArchiveRefused('is of a kind that source distributions do not have: `.tar.gz` or `.zip` is expected');
}

function limitFor(bytes: Buffer): number {
  return Math.max(UNPACKED_BYTES, bytes.length * UNPACKED_RATIO);
}

function unzip(packed: Buffer): Promise<Buffer> {
  const maxOutputLength = limitFor(packed);
  return new Promise((resolve, reject) => {
    gunzip(packed, { maxOutputLength }, (error, bytes) => {
      if (error === null) resolve(bytes);
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') reject(new ArchiveRefused(tooLarge(maxOutputLength)));
      else reject(new ArchiveRefused(`is damaged: ${error.message}`));
    });
  });
}

export function tooLarge(limit: number): string {
  return `unpacks to more than ${Math.floor(limit / (1 << 20))} MiB`;
}

/** A later entry of the same path wins, as when unpacking. */
function tarEntries(archive: Buffer): ReadonlyMap<string, TreeContent> {
  const entries = new Map<string, TreeContent>();
  for (const { kind, path: written, target, mode, bytes } of readTar(archive)) {
    if (kind === 'global-header') continue;
    const path = pathInArchive(written);
    if (kind === 'directory') {
      if (path !== '') entries.set(path, { kind: 'directory' });
    } else if (kind === 'file') entries.set(path, { kind: 'file', bytes, executable: (mode & 0o111) !== 0 });
    else if (kind === 'symlink') entries.set(path, { kind: 'symlink', target });
    else if (kind === 'hard-link') entries.set(path, linkedFile({ entries, path: written, target }));
    else throw new ArchiveRefused(`has an entry that is a device or of an unknown kind: \`${written}\``);
  }
  return entries;
}

/** Without `.` and empty parts; throws {@link ArchiveRefused} for a path that leads out. */
export function pathInArchive(path: string): string {
  if (path.startsWith('/')) throw new ArchiveRefused(`has an entry with an absolute path: \`${path}\``);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ArchiveRefused(`has an entry that climbs out: \`${path}\``);
  return parts.join('/');
}

function linkedFile(link: {
  readonly entries: ReadonlyMap<string, TreeContent>;
  readonly path: string;
  readonly target: string;
}): TreeContent {
  const file = link.entries.get(pathInArchive(link.target));
  if (file?.kind !== 'file') throw new ArchiveRefused(`has a hard link to what is no file of it: \`${link.path}\``);
  return file;
}

/** Below the one directory at the top; as it is where there are several. */
function withoutTop(entries: ReadonlyMap<string, TreeContent>): ReadonlyMap<string, TreeContent> {
  const tops = new Set([...entries.keys()].map((path) => path.split('/', 1)[0]));
  const [top] = tops;
  const topEntry = top === undefined ? undefined : entries.get(top);
  if (tops.size !== 1 || top === undefined || (topEntry !== undefined && topEntry.kind !== 'directory')) return entries;
  return new Map([...entries].filter(([path]) => path !== top).map(([path, entry]) => [path.slice(top.length + 1), entry]));
}

function explain(archive: SourceArchive, error: unknown): Diagnostic {
  if (error instanceof ArchiveRefused) return refused(archive, error.message);
  if (error instanceof TarDamaged) return refused(archive, `is cut short or damaged: ${error.message}`);
  if (error instanceof TreeRefused) return refused(archive, refusalWords(error));
  const code = systemCode(error);
  if (code === undefined) throw error;
  return refused(archive, `cannot be read: ${code}`);
}

function refusalWords({ refusal, path, target = '' }: TreeRefused): string {
  const words: Readonly<Record<TreeRefusal, string>> = {
    'bad-path': `has an entry with a bad path: \`${path}\``,
    conflict: `has \`${path}\` as a file and as a directory`,
    'absolute-symlink': `has a symlink to an absolute path: \`${path}\` -> \`${target}\``,
    'symlink-leaves-tree': `has a symlink that leads out: \`${path}\` -> \`${target}\``,
    'special-file': `has an entry that is a device or of an unknown kind: \`${path}\``,
    'not-utf8': `has a name that is not UTF-8: \`${path}\``,
  };
  return words[refusal];
}

function refused({ filename, path }: SourceArchive, why: string): Diagnostic {
  return {
    code: 'F0992',
    severity: 'error',
    blame: 'input',
    message: `the source distribution \`${filename}\` ${why}`,
    facts: [['archive', path]],
    hints: ['use another version of the package, or a wheel of it; if the download may be damaged, remove the archive and build again'],
  };
}
