import type { Digest } from '../../model/digest.ts';
import { digestOf } from '../../model/digest.ts';
import { type Directory, directoryDigest, type DirectoryNode, type FileNode, type SymlinkNode } from '../../model/tree.ts';

/** What is to stand at a path of an environment. */
export type PlannedEntry = PlannedDirectory | PlannedLink | PlannedText | PlannedFile;

export interface PlannedDirectory {
  readonly kind: 'directory';
  readonly entries: ReadonlyMap<string, PlannedEntry>;
}

export interface PlannedLink {
  readonly kind: 'link';
  /** As it will be written: absolute into the store, or relative within the environment. */
  readonly target: string;
  /** What is found there, as it would be on any machine. */
  readonly standsFor:
    | { readonly kind: 'directory'; readonly digest: Digest }
    | { readonly kind: 'file'; readonly digest: Digest; readonly executable: boolean }
    | { readonly kind: 'symlink'; readonly target: string };
}

export interface PlannedText {
  readonly kind: 'text';
  readonly text: string;
  /** The text with everything that differs between machines replaced. */
  readonly portable: string;
  readonly executable: boolean;
}

/** A file of the store under a second name, where a link would not do. */
export interface PlannedFile {
  readonly kind: 'file';
  /** Absolute path in the store. */
  readonly source: string;
  readonly digest: Digest;
  /** Of the source; with `makeExecutable` a copy is made whose mode says so. */
  readonly executable: boolean;
  readonly makeExecutable: boolean;
}

/** Digest of the directory exactly as it will stand on disk, links as links. */
export function standingDigest(directory: PlannedDirectory): Digest {
  return digestWith(directory, (nodes, name, entry) => {
    if (entry.kind === 'directory') nodes.directories.push({ name, digest: standingDigest(entry) });
    else if (entry.kind === 'link') nodes.symlinks.push({ name, target: entry.target });
    else nodes.files.push(fileNode(name, entry.kind === 'text' ? { ...entry, digest: digestOf(entry.text) } : entry));
  });
}

/** Digest of what the directory means: content where links lead into the store, nothing of this machine. Equal on all machines. */
export function portableDigest(directory: PlannedDirectory): Digest {
  return digestWith(directory, (nodes, name, entry) => {
    if (entry.kind === 'directory') nodes.directories.push({ name, digest: portableDigest(entry) });
    else if (entry.kind === 'text') nodes.files.push(fileNode(name, { ...entry, digest: digestOf(entry.portable) }));
    else if (entry.kind === 'file') nodes.files.push(fileNode(name, entry));
    else if (entry.standsFor.kind === 'directory') nodes.directories.push({ name, digest: entry.standsFor.digest });
    else if (entry.standsFor.kind === 'file') nodes.files.push({ ...entry.standsFor, name });
    else nodes.symlinks.push({ name, target: entry.standsFor.target });
  });
}

interface Nodes extends Directory {
  readonly files: FileNode[];
  readonly directories: DirectoryNode[];
  readonly symlinks: SymlinkNode[];
}

function digestWith(directory: PlannedDirectory, add: (nodes: Nodes, name: string, entry: PlannedEntry) => void): Digest {
  const nodes: Nodes = { files: [], directories: [], symlinks: [] };
  for (const [name, entry] of directory.entries) add(nodes, name, entry);
  return directoryDigest(nodes);
}

function fileNode(name: string, file: (PlannedText | PlannedFile) & { readonly digest: Digest }): FileNode {
  return { name, digest: file.digest, executable: file.executable || (file.kind === 'file' && file.makeExecutable) };
}
