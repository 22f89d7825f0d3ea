import { lstatSync } from 'node:fs';
import { type Digest, digestOfDescriptor, digestOfFile, sameDigest } from '../model/digest.ts';
import { listBlobs } from './inventory.ts';
import { removeFile } from './removal.ts';
import type { StoreLayout } from './store-layout.ts';
import { systemCode } from './system-error.ts';
import { TreeRefused } from './tree-refused.ts';
import { walkTree } from './tree-walk.ts';

/** Whether a file has the bytes of that name; one that the disk cannot read has not. Throws what `fs` throws otherwise. */
export function holdsBlob(path: string, digest: Digest): boolean {
  try {
    return sameDigest(digestOfFile(path), digest);
  } catch (error) {
    if (systemCode(error) === 'EIO') return false;
    throw error;
  }
}

/** Whether a directory is, to the last byte, the tree of that name. Throws what `fs` throws when the directory itself cannot be read. */
export function holdsTree(path: string, tree: Digest): boolean {
  lstatSync(path);
  try {
    return digestOfTree(path).hash === tree.hash;
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof TreeRefused || code === 'ENOENT' || code === 'EIO' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** Digest of a directory as it is now. Throws `TreeRefused` for what no tree can hold. */
export function digestOfTree(path: string): Digest {
  return walkTree(path, { file: ({ descriptor }) => digestOfDescriptor(descriptor) });
}

/**
 * Drops the damaged blobs among those that share files with a tree (its files are hard links of them): a tree made
 * anew would take the damage over. Looks at every blob's inode; for the rare case that a tree was found damaged.
 */
export function dropDamagedBlobsOf(layout: StoreLayout, treePath: string): void {
  const inodes = new Set<number>();
  try {
    walkTree(treePath, {
      file: ({ descriptor, state }) => {
        if (state.nlink > 1) inodes.add(state.ino);
        return digestOfDescriptor(descriptor);
      },
    });
  } catch (error) {
    if (!(error instanceof TreeRefused) && systemCode(error) === undefined) throw error;
  }
  if (inodes.size === 0) return;
  for (const { path, hash, inode } of listBlobs(layout)) {
    if (inodes.has(inode) && digestOfFile(path).hash !== hash) removeFile(path);
  }
}
