import { dirname, join, relative } from 'node:path';
import type { Result } from '../../diagnostics/diagnostic.ts';
import type { Digest } from '../../model/digest.ts';
import type { MaturinSettings } from '../../python/maturin/settings.ts';
import { filesForInputs } from '../../source/extra-inputs.ts';
import { packageFiles } from '../../source/package-files.ts';
import { isWithin } from '../../source/path-within.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import { snapshot } from '../../source/source-tree.ts';
import type { Store } from '../../store/store.ts';
import type { CrateAnswers } from '../packing-answers.ts';

export interface PackingSourcesRequest {
  readonly store: Store;
  readonly memory: SourceMemory;
  /** Absolute: the top of the tree. */
  readonly anchor: string;
  /** Absolute: `.gitignore` files count from here down where no `.git` is above. */
  readonly repositoryRoot: string;
  /** Absolute directory of `pyproject.toml`. */
  readonly directory: string;
  readonly settings: Pick<MaturinSettings, 'include'>;
  readonly answers: Pick<CrateAnswers, 'pathManifests' | 'workspaceRoot'>;
  /** Absolute directories of the path packages whose own files matter. */
  readonly packages: readonly string[];
  /** Absolute paths of further files; those that are not there are passed over. */
  readonly files: readonly string[];
}

/**
 * What maturin may read to make a project's wheel or source distribution: the project's files and those of its crates by git's rules,
 * what `include` names whatever git says, and the manifests of the workspace. F0312: a file cannot be read.
 */
export function packingSources(request: PackingSourcesRequest): Result<Digest> {
  const { store, memory, anchor, directory, answers } = request;
  const paths = new Set<string>();
  const add = (path: string): unknown => (isWithin(path, anchor) ? paths.add(relative(anchor, path)) : undefined);
  const addPackage = (packageRoot: string, nestedPackages: 'enter' | 'skip'): void => {
    const { repositoryRoot } = request;
    const found = packageFiles({ packageRoot, repositoryRoot, directories: memory.directories, probe: memory.probe, nestedPackages });
    for (const path of found.paths) add(join(packageRoot, path));
  };
  addPackage(directory, 'enter');
  for (const packageRoot of request.packages) if (!isWithin(packageRoot, directory)) addPackage(packageRoot, 'skip');
  const patterns = request.settings.include.flatMap((one) => (one.kind === 'source' ? [one.path] : []));
  const included = filesForInputs({ patterns, packageRoot: directory, anchor, directories: memory.directories, probe: memory.probe });
  const named = [...answers.pathManifests, ...workspaceFiles(anchor, answers), ...request.files];
  for (const path of [...included, ...named]) if (memory.probe.isPresent(path)) add(path);
  // Byte code and compiled modules of an editable build are nobody's sources.
  const files = [...paths].filter((path) => !/(?:^|\/)__pycache__\/|\.py[co]$/.test(path)).toSorted();
  return snapshot({ store, anchor, files, digests: memory.digests, trees: memory.trees });
}

/** Manifests and locks of path packages and in the directories above them: what they inherit from is there. */
function workspaceFiles(anchor: string, { workspaceRoot, pathManifests }: PackingSourcesRequest['answers']): readonly string[] {
  const directories = new Set<string>();
  for (const manifest of [join(workspaceRoot, 'Cargo.toml'), ...pathManifests]) {
    for (let at = dirname(manifest); isWithin(at, anchor) && !directories.has(at); at = dirname(at)) directories.add(at);
  }
  return [...directories].flatMap((directory) => ['Cargo.toml', 'Cargo.lock'].map((name) => join(directory, name)));
}
