import type { Unit } from '../rust/unit.ts';

/** What lies below a unit that decides which of its package's files it may read. */
export interface UnitReach {
  /** A procedural macro is among its dependencies, however deep. */
  readonly procMacros: boolean;
  /** One of {@link MANIFEST_READERS} is. */
  readonly readsManifest: boolean;
}

/** Crates that read the manifests of package and workspace where they are used. */
const MANIFEST_READERS: ReadonlySet<string> = new Set(['proc-macro-crate', 'uniffi_macros']);

/** Answers for every unit of one graph, each worked out once. */
export function unitReaches(units: readonly Unit[]): (unit: Unit) => UnitReach {
  const known = new Map<number, UnitReach>();
  const reachOf = (index: number): UnitReach => {
    const found = known.get(index);
    if (found !== undefined) return found;
    const unit = units[index];
    if (unit === undefined) throw new Error(`internal: there is no unit ${index}`);
    const below = unit.dependencies.map((dependency) => ({ unit: units[dependency.index], reach: reachOf(dependency.index) }));
    const reach = {
      procMacros: below.some((dependency) => dependency.reach.procMacros || dependency.unit?.target.kinds.includes('proc-macro') === true),
      readsManifest: below.some(
        (dependency) => dependency.reach.readsManifest || MANIFEST_READERS.has(dependency.unit?.package.name ?? ''),
      ),
    };
    known.set(index, reach);
    return reach;
  };
  return (unit) => reachOf(unit.index);
}
