import { isCustomBuild, isLibrary, isTestTarget } from './unit-traits.ts';
import type { Unit } from '../unit.ts';

/** A unit as a person names it: `serde v1.0.228`, `ripgrep v15.2.0 (bin "rg")`, `libc v0.2.186 (build script run)`. */
export function unitLabel(unit: Unit): string {
  const description = describe(unit);
  return `${unit.package.name} v${unit.package.version}${description === '' ? '' : ` (${description})`}`;
}

/** After cargo's `description_named`, with the mode where it is not plain building. */
function describe(unit: Unit): string {
  const { target, mode } = unit;
  if (mode === 'run-custom-build') return 'build script run';
  if (isCustomBuild(target)) return 'build script';
  const test = (mode === 'test' || unit.checksTests === true) && !isTestTarget(target);
  const check = mode === 'check' ? 'check' : '';
  if (isLibrary(target)) return test ? ['lib test', check].filter((word) => word !== '').join(' ') : check;
  return [`${target.kinds[0] ?? 'bin'} "${target.name}"`, test ? 'test' : '', check].filter((word) => word !== '').join(' ');
}
