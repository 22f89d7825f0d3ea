import { realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { DirectoryReader } from '../repository/directory-listings.ts';
import { type IgnoreScope, isIgnored, withIgnoreFile } from '../repository/git-ignore.ts';
import type { Probe } from './disk-probe.ts';
import { isWithin } from './path-within.ts';

/** The files of a path package by git's rules. */
export interface PackageFiles {
  /** Absolute directory of the manifest. */
  readonly root: string;
  /** Relative to the root, `/`-separated, in the order of the walk. Links to files are files here. */
  readonly paths: readonly string[];
}

export interface PackageFilesOptions {
  /** Absolute. */
  readonly packageRoot: string;
  /** Absolute: where `.gitignore` files begin to count when no `.git` is above the package. */
  readonly repositoryRoot: string;
  readonly directories: DirectoryReader;
  readonly probe: Probe;
  /** Whether directories with a `Cargo.toml` of their own belong to it. */
  readonly nestedPackages: 'skip' | 'enter';
}

const VERSION_CONTROL: ReadonlySet<string> = new Set(['.git', '.hg', '.jj', '.svn']);

/** Links to directories within links to directories that are followed at most. */
const DEEPEST_LINK = 8;

/**
 * All files of a package, tracked or not, but not: what git ignores (nested `.gitignore` files and `.git/info/exclude`; never the
 * user's own global file), version control, `target` at the root, directories tagged as caches, and nested packages (as cargo
 * `src/sources/path.rs` has it). A package that itself lies in an ignored directory is judged by the ignore files inside it only.
 */
export function packageFiles(options: PackageFilesOptions): PackageFiles {
  const paths: string[] = [];
  const ignoreRoot = findIgnoreRoot(options);
  const prefix = slashed(relative(ignoreRoot, options.packageRoot));
  const walk: Walk = { ...options, paths, prefix: prefix === '' ? '' : `${prefix}/` };
  visit(walk, { path: '', scope: outerScope(ignoreRoot, prefix, options.directories), links: [] });
  return { root: options.packageRoot, paths };
}

interface Walk extends PackageFilesOptions {
  readonly paths: string[];
  /** What stands before a path of the package to make it relative to the root of the ignore files. */
  readonly prefix: string;
}

interface Place {
  readonly path: string;
  readonly scope: IgnoreScope | undefined;
  /** Real paths of the links to directories that were followed to come here. */
  readonly links: readonly string[];
}

function visit(walk: Walk, place: Place): void {
  const directory = place.path === '' ? walk.packageRoot : `${walk.packageRoot}/${place.path}`;
  const entries = walk.directories.list(directory) ?? [];
  if (place.path !== '' && entries.some((entry) => entry.name === 'CACHEDIR.TAG')) return;
  if (
    place.path !== '' &&
    walk.nestedPackages === 'skip' &&
    entries.some((entry) => entry.name === 'Cargo.toml' && entry.kind !== 'directory')
  )
    return;
  const hasIgnoreFile = entries.some((entry) => entry.name === '.gitignore' && entry.kind !== 'directory');
  const base = walk.prefix + place.path;
  const scope = hasIgnoreFile
    ? withIgnoreFile(place.scope, {
        file: `${directory}/.gitignore`,
        directory: base.endsWith('/') ? base.slice(0, -1) : base,
        reader: walk.directories,
      })
    : place.scope;
  for (const { name, kind } of entries) {
    const path = place.path === '' ? name : `${place.path}/${name}`;
    if (VERSION_CONTROL.has(name) || path === 'target') continue;
    if (isIgnored(scope, { path: walk.prefix + path, name, isDirectory: kind === 'directory' })) continue;
    if (kind === 'file') walk.paths.push(path);
    else if (kind === 'directory') visit(walk, { path, scope, links: place.links });
    else visitLink(walk, { path, scope, links: place.links });
  }
}

/** A link is what it points to, if that lies in the repository: git keeps links, but a compiler reads through them. */
function visitLink(walk: Walk, place: Place): void {
  const absolute = `${walk.packageRoot}/${place.path}`;
  const stats = statThrough(absolute);
  const target = stats === undefined ? undefined : realPath(absolute);
  const root = realPath(walk.repositoryRoot);
  if (stats === undefined || target === undefined || root === undefined || !isWithin(target, root)) return;
  if (stats.isFile()) walk.paths.push(place.path);
  const circular = place.links.includes(target) || isWithin(realPath(dirname(absolute)) ?? '', target);
  if (stats.isDirectory() && !circular && place.links.length < DEEPEST_LINK) visit(walk, { ...place, links: [...place.links, target] });
}

function findIgnoreRoot(options: PackageFilesOptions): string {
  for (let directory = options.packageRoot; ; directory = dirname(directory)) {
    if (options.probe.isPresent(directory === '/' ? '/.git' : `${directory}/.git`)) return directory;
    if (dirname(directory) === directory) break;
  }
  return isWithin(options.packageRoot, options.repositoryRoot) ? options.repositoryRoot : options.packageRoot;
}

/** The ignore files from the root down to the directory above the package. */
function outerScope(ignoreRoot: string, prefix: string, reader: DirectoryReader): IgnoreScope | undefined {
  let scope = withIgnoreFile(undefined, { file: join(ignoreRoot, '.git', 'info', 'exclude'), directory: '', reader });
  let path = '';
  for (const name of prefix.split('/').filter((part) => part !== '')) {
    scope = withIgnoreFile(scope, { file: join(ignoreRoot, path, '.gitignore'), directory: path, reader });
    path = path === '' ? name : `${path}/${name}`;
    if (isIgnored(scope, { path, name, isDirectory: true })) return undefined;
  }
  return scope;
}

function statThrough(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}
