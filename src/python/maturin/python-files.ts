import { type IgnoreScope, isIgnored, withIgnoreFile } from '../../repository/git-ignore.ts';
import { isWithin } from '../../source/path-within.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { ProjectLayout } from './layout.ts';

/** A file on disk and where it goes. */
export interface PlacedFile {
  /** In the wheel. */
  readonly path: string;
  /** Absolute. */
  readonly source: string;
}

const CACHE_SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55';

type Disk = Pick<PackingDisk, 'directories' | 'probe'>;

/**
 * Python files of a project: everything in its packages, data and stubs too, but not what git ignores, caches of byte code, and
 * extension modules that `maturin develop` has left there (maturin `write_python_part`, which asks git less; see
 * `docs/python-extensions.md`). Links to files are files, links to directories are left out.
 */
export function pythonFiles(options: {
  readonly layout: ProjectLayout;
  /** Absolute: `.gitignore` files count from here down. */
  readonly ignoreRoot: string;
  readonly disk: Disk;
}): readonly PlacedFile[] {
  const { layout, disk, ignoreRoot } = options;
  const walk: Walk = { layout, disk, ignoreRoot, files: [] };
  for (const directory of layout.packages) {
    if (layout.packages.some((other) => other !== directory && isWithin(directory, other))) continue;
    visit(walk, { directory, scope: outerScope(walk, directory) });
  }
  return walk.files;
}

interface Walk {
  readonly layout: ProjectLayout;
  readonly disk: Disk;
  readonly ignoreRoot: string;
  readonly files: PlacedFile[];
}

interface Place {
  readonly directory: string;
  readonly scope: IgnoreScope | undefined;
}

function visit(walk: Walk, place: Place): void {
  const entries = walk.disk.directories.list(place.directory) ?? [];
  const scope = withRules(walk, place);
  for (const { name, kind } of entries) {
    const path = `${place.directory}/${name}`;
    if (name === '__pycache__' || name === '.git' || isIgnored(scope, entry(walk, { path, name, isDirectory: kind === 'directory' })))
      continue;
    if (kind === 'directory') {
      if (!isCache(walk, path)) visit(walk, { directory: path, scope });
    } else if (kind === 'file' || walk.disk.probe.kind(path) === 'file') add(walk, path);
  }
}

function add(walk: Walk, source: string): void {
  const path = source.slice(walk.layout.pythonDirectory.length + 1);
  if (path.endsWith('.pyc') || isLeftBehind(path, walk.layout.extensionName)) return;
  walk.files.push({ path, source });
}

/** A library, or what a debugger wants of it, from an earlier `maturin develop`. */
function isLeftBehind(path: string, extensionName: string): boolean {
  const isNamed = (name: string): boolean => name.startsWith(extensionName) || name.startsWith(`lib${extensionName}`);
  const bundle = path.split('/').find((part) => part.endsWith('.dSYM'));
  if (bundle !== undefined) return isNamed(bundle);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /\.(?:so|pyd|dll|dylib|pdb|dwp)$/.test(name) && isNamed(name);
}

function isCache(walk: Walk, directory: string): boolean {
  const tag = `${directory}/CACHEDIR.TAG`;
  if (walk.disk.probe.kind(tag) !== 'file') return false;
  const isPackage = walk.layout.packages.some((one) => isWithin(one, directory));
  return !isPackage && walk.disk.directories.readText(tag)?.startsWith(CACHE_SIGNATURE) === true;
}

/** The ignore files from the root down to the directory above; a package that is itself ignored is judged by its own alone. */
function outerScope(walk: Walk, directory: string): IgnoreScope | undefined {
  if (!isWithin(directory, walk.ignoreRoot)) return undefined;
  let current = walk.ignoreRoot;
  let scope = withIgnoreFile(undefined, { file: `${current}/.git/info/exclude`, directory: '', reader: walk.disk.directories });
  for (const name of directory.slice(walk.ignoreRoot.length + 1).split('/')) {
    scope = withRules(walk, { directory: current, scope });
    current = `${current}/${name}`;
    if (isIgnored(scope, entry(walk, { path: current, name, isDirectory: true }))) return undefined;
  }
  return scope;
}

/** `.ignore` weighs more than `.gitignore`, as it does for the walker that maturin uses. */
function withRules(walk: Walk, { directory, scope }: Place): IgnoreScope | undefined {
  const relative = isWithin(directory, walk.ignoreRoot) ? directory.slice(walk.ignoreRoot.length + 1) : directory;
  let inner = scope;
  for (const name of ['.gitignore', '.ignore']) {
    if (walk.disk.probe.kind(`${directory}/${name}`) !== 'file') continue;
    inner = withIgnoreFile(inner, { file: `${directory}/${name}`, directory: relative, reader: walk.disk.directories });
  }
  return inner;
}

function entry(
  walk: Walk,
  found: { readonly path: string; readonly name: string; readonly isDirectory: boolean },
): { readonly path: string; readonly name: string; readonly isDirectory: boolean } {
  return isWithin(found.path, walk.ignoreRoot) ? { ...found, path: found.path.slice(walk.ignoreRoot.length + 1) } : found;
}
