import type { UnitSettings } from '../unit-settings.ts';
import type { Unit } from '../unit.ts';
import { entryOf } from './plan-context.ts';
import { isCustomBuild, isProcMacro } from './unit-traits.ts';

/** The runs of build scripts that can read the settings, by unit index: see {@link UnitSettings.readers}. */
export function settingsReaders(units: readonly Unit[], settings: UnitSettings): ReadonlySet<number> {
  const linked = new Map<number, boolean>();
  const hasReader = (index: number): boolean => {
    const known = linked.get(index);
    if (known !== undefined) return known;
    const unit = entryOf(units, index);
    const found =
      settings.readers.has(unit.package.name) ||
      unit.dependencies.some((dependency) => isLinkedCode(entryOf(units, dependency.index)) && hasReader(dependency.index));
    linked.set(index, found);
    return found;
  };
  const runs = units.filter((unit) => unit.mode === 'run-custom-build' && (!settings.localOnly || unit.package.source.kind === 'path'));
  return new Set(
    runs
      .filter((run) => run.dependencies.some((script) => isScript(units, script.index) && hasReader(script.index)))
      .map(({ index }) => index),
  );
}

/** Libraries become part of the script; what its proc macros do happens while it is compiled, and other scripts have runs of their own. */
function isLinkedCode(unit: Unit): boolean {
  return unit.mode !== 'run-custom-build' && !isCustomBuild(unit.target) && !isProcMacro(unit.target);
}

function isScript(units: readonly Unit[], index: number): boolean {
  const unit = entryOf(units, index);
  return unit.mode !== 'run-custom-build' && isCustomBuild(unit.target);
}
