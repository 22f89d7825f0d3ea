import { WheelRefused } from './wheel-refused.ts';

/** An entry's name and mode, before anything of it is read. */
export interface NamedEntry {
  readonly path: string;
  /** Unix mode with the file's type; 0: unknown, taken for a regular file. */
  readonly mode: number;
}

const TYPE_MASK = 0o170_000;
const REGULAR = 0o100_000;
const DIRECTORY = 0o040_000;
const SYMLINK = 0o120_000;
const LONGEST_PATH = 1024;

/**
 * Checks that every entry of an archive leads to a place of its own inside the directory it is unpacked to. Throws {@link WheelRefused}
 * for the first that does not, entries that collide on a file system without case included.
 */
export function checkArchivePaths(entries: readonly NamedEntry[]): void {
  for (const entry of entries) {
    checkName(entry.path);
    checkType(entry);
  }
  const collision = findCollision(entries.map(({ path }) => path));
  if (collision !== undefined) throw new WheelRefused({ kind: 'collision', ...collision });
}

export interface PathCollision {
  readonly first: string;
  readonly second: string;
  readonly why: 'twice' | 'case' | 'file-and-directory';
}

/** Two paths that cannot both be written: directories end in `/`. `undefined`: there are none. */
export function findCollision(paths: readonly string[]): PathCollision | undefined {
  const files = new Map<string, string>();
  for (const path of paths) {
    if (path.endsWith('/')) continue;
    const folded = foldCase(path);
    const first = files.get(folded);
    if (first !== undefined) return { first, second: path, why: first === path ? 'twice' : 'case' };
    files.set(folded, path);
  }
  const checked = new Set<string>();
  for (const path of paths) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = path.slice(0, slash);
      if (checked.has(directory)) break;
      checked.add(directory);
      const first = files.get(foldCase(directory));
      if (first !== undefined) return { first, second: path, why: 'file-and-directory' };
    }
  }
  return undefined;
}

/** The form in which paths are equal that a file system may take for the same. */
function foldCase(path: string): string {
  // oxlint-disable-next-line no-control-regex -- Most names are plain, and normalising is slow.
  return (/^[\u0000-\u007F]*$/.test(path) ? path : path.normalize('NFC')).toLowerCase();
}

function checkName(path: string): void {
  if (path.startsWith('/')) refuse(path, 'has an absolute path');
  if (path.includes('\\')) refuse(path, 'has a backslash in its path');
  if (/^[A-Za-z]:/.test(path)) refuse(path, 'has a drive letter in its path');
  if (path.includes('\0')) refuse(path.replaceAll('\0', '\\0'), 'has a NUL in its path');
  if (Buffer.byteLength(path) > LONGEST_PATH) refuse(path, `has a path of more than ${LONGEST_PATH} bytes`);
  const parts = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  if (parts.includes('..')) refuse(path, 'climbs out of its directory');
  if (parts.includes('') || parts.includes('.')) refuse(path, 'has an empty or `.` component in its path');
}

function checkType(entry: NamedEntry): void {
  const type = entry.mode & TYPE_MASK;
  if (type === SYMLINK) refuse(entry.path, 'is a symlink');
  if (type !== 0 && type !== REGULAR && type !== DIRECTORY) refuse(entry.path, 'is a device or of an unknown kind');
  if (type === DIRECTORY && !entry.path.endsWith('/')) refuse(entry.path, 'is a directory with a name of a file');
}

function refuse(path: string, why: string): never {
  throw new WheelRefused({ kind: 'entry', path, why });
}
