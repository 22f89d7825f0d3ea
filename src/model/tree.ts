import { type Digest, digestOf } from './digest.ts';
import { compareBytes, WireWriter } from './wire.ts';

/** One level of a Merkle tree (Remote Execution API `Directory`): names are single path components. */
export interface Directory {
  readonly files: readonly FileNode[];
  readonly directories: readonly DirectoryNode[];
  readonly symlinks: readonly SymlinkNode[];
}
export interface FileNode {
  readonly name: string;
  readonly digest: Digest;
  readonly executable: boolean;
}
export interface DirectoryNode {
  readonly name: string;
  /** Digest of the child's canonical `Directory` message: a tree is named by the digest of its root. */
  readonly digest: Digest;
}
export interface SymlinkNode {
  readonly name: string;
  readonly target: string;
}

/** The tree with nothing in it. */
export const EMPTY_TREE: Digest = digestOf(new Uint8Array());

/** Canonical `Directory` message; sorts by name, so the order given does not matter. */
export function encodeDirectory(directory: Directory): Buffer {
  const writer = new WireWriter();
  for (const file of byName(directory.files)) writer.submessage(1, named(file).bool(4, file.executable));
  for (const child of byName(directory.directories)) writer.submessage(2, named(child));
  for (const link of byName(directory.symlinks)) writer.submessage(3, new WireWriter().string(1, link.name).string(2, link.target));
  return writer.finish();
}

/** Written thousands of times for each environment. */
function named({ name, digest }: FileNode | DirectoryNode): WireWriter {
  return new WireWriter().string(1, name).submessage(2, new WireWriter().ascii(1, digest.hash).uint(2, digest.size));
}

/** Writes a `Digest` message as a field of another message. */
export function writeDigest(writer: WireWriter, field: number, digest: Digest): WireWriter {
  return writer.message(field, (message) => message.string(1, digest.hash).uint(2, digest.size));
}

export function directoryDigest(directory: Directory): Digest {
  return digestOf(encodeDirectory(directory));
}

/** In the order of the names' UTF-8 forms, which is that of JavaScript's own comparison as long as no name is beyond {@link BYTE_ORDERED}. */
function byName<T extends { readonly name: string }>(nodes: readonly T[]): readonly T[] {
  if (nodes.length < 2) return nodes;
  if (!nodes.every((node) => BYTE_ORDERED.test(node.name))) return nodes.toSorted((left, right) => compareBytes(left.name, right.name));
  const known = new Map(nodes.map((node) => [node.name, node]));
  if (known.size < nodes.length) throw new Error('internal: two entries of one name in a directory');
  // Without a function to compare with, it is sorted without leaving the engine.
  return [...known.keys()].toSorted().flatMap((name) => known.get(name) ?? []);
}

/** Code units below the surrogates sort alike in UTF-16 and in UTF-8. */
const BYTE_ORDERED = /^[^\ud800-\uffff]*$/;

/** What stands at one path of an input root. A `tree` is a whole directory, named by its root digest. */
export type InputEntry =
  | { readonly kind: 'tree'; readonly digest: Digest }
  | { readonly kind: 'file'; readonly digest: Digest; readonly executable: boolean }
  | { readonly kind: 'symlink'; readonly target: string };

/**
 * What an action can read: paths relative to the input root, such as `build/registry/libc-0.2.186`, without `.` or `..`.
 * No path is below another entry's path.
 */
export type InputRoot = ReadonlyMap<string, InputEntry>;

interface MutableDirectory {
  readonly entries: Map<string, InputEntry | MutableDirectory>;
}

/** Digest of the Merkle tree that an input root describes. Throws on an entry below another entry: a programming error. */
export function inputRootDigest(inputs: InputRoot): Digest {
  const root: MutableDirectory = { entries: new Map() };
  for (const [path, entry] of inputs) {
    const parts = path.split('/');
    let directory = root;
    for (const part of parts.slice(0, -1)) {
      let child = directory.entries.get(part);
      if (child === undefined) {
        child = { entries: new Map() };
        directory.entries.set(part, child);
      }
      if ('kind' in child) throw new Error(`internal: input \`${path}\` lies below another input`);
      directory = child;
    }
    const name = parts.at(-1) ?? '';
    if (directory.entries.has(name)) throw new Error(`internal: two inputs at \`${path}\``);
    directory.entries.set(name, entry);
  }
  return digestMutable(root);
}

function digestMutable(directory: MutableDirectory): Digest {
  const files: FileNode[] = [];
  const directories: DirectoryNode[] = [];
  const symlinks: SymlinkNode[] = [];
  for (const [name, entry] of directory.entries) {
    if (!('kind' in entry)) directories.push({ name, digest: digestMutable(entry) });
    else if (entry.kind === 'tree') directories.push({ name, digest: entry.digest });
    else if (entry.kind === 'symlink') symlinks.push({ name, target: entry.target });
    else files.push({ name, digest: entry.digest, executable: entry.executable });
  }
  return directoryDigest({ files, directories, symlinks });
}
