import { chmodSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { DIRECTORY_MODE, KEPT_MTIME } from './store-layout.ts';
import type { OutlinedDirectory, OutlinedFile } from './tree-outline.ts';

/** Puts one read-only file of an outline at a path. */
export type FilePlacer<Source> = (path: string, file: OutlinedFile<Source>) => void;

/** Writes an outlined directory to a path where nothing is. */
export function writeOutline<Source>(options: {
  readonly path: string;
  readonly directory: OutlinedDirectory<Source>;
  readonly placeFile: FilePlacer<Source>;
  readonly isRoot: boolean;
}): void {
  const { path, directory, placeFile, isRoot } = options;
  mkdirSync(path);
  for (const [name, file] of directory.files) placeFile(`${path}/${name}`, file);
  for (const [name, target] of directory.symlinks) symlinkSync(target, `${path}/${name}`);
  for (const [name, child] of directory.directories) writeOutline({ path: `${path}/${name}`, directory: child, placeFile, isRoot: false });
  sealDirectory(path, isRoot);
}

/** Makes a directory read-only; the root stays writable until it has been moved, for its `..` changes with the move. */
export function sealDirectory(path: string, isRoot: boolean): void {
  utimesSync(path, KEPT_MTIME, KEPT_MTIME);
  chmodSync(path, isRoot ? 0o755 : DIRECTORY_MODE);
}
