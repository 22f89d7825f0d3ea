import { basename } from 'node:path';
import { sha256Of } from '../../model/digest.ts';
import type { RustFacts } from '../facts.ts';
import { GIT_ROOT, REGISTRY_ROOT, type SandboxPath, SOURCE_ROOT } from '../layout.ts';
import type { Package, Unit } from '../unit.ts';

/** Maps what lies on this machine to where an action sees it. */
export interface PackagePlaces {
  /** Where cargo's workspace root stands. */
  readonly workspaceRoot: SandboxPath;
  /** Root of the package: the value of CARGO_MANIFEST_DIR. */
  root(pkg: Package): SandboxPath;
  /** Root argument of rustc and its working directory (cargo `src/util/workspace.rs`, `path_args`). */
  source(unit: Unit): { readonly argument: string; readonly workingDirectory: SandboxPath };
  /** The text with every path of the repository on this machine put into the sandbox: flags and linkers from configuration. */
  translate(text: string): string;
}

/** The index URLs that all mean crates.io, as cargo writes them in package ids and lock files. */
const CRATES_IO = new Set([
  'https://github.com/rust-lang/crates.io-index',
  'https://index.crates.io/',
  'registry+https://github.com/rust-lang/crates.io-index',
  'sparse+https://index.crates.io/',
]);

/** Places for every package of one selection; a path package outside {@link RustFacts.sourceAnchor} is a programming error. */
export function packagePlaces(facts: Pick<RustFacts, 'workspaceRoot' | 'sourceAnchor'>): PackagePlaces {
  const roots = new Map<string, SandboxPath>();
  const anchored = (path: string): SandboxPath => join(SOURCE_ROOT, below(facts.sourceAnchor, path));
  const rootOf = (pkg: Package): SandboxPath => {
    let root = roots.get(pkg.id);
    if (root === undefined) {
      root = pkg.source.kind === 'path' ? anchored(pkg.root) : join(unpackedRoot(pkg), below(unpackedFrom(pkg), pkg.root));
      roots.set(pkg.id, root);
    }
    return root;
  };
  const workspaceRoot = anchored(facts.workspaceRoot);
  const anchor = facts.sourceAnchor;
  return {
    workspaceRoot,
    root: rootOf,
    source: (unit) => {
      const { sourcePath } = unit.target;
      const pkg = unit.package;
      if (pkg.source.kind !== 'path') {
        return { argument: join(unpackedRoot(pkg), below(unpackedFrom(pkg), sourcePath)), workingDirectory: rootOf(pkg) };
      }
      const fromWorkspace = pathBelow(facts.workspaceRoot, sourcePath);
      if (fromWorkspace !== undefined) return { argument: fromWorkspace, workingDirectory: workspaceRoot };
      return { argument: anchored(sourcePath), workingDirectory: rootOf(pkg) };
    },
    translate: (text) => (anchor === '/' || !text.includes(anchor) ? text : replaceDirectory(text, anchor)),
  };
}

/**
 * What tells packages of the same name and version apart, without a machine path: part of `-C metadata`. Path packages of the
 * workspace are named from its root as cargo does; those outside, where cargo has the absolute path, from the source anchor.
 */
export function sourceIdentity(pkg: Package, facts: Pick<RustFacts, 'workspaceRoot' | 'sourceAnchor'>): string {
  switch (pkg.source.kind) {
    case 'registry':
      return `registry ${isCratesIo(pkg.source.registry) ? 'crates.io' : pkg.source.registry}`;
    case 'git':
      return `git ${pkg.source.url} ${pkg.source.revision} ${below(pkg.source.checkout, pkg.root)}`;
    case 'path': {
      const fromWorkspace = pathBelow(facts.workspaceRoot, pkg.root);
      return fromWorkspace === undefined ? `source ${below(facts.sourceAnchor, pkg.root)}` : `workspace ${fromWorkspace}`;
    }
  }
}

/** Where the archive or checkout that holds a non-path package is unpacked. */
export function unpackedRoot(pkg: Package): SandboxPath {
  const { source } = pkg;
  switch (source.kind) {
    case 'registry': {
      const directory = `${pkg.name}-${pkg.version}`;
      return isCratesIo(source.registry) ? join(REGISTRY_ROOT, directory) : `${REGISTRY_ROOT}/${shortHash(source.registry)}/${directory}`;
    }
    case 'git':
      return `${GIT_ROOT}/${repositoryName(source.url)}-${shortHash(source.url)}-${source.revision.slice(0, 7)}`;
    case 'path':
      throw new Error(`internal: path package \`${pkg.name}\` is not unpacked`);
  }
}

/** The directory on this machine that stands at {@link unpackedRoot}. */
function unpackedFrom(pkg: Package): string {
  return pkg.source.kind === 'git' ? pkg.source.checkout : pkg.root;
}

function isCratesIo(registry: string): boolean {
  return CRATES_IO.has(registry);
}

function repositoryName(url: string): string {
  return basename(url.replace(/[?#].*$/, '').replace(/\/+$/, '')).replace(/\.git$/, '') || 'repository';
}

function shortHash(text: string): string {
  return sha256Of(text).slice(0, 8);
}

/** The path relative to the directory, `''` for the directory itself, `undefined` when it lies elsewhere. Both absolute and normal. */
function pathBelow(directory: string, path: string): string | undefined {
  if (path === directory) return '';
  const parent = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(parent) ? path.slice(parent.length) : undefined;
}

function below(directory: string, path: string): string {
  const result = pathBelow(directory, path);
  if (result === undefined) throw new Error(`internal: \`${path}\` does not lie below \`${directory}\``);
  return result;
}

function join(directory: SandboxPath, path: string): SandboxPath {
  return path === '' ? directory : `${directory}/${path}`;
}

function replaceDirectory(text: string, directory: string): string {
  const parts = text.split(directory);
  return parts.reduce((done, part) => done + (part === '' || /^[/:;,\s]/.test(part) ? SOURCE_ROOT : directory) + part);
}
