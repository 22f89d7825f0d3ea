import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Digest } from '../../model/digest.ts';
import { filesForInputs } from '../../source/extra-inputs.ts';
import { packageFiles } from '../../source/package-files.ts';
import { isWithin } from '../../source/path-within.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import { snapshot } from '../../source/source-tree.ts';
import type { Store } from '../../store/store.ts';
import type { DistributionName } from '../distribution-name.ts';
import { backendReach } from './backend-reach.ts';
import { isStrings, type ProjectManifest, tableAt } from './build-system.ts';
import { papersOf } from './project-papers.ts';

/** A project of the repository, about to be built. */
export interface ProjectSourcesRequest {
  readonly store: Store;
  readonly memory: SourceMemory;
  /** Absolute. */
  readonly repositoryRoot: string;
  /** Absolute directory of its `pyproject.toml` or `setup.py`. */
  readonly directory: string;
  readonly name: DistributionName;
  readonly manifest: ProjectManifest;
  /** Absolute directories of the repository's other projects: not its sources where they lie in it. */
  readonly otherProjects: readonly string[];
  /** Further files that count although git ignores them: `inputs` of the project's override, patterns relative to it. */
  readonly inputs?: readonly string[];
  /** `everything`: for source distributions, which hold tests and documents too. */
  readonly extent: 'wheel' | 'everything';
}

export interface ProjectSources {
  readonly tree: Digest;
  /** Relative to the project, sorted. */
  readonly files: readonly string[];
  /** Whatever else comes into its directory would be one of them: its backend may read anything there. */
  readonly isWhole: boolean;
}

/**
 * What a project is built from, and so what its wheel's key covers: the files that git would not ignore, of these only what its backend may
 * read where that is sure (see `backendReach`). F0312: a file cannot be read.
 */
export function projectSources(request: ProjectSourcesRequest): Result<ProjectSources> {
  const { store, memory, directory, repositoryRoot } = request;
  const all = packageFiles({
    packageRoot: directory,
    repositoryRoot,
    directories: memory.directories,
    probe: memory.probe,
    nestedPackages: 'enter',
  }).paths;
  const own = ownFiles(request, all);
  const needed = request.extent === 'wheel' ? neededFiles(request, own) : undefined;
  const files = [...new Set([...(needed ?? own), ...namedFiles(request)])].toSorted();
  const tree = snapshot({ store, anchor: directory, files, digests: memory.digests, trees: memory.trees });
  return tree.ok ? ok({ tree: tree.value, files, isWhole: needed === undefined }, tree.warnings) : tree;
}

/** Files that are named one way or another, whatever git says of them. Those outside the project have no place in its tree. */
function namedFiles({ memory, directory, manifest, inputs = [] }: ProjectSourcesRequest): readonly string[] {
  const patterns = [...inputs, ...hatchArtifacts(manifest.document)];
  const { directories, probe } = memory;
  return filesForInputs({ patterns, packageRoot: directory, anchor: directory, directories, probe })
    .filter((path) => probe.isPresent(path))
    .map((path) => path.slice(directory.length + 1));
}

/** hatch "Build configuration, artifacts": files to be packed although version control ignores them, as patterns of a `.gitignore`. */
function hatchArtifacts(document: ProjectManifest['document']): readonly string[] {
  const build = tableAt(document, 'tool', 'hatch', 'build') ?? {};
  const lists = [build['artifacts'], tableAt(build, 'targets', 'wheel')?.['artifacts'], tableAt(build, 'targets', 'sdist')?.['artifacts']];
  const patterns = lists.flatMap((list) => (isStrings(list) ? list : [])).filter((pattern) => !pattern.startsWith('!'));
  return patterns.map((pattern) => (/\/./.test(pattern) ? pattern.replace(/^\//, '') : `**/${pattern}`));
}

/** Locks and settings of other programs, which no backend reads. */
const FOREIGN_FILES: ReadonlySet<string> = new Set(['uv.lock', 'poetry.lock', 'pdm.lock', 'Pipfile.lock', 'ferrule.toml', 'ferrule.lock']);
const FOREIGN_DIRECTORIES: ReadonlySet<string> = new Set([
  '.github',
  '.venv',
  'dist',
  '.tox',
  '.nox',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
]);

/** Without what tools leave behind, and without projects of their own. */
function ownFiles(request: ProjectSourcesRequest, paths: readonly string[]): readonly string[] {
  const present = new Set(paths);
  const others = request.otherProjects.filter((other) => other !== request.directory && isWithin(other, request.directory));
  const nested = paths
    .filter((path) => path.endsWith('/pyproject.toml') || path.endsWith('/pyvenv.cfg'))
    .map((path) => path.slice(0, path.lastIndexOf('/')))
    .filter((directory) => !isInPackage(directory, present));
  const excluded = [...nested, ...others.map((other) => other.slice(request.directory.length + 1))].map((directory) => `${directory}/`);
  const buildIsPackage = present.has('build/__init__.py');
  return paths.filter((path) => {
    const top = path.split('/', 1)[0] ?? path;
    if (FOREIGN_FILES.has(path) || (FOREIGN_DIRECTORIES.has(top) && top !== path)) return false;
    if (top === 'build' && top !== path && !buildIsPackage) return false;
    if (/(?:^|\/)__pycache__\/|\.py[co]$|(?:^|\/)[^/]+\.egg-info\//.test(path)) return false;
    return !excluded.some((prefix) => path.startsWith(prefix));
  });
}

/** Whether a directory is a package's data, such as a template of a project: a directory above it has an `__init__.py`. */
function isInPackage(directory: string, present: ReadonlySet<string>): boolean {
  const parts = directory.split('/');
  return parts.some((_, index) => index > 0 && present.has(`${parts.slice(0, index).join('/')}/__init__.py`));
}

/** `undefined`: it is not known what its backend reads. */
function neededFiles({ manifest, name }: ProjectSourcesRequest, own: readonly string[]): readonly string[] | undefined {
  const present = new Set(own);
  const reach = backendReach({
    manifest,
    name,
    hasFile: (path) => present.has(path),
    hasDirectory: (path) => own.some((file) => file.startsWith(`${path}/`)),
  });
  if (reach === undefined) return undefined;
  const isPaper = papersOf(manifest.document);
  const places = reach.map((place) => place.replace(/^\.\//, '').replace(/\/+$/, ''));
  return own.filter((path) => isPaper(path) || places.some((place) => path === place || path.startsWith(`${place}/`)));
}
