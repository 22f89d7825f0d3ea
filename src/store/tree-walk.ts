import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import type { Digest } from '../model/digest.ts';
import { type DirectoryNode, directoryDigest, type FileNode, type SymlinkNode } from '../model/tree.ts';
import { checkSymlink, TreeRefused } from './tree-refused.ts';

/** What is done at the files and directories of a tree on disk while its digest is computed. */
export interface TreeVisitor {
  /** Gives the digest of an open file. */
  file(file: { readonly descriptor: number; readonly path: string; readonly state: Stats }): Digest;
  /** After everything in the directory was visited; absolute path. */
  directory?(path: string, isRoot: boolean): void;
}

/** Digest of a directory on disk; throws {@link TreeRefused} for what a tree cannot hold. */
export function walkTree(root: string, visitor: TreeVisitor): Digest {
  return walkDirectory({ absolute: root, relative: '', visitor });
}

function walkDirectory(place: { readonly absolute: string; readonly relative: string; readonly visitor: TreeVisitor }): Digest {
  const { absolute, relative, visitor } = place;
  const files: FileNode[] = [];
  const directories: DirectoryNode[] = [];
  const symlinks: SymlinkNode[] = [];
  for (const entry of readdirSync(absolute, { withFileTypes: true })) {
    const { name } = entry;
    const path = relative === '' ? name : `${relative}/${name}`;
    const child = { absolute: `${absolute}/${name}`, relative: path, visitor };
    if (name.includes('\uFFFD')) throw new TreeRefused({ refusal: 'not-utf8', path });
    if (entry.isDirectory()) directories.push({ name, digest: walkDirectory(child) });
    else if (entry.isFile()) files.push({ name, ...visitFile(child) });
    else symlinks.push({ name, target: checkedTarget(child, entry) });
  }
  visitor.directory?.(absolute, relative === '');
  return directoryDigest({ files, directories, symlinks });
}

function visitFile(place: { readonly absolute: string; readonly visitor: TreeVisitor }): {
  readonly digest: Digest;
  readonly executable: boolean;
} {
  const descriptor = openSync(place.absolute, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const state = fstatSync(descriptor);
    const digest = place.visitor.file({ descriptor, path: place.absolute, state });
    return { digest, executable: (state.mode & 0o111) !== 0 };
  } finally {
    closeSync(descriptor);
  }
}

function checkedTarget(place: { readonly absolute: string; readonly relative: string }, entry: Dirent): string {
  if (!entry.isSymbolicLink()) throw new TreeRefused({ refusal: 'special-file', path: place.relative });
  const target = readlinkSync(place.absolute);
  checkSymlink(place.relative, target);
  return target;
}
