import type { PlannedInput } from './planned-unit.ts';

/**
 * What some build scripts of a plan are told beyond what cargo tells them, as variables that a user would have set around cargo.
 * Only runs that can ask for them have them in their keys: everything else is the same unit as in a plan without settings.
 */
export interface UnitSettings {
  readonly variables: Readonly<Record<string, string>>;
  /** What the variables name. */
  readonly inputs: readonly PlannedInput[];
  /** Packages that read the variables: the runs of their own scripts get them, and those of every script that one of them is linked into. */
  readonly readers: ReadonlySet<string>;
  /** Of the runs that can read them, only those of path packages do. */
  readonly localOnly: boolean;
}
