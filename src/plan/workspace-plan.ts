import type { RustFacts } from '../rust/facts.ts';
import type { PlannedUnit } from '../rust/planned-unit.ts';
import type { ReadSet } from '../rust/cargo/read-set.ts';

/** One selection of one Cargo workspace, planned. */
export interface WorkspacePlan {
  /** Directory of the workspace, relative to the repository's root; `.` for the root itself. */
  readonly member: string;
  readonly facts: RustFacts;
  /** What the facts were read from. */
  readonly read: ReadSet;
  readonly units: readonly PlannedUnit[];
  readonly roots: readonly number[];
}
