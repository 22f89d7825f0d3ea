import type { DistributionName } from '../../python/distribution-name.ts';
import type { Member } from '../../repository/repository.ts';
import type { PythonOutput } from '../../repository/target-name.ts';

/** One output of one Python project. */
export interface PythonRequest {
  readonly member: Member;
  readonly project: IndexedProject;
  readonly output: PythonOutput;
}

/** A project that a Python member's lock covers: its own, and those of its uv workspace. */
export interface IndexedProject {
  readonly name: DistributionName;
  /** As its manifest writes it. */
  readonly displayName: string;
  /** `undefined`: dynamic. */
  readonly version: string | undefined;
  /** Absolute. */
  readonly directory: string;
  /** It has a build system: a wheel can be made of it. */
  readonly isPackage: boolean;
  /** Its dependency groups (PEP 735). */
  readonly groups: readonly DistributionName[];
}
