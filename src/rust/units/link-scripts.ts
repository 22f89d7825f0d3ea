import { entryOf } from './plan-context.ts';
import { environmentName } from '../script/script-environment.ts';
import { isCustomBuild, isForHost, isLinkable } from './unit-traits.ts';
import type { Unit } from '../unit.ts';

/** Which script runs a unit hears from when it is linked (cargo `BuildScripts`, `src/compiler/custom_build.rs`, `build_map`). */
export interface LinkScripts {
  /** Run units whose `-L` reach the call: the package's own first, then those of dependencies, depth first, by package id. */
  readonly link: readonly number[];
  /** Run units of what it runs while compiling (proc macros, scripts): they only extend the dynamic library path. By package id. */
  readonly plugins: readonly number[];
}

/** {@link LinkScripts} of every unit, by index. */
export function linkScripts(units: readonly Unit[]): readonly LinkScripts[] {
  const all: (LinkScripts | undefined)[] = [];
  const ranks = packageRanks(units);
  const byPackage = (left: Unit, right: Unit): number => (ranks[left.index] ?? 0) - (ranks[right.index] ?? 0);
  const scriptsOf = (index: number): LinkScripts => {
    const known = all[index];
    if (known !== undefined) return known;
    const unit = entryOf(units, index);
    const link = new Set<number>();
    const plugins = new Set<number>();
    const own = ownScript(units, unit);
    if (own !== undefined) link.add(own);
    const dependencies = unit.dependencies.map((dependency) => entryOf(units, dependency.index)).toSorted(byPackage);
    for (const dependency of dependencies) {
      const below = scriptsOf(dependency.index);
      const target = isForHost(dependency.target) ? plugins : isLinkable(dependency.target) ? link : undefined;
      if (target !== undefined) for (const script of below.link) target.add(script);
    }
    const found: LinkScripts = { link: [...link], plugins: [...plugins].toSorted((left, right) => left - right) };
    all[index] = found;
    return found;
  };
  return units.map((unit) => scriptsOf(unit.index));
}

/** The run of the unit's own package's script; `undefined` for the script itself and for packages without one. */
export function ownScript(units: readonly Unit[], unit: Unit): number | undefined {
  if (isCustomBuild(unit.target)) return undefined;
  return unit.dependencies.find(({ index }) => {
    const dependency = entryOf(units, index);
    return dependency.mode === 'run-custom-build' && dependency.package.id === unit.package.id;
  })?.index;
}

/** Edges of `DEP_*`: the run units a run unit depends on whose package has `links`. */
export function dependencyScripts(units: readonly Unit[], run: Unit): readonly { readonly unit: number; readonly prefix: string }[] {
  return run.dependencies.flatMap(({ index }) => {
    const { mode, package: pkg } = entryOf(units, index);
    return mode === 'run-custom-build' && pkg.links !== undefined ? [{ unit: index, prefix: environmentName(pkg.links) }] : [];
  });
}

/** For each unit the place of its package in the order of cargo's `PackageId`, which is the order of the graph's units. */
function packageRanks(units: readonly Unit[]): readonly number[] {
  const ranks = new Map<string, number>();
  for (const { package: pkg } of units) if (!ranks.has(pkg.id)) ranks.set(pkg.id, ranks.size);
  return units.map((unit) => ranks.get(unit.package.id) ?? 0);
}
