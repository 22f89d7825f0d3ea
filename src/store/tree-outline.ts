import type { Digest } from '../model/digest.ts';
import { directoryDigest } from '../model/tree.ts';
import { checkSymlink, TreeRefused } from './tree-refused.ts';

/** A file of a tree that is not on disk yet; `Source` says where its bytes come from. */
export interface OutlinedFile<Source> {
  readonly digest: Digest;
  readonly executable: boolean;
  readonly source: Source;
}

export interface OutlinedDirectory<Source> {
  readonly files: ReadonlyMap<string, OutlinedFile<Source>>;
  readonly directories: ReadonlyMap<string, OutlinedDirectory<Source>>;
  readonly symlinks: ReadonlyMap<string, string>;
}

interface OpenDirectory<Source> extends OutlinedDirectory<Source> {
  readonly files: Map<string, OutlinedFile<Source>>;
  readonly directories: Map<string, OpenDirectory<Source>>;
  readonly symlinks: Map<string, string>;
}

/** A tree described path by path before anything is written: paths and links are checked here. A later entry replaces an earlier one. */
export class TreeOutline<Source> {
  readonly #root: OpenDirectory<Source> = emptyDirectory();

  get root(): OutlinedDirectory<Source> {
    return this.#root;
  }

  /** Throws {@link TreeRefused}, as the others do. */
  addFile(path: string, file: OutlinedFile<Source>): void {
    const { parent, name } = this.#place(path);
    parent.symlinks.delete(name);
    parent.files.set(name, file);
  }

  addSymlink(path: string, target: string): void {
    checkSymlink(path, target);
    const { parent, name } = this.#place(path);
    parent.files.delete(name);
    parent.symlinks.set(name, target);
  }

  addDirectory(path: string): void {
    this.#directory(components(path), path);
  }

  digest(): Digest {
    return digestOfDirectory(this.#root);
  }

  #place(path: string): { readonly parent: OpenDirectory<Source>; readonly name: string } {
    const parts = components(path);
    const name = parts.pop() ?? '';
    const parent = this.#directory(parts, path);
    if (parent.directories.has(name)) throw new TreeRefused({ refusal: 'conflict', path });
    return { parent, name };
  }

  #directory(parts: readonly string[], path: string): OpenDirectory<Source> {
    let directory = this.#root;
    for (const part of parts) {
      let child = directory.directories.get(part);
      if (child === undefined) {
        if (directory.files.has(part) || directory.symlinks.has(part)) throw new TreeRefused({ refusal: 'conflict', path });
        child = emptyDirectory();
        directory.directories.set(part, child);
      }
      directory = child;
    }
    return directory;
  }
}

function emptyDirectory<Source>(): OpenDirectory<Source> {
  return { files: new Map(), directories: new Map(), symlinks: new Map() };
}

function components(path: string): string[] {
  const parts = path.split('/');
  const bad = path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..');
  if (bad) throw new TreeRefused({ refusal: 'bad-path', path });
  return parts;
}

function digestOfDirectory<Source>(directory: OutlinedDirectory<Source>): Digest {
  return directoryDigest({
    files: Array.from(directory.files, ([name, file]) => ({ name, digest: file.digest, executable: file.executable })),
    directories: Array.from(directory.directories, ([name, child]) => ({ name, digest: digestOfDirectory(child) })),
    symlinks: Array.from(directory.symlinks, ([name, target]) => ({ name, target })),
  });
}
