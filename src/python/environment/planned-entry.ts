import type { Digest } from '../../model/digest.ts';
import { digestOf } from '../../model/digest.ts';
import { type Directory, directoryDigest, type DirectoryNode, type FileNode, type SymlinkNode } from '../../model/tree.ts';

/** What is to stand at a path of an environment. */
export type PlannedEntry = PlannedDirectory | PlannedLink | PlannedText | PlannedFile;

export interface PlannedDirectory {
  readonly kind: 'directory';
  readonly entries: ReadonlyMap<string, PlannedEntry>;
  /** What follows from the entries, without looking at them; `undefined`: nothing is known. */
  readonly known?:
    | {
        /** Of the directory; `compute` does it from the entries. */
        readonly digests: (compute: () => DirectoryDigests) => DirectoryDigests;
        /** Absolute paths in the store: something of every entry of the store that is needed. */
        readonly sources: readonly string[];
      }
    | undefined;
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
  /** The text with everything that differs between machines replaced; `undefined`: the file is of this machine altogether. */
  readonly portable: string | undefined;
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

/** Two names of one directory. */
export interface DirectoryDigests {
  /** Of the directory exactly as it will stand on disk, links as links. */
  readonly standing: Digest;
  /** Of what it means: content where links lead into the store, nothing of this machine. Equal on all machines. */
  readonly portable: Digest;
}

export function digestsOf(directory: PlannedDirectory): DirectoryDigests {
  return directory.known?.digests(() => computedDigests(directory)) ?? computedDigests(directory);
}

function computedDigests(directory: PlannedDirectory): DirectoryDigests {
  const standing = emptyNodes();
  const portable = emptyNodes();
  let isSame = true;
  for (const [name, entry] of directory.entries) {
    if (entry.kind === 'file') {
      const node = { name, digest: entry.digest, executable: entry.executable || entry.makeExecutable };
      standing.files.push(node);
      portable.files.push(node);
      continue;
    }
    if (entry.kind === 'directory') {
      const digests = digestsOf(entry);
      standing.directories.push({ name, digest: digests.standing });
      portable.directories.push({ name, digest: digests.portable });
      isSame &&= digests.standing === digests.portable;
      continue;
    }
    isSame = false;
    if (entry.kind === 'link') {
      standing.symlinks.push({ name, target: entry.target });
      addMeaning(portable, name, entry);
    } else {
      const { text, portable: meaning, executable } = entry;
      standing.files.push({ name, digest: digestOf(text), executable });
      if (meaning !== undefined) portable.files.push({ name, digest: digestOf(meaning), executable });
    }
  }
  const digest = directoryDigest(standing);
  return { standing: digest, portable: isSame ? digest : directoryDigest(portable) };
}

interface Nodes extends Directory {
  readonly files: FileNode[];
  readonly directories: DirectoryNode[];
  readonly symlinks: SymlinkNode[];
}

function emptyNodes(): Nodes {
  return { files: [], directories: [], symlinks: [] };
}

function addMeaning(nodes: Nodes, name: string, { standsFor }: PlannedLink): void {
  if (standsFor.kind === 'directory') nodes.directories.push({ name, digest: standsFor.digest });
  else if (standsFor.kind === 'file') nodes.files.push({ name, digest: standsFor.digest, executable: standsFor.executable });
  else nodes.symlinks.push({ name, target: standsFor.target });
}
