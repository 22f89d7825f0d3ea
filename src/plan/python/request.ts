import type { DistributionName } from '../../python/distribution-name.ts';
import type { Member } from '../../repository/repository.ts';
import type { PythonOutput } from '../../repository/target-name.ts';

/** One output of one Python project, or of several that `ferrule.toml` makes one environment of. */
export interface PythonRequest {
  /** What the target is called. */
  readonly name: string;
  /** The same with the extras that it names: `cli[postgres]`. */
  readonly label: string;
  /** More than one only for an environment of `ferrule.toml`. */
  readonly projects: readonly [MemberProject, ...(readonly MemberProject[])];
  readonly output: PythonOutput;
  /** Dependency groups beyond those that the output names, of every project that has them. */
  readonly groups: readonly DistributionName[];
  /** Of every project that has them. */
  readonly extras: readonly DistributionName[];
  /** Path of the member whose lock counts where they disagree; `undefined`: a disagreement is an error. */
  readonly prefer: string | undefined;
}

/** A project with the member whose lock covers it. */
export interface MemberProject {
  readonly member: Member;
  readonly project: IndexedProject;
}

/** A project that a Python member's lock covers: its own, and those of its uv workspace. */
export interface IndexedProject {
  /**
   * `workspace`: the root of a uv workspace that is no project itself, and stands for all of its members and its own dependency
   * groups. `script`: a Python file with requirements of its own (PEP 723).
   */
  readonly kind: 'project' | 'workspace' | 'script';
  readonly name: DistributionName;
  /** As its manifest writes it. */
  readonly displayName: string;
  /** `undefined`: dynamic. */
  readonly version: string | undefined;
  /** `undefined`: its manifest has none. */
  readonly description: string | undefined;
  /** As written; `undefined`: any. */
  readonly requiresPython: string | undefined;
  /** Names of `[project.scripts]`, sorted. */
  readonly scripts: readonly string[];
  /** Absolute. */
  readonly directory: string;
  /** Absolute path of its `pyproject.toml`, or of the script. */
  readonly manifest: string;
  /** It has a build system: a wheel can be made of it. */
  readonly isPackage: boolean;
  /** maturin builds it: its wheel has a module in Rust. */
  readonly isExtension: boolean;
  /** Its dependency groups (PEP 735); of a workspace, its members' too. */
  readonly groups: readonly DistributionName[];
  /** Its extras; of a workspace, its members'. */
  readonly extras: readonly DistributionName[];
}
