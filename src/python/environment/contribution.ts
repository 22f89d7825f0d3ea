import { type Digest, digestOf } from '../../model/digest.ts';
import type { ListedDirectory, TreeListing } from '../../store/tree-listing.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { PlannedDirectory, PlannedLink } from './planned-entry.ts';

/** What one part wants at one path of the environment. */
export interface Contribution {
  /** `undefined`: the environment itself. */
  readonly owner: DistributionName | undefined;
  readonly node: SourceNode;
}

export type SourceNode = SourceDirectory | SourceFile;
export type SourceDirectory = TreeDirectory | MadeDirectory;
export type SourceFile = TreeFile | TreeSymlink | MadeText | MadeLink;

/** A tree of the store, with what is known of it. */
export interface MountedTree {
  /** Absolute. */
  readonly directory: string;
  readonly listing: () => TreeListing;
}

export interface TreeDirectory {
  readonly kind: 'tree-directory';
  readonly tree: MountedTree;
  /** Relative to the tree; `''`: the tree itself. */
  readonly path: string;
  readonly digest: Digest;
}

/** A directory that no tree has. */
export interface MadeDirectory {
  readonly kind: 'made-directory';
  readonly children: ReadonlyMap<string, SourceNode>;
  /** What follows from all its children, where that is known without looking at them; `undefined`: it is not. */
  readonly known?: PlannedDirectory['known'];
}

export interface TreeFile {
  readonly kind: 'tree-file';
  readonly tree: MountedTree;
  readonly path: string;
  readonly digest: Digest;
  readonly executable: boolean;
  /** `file`: no link will do, it has to stand there under a second name; `program`: and be executable. */
  readonly use: 'link' | 'file' | 'program';
}

export interface TreeSymlink {
  readonly kind: 'tree-symlink';
  readonly tree: MountedTree;
  readonly path: string;
  readonly target: string;
}

export interface MadeText {
  readonly kind: 'made-text';
  readonly text: string;
  readonly portable: string;
  readonly executable: boolean;
}

export interface MadeLink {
  readonly kind: 'made-link';
  readonly target: string;
  readonly standsFor: PlannedLink['standsFor'];
}

export function isDirectory(node: SourceNode): node is SourceDirectory {
  return node.kind === 'tree-directory' || node.kind === 'made-directory';
}

/** What is in a directory, by name. */
export function childrenOf(directory: SourceDirectory): ReadonlyMap<string, SourceNode> {
  if (directory.kind === 'made-directory') return directory.children;
  const { tree, path } = directory;
  const listed = listingAt(tree, path);
  const below = (name: string): string => (path === '' ? name : `${path}/${name}`);
  const children = new Map<string, SourceNode>();
  for (const [name, digest] of listed.directories) children.set(name, { kind: 'tree-directory', tree, path: below(name), digest });
  for (const [name, file] of listed.files) children.set(name, { kind: 'tree-file', tree, path: below(name), use: 'link', ...file });
  for (const [name, target] of listed.symlinks) children.set(name, { kind: 'tree-symlink', tree, path: below(name), target });
  return children;
}

export function listingAt(tree: MountedTree, path: string): ListedDirectory {
  const listed = tree.listing().directory(path);
  if (listed === undefined) throw new Error(`internal: no \`${path}\` in the listing of ${tree.directory}`);
  return listed;
}

/** Equal for files that are the same wherever they come from. */
export function identityOf(file: SourceFile): string {
  switch (file.kind) {
    case 'tree-file':
      return `file ${file.digest.hash}`;
    case 'made-text':
      return `file ${digestOf(file.text).hash}`;
    case 'tree-symlink':
    case 'made-link':
      return `link ${file.target}`;
    default:
      throw new Error(`internal: unknown file ${String(file satisfies never)}`);
  }
}

export function madeText(text: string, options: { readonly portable?: string; readonly executable?: boolean } = {}): MadeText {
  return { kind: 'made-text', text, portable: options.portable ?? text, executable: options.executable ?? false };
}

/** A chain of directories down to `node`: `lib/python3.11` and a node give `lib` with `python3.11` in it. */
export function madeAt(path: string, node: SourceNode): MadeDirectory {
  const [name = '', ...rest] = path.split('/');
  return { kind: 'made-directory', children: new Map([[name, rest.length === 0 ? node : madeAt(rest.join('/'), node)]]) };
}
