import type { Sha256 } from '../model/digest.ts';
import type { RustFacts } from '../rust/facts.ts';
import type { DoctestRun, PlannedUnit, TestRun } from '../rust/planned-unit.ts';
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
  /** The test programs among the roots, and documentation tests. */
  readonly tests: readonly TestRun[];
  readonly doctests: readonly DoctestRun[];
  /** Which of all answers to its question the plan was made from; absent: the answer was not kept, so nothing can be told of it later. */
  readonly answer?: PlanAnswer;
}

/** Names cargo's answers to one question: a selection of a workspace with a toolchain. */
export interface PlanAnswer {
  readonly question: string;
  /** Of everything that was answered, and of what it was read from: equal identities, equal plans. */
  readonly identity: Sha256;
}
