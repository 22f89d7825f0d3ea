import type { Span } from '../../diagnostics/diagnostic.ts';
import type { TomlPath } from '../../repository/toml-span.ts';
import type { BuildSystem } from '../build/build-system.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { Requirement } from '../version/requirement.ts';
import type { TomlTable } from './toml-reader.ts';
import type { UvSettings } from './uv-settings.ts';

/** Name of the file whose settings take the place of `[tool.uv]`. */
export const UV_TOML = 'uv.toml';

/** What a `pyproject.toml` says. */
export interface Project {
  /** Absolute directory of the file. */
  readonly directory: string;
  /** The file as it is shown to the user. */
  readonly file: string;
  readonly text: string;
  /** `[project]` (PEP 621); `undefined`: there is no such table, as in the root of a workspace that is no project itself. */
  readonly metadata: ProjectMetadata | undefined;
  /** `[dependency-groups]` (PEP 735) with what they include, and uv's older `dev-dependencies` as group `dev`. Sorted by name. */
  readonly groups: readonly DependencyGroup[];
  /** `undefined`: there is no `[build-system]`. */
  readonly buildSystem: BuildSystem | undefined;
  readonly uv: UvSettings;
  /** `[tool.maturin]` as it stands; `undefined`: there is none. */
  readonly maturin: TomlTable | undefined;
  /** The whole document. */
  readonly document: TomlTable;
  /** Where a value or the nearest table around it stands. Slow: for diagnostics. */
  readonly spanOf: (path: TomlPath) => Span;
}

export interface ProjectMetadata {
  readonly name: DistributionName;
  /** As written: the name that METADATA gets. */
  readonly writtenName: string;
  /** As written; `undefined`: dynamic. */
  readonly version: string | undefined;
  /** Names of fields that the build backend decides. */
  readonly dynamic: readonly string[];
  /** A version specifier; `undefined`: any Python. */
  readonly requiresPython: string | undefined;
  readonly dependencies: readonly DeclaredRequirement[];
  /** Extras, sorted by name. */
  readonly optionalDependencies: readonly DependencyGroup[];
  /** `[project.scripts]`: name to `module:attribute`. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly guiScripts: Readonly<Record<string, string>>;
  /** `[project.entry-points]`: group to name to object reference. */
  readonly entryPoints: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Requirements under a name: an extra, or a dependency group. */
export interface DependencyGroup {
  readonly name: DistributionName;
  /** As the file spells it. */
  readonly writtenName: string;
  readonly requirements: readonly DeclaredRequirement[];
  /** `requires-python` that uv adds to a group (`tool.uv.dependency-groups`); `undefined`: the project's. */
  readonly requiresPython: string | undefined;
}

export interface DeclaredRequirement {
  readonly requirement: Requirement;
  /** As written. */
  readonly text: string;
  readonly path: TomlPath;
}

/**
 * Whether a project is installed itself, or only stands for its dependencies: what `tool.uv.package` says, else whether there is
 * a `[build-system]` (uv's rule for the projects of a workspace).
 */
export function isPackage(project: Project): boolean {
  return project.metadata !== undefined && (project.uv.package ?? project.buildSystem !== undefined);
}

/** Whether maturin builds it: then its wheel is packed from units of the graph, and needs no backend. */
export function isExtension(project: Project): boolean {
  return project.buildSystem?.backend === 'maturin';
}

/**
 * The groups that uv installs unless told otherwise: `tool.uv.default-groups`, else `dev` where there is one. `names`: the groups that
 * there are, which in the root of a workspace are its members' as well.
 */
export function defaultGroups(project: Project, names: readonly DistributionName[]): readonly DistributionName[] {
  const { defaultGroups: declared } = project.uv;
  if (declared === 'all') return names;
  return declared ?? names.filter((name) => name === 'dev');
}
