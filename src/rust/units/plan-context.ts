import type { RustFacts } from '../facts.ts';
import type { LtoMode } from './lto.ts';
import type { PackagePlaces } from './package-place.ts';
import type { UnitFile } from '../planned-unit.ts';
import type { UnitHashes } from './unit-hashes.ts';
import type { Unit } from '../unit.ts';

/** What is known about the whole graph before single units are planned. Arrays go by unit index. */
export interface PlanContext {
  readonly facts: RustFacts;
  readonly units: readonly Unit[];
  readonly places: PackagePlaces;
  readonly lto: readonly LtoMode[];
  readonly hashes: readonly UnitHashes[];
  /** Files of each unit's rustc call; empty for script runs. */
  readonly outputs: readonly (readonly UnitFile[])[];
  /** Ids of the packages with a selected target: they alone get CARGO_PRIMARY_PACKAGE. */
  readonly primaryPackages: ReadonlySet<string>;
}

/** The entry of one of the context's arrays; a missing one is a programming error. */
export function entryOf<T>(entries: readonly T[], index: number): T {
  const entry = entries[index];
  if (entry === undefined) throw new Error(`internal: no unit ${index} in the plan`);
  return entry;
}
