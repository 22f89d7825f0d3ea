import { isForHost } from './unit-traits.ts';
import type { Unit, UnitGraph } from '../unit.ts';

/**
 * How one rustc call takes part in link-time optimisation. `run` performs it, the rest say what its output must hold for
 * those above it: object code, bitcode, both, or neither of the two questions asked (`off`).
 */
export type LtoMode =
  | { readonly kind: 'run'; /** `undefined`: bare `-C lto`, which means fat. */ readonly flavour: string | undefined }
  | { readonly kind: 'off' | 'only-bitcode' | 'object-and-bitcode' | 'only-object' };

const OFF: LtoMode = { kind: 'off' };
const ONLY_BITCODE: LtoMode = { kind: 'only-bitcode' };
const OBJECT_AND_BITCODE: LtoMode = { kind: 'object-and-bitcode' };
const ONLY_OBJECT: LtoMode = { kind: 'only-object' };

/** LTO mode of every unit, by index: a property of the whole graph and its roots (cargo `src/compiler/lto.rs`). */
export function ltoModes(graph: UnitGraph): readonly LtoMode[] {
  const modes: (LtoMode | undefined)[] = graph.units.map(() => undefined);
  for (const root of graph.roots) {
    const unit = unitAt(graph, root);
    calculate({ graph, modes, unit, parent: rootMode(unit) });
  }
  return modes.map((mode) => mode ?? ONLY_OBJECT);
}

/** Arguments for a mode (cargo `lto_args`). */
export function ltoArguments(mode: LtoMode): readonly string[] {
  switch (mode.kind) {
    case 'run':
      return ['-C', mode.flavour === undefined ? 'lto' : `lto=${mode.flavour}`];
    case 'off':
      return ['-C', 'lto=off', '-C', 'embed-bitcode=no'];
    case 'only-bitcode':
      return ['-C', 'linker-plugin-lto'];
    case 'only-object':
      return ['-C', 'embed-bitcode=no'];
    case 'object-and-bitcode':
      return [];
  }
}

function rootMode(unit: Unit): LtoMode {
  if (unit.profile.lto === 'false') return ONLY_OBJECT;
  if (unit.profile.lto === 'off') return OFF;
  if (isForHost(unit.target)) return ONLY_OBJECT;
  return needsObject(unit.target.crateTypes) ? whenObjectIsNeeded(unit.target.crateTypes) : ONLY_BITCODE;
}

function calculate(step: {
  readonly graph: UnitGraph;
  readonly modes: (LtoMode | undefined)[];
  readonly unit: Unit;
  readonly parent: LtoMode;
}): void {
  const { graph, modes, unit, parent } = step;
  const wanted = ownMode(unit, parent);
  const known = modes[unit.index];
  const merged = known === undefined ? wanted : mergeModes(wanted, known);
  if (known !== undefined && sameMode(merged, known)) return;
  modes[unit.index] = merged;
  for (const dependency of unit.dependencies) {
    calculate({ graph, modes, unit: unitAt(graph, dependency.index), parent: merged });
  }
}

function ownMode(unit: Unit, parent: LtoMode): LtoMode {
  if (isForHost(unit.target)) return ONLY_OBJECT;
  const crateTypes = unit.mode === 'test' || unit.mode === 'doctest' ? ['bin'] : unit.target.crateTypes;
  if (crateTypes.every(canRunLto)) return profileMode(unit.profile.lto);
  const object = needsObject(crateTypes);
  if (parent.kind === 'run' && !object) return ONLY_BITCODE;
  if ((parent.kind === 'run' || parent.kind === 'only-bitcode') && object) return whenObjectIsNeeded(crateTypes);
  return parent;
}

function profileMode(lto: string): LtoMode {
  if (lto === 'off') return OFF;
  if (lto === 'false') return ONLY_OBJECT;
  return { kind: 'run', flavour: lto === 'true' ? undefined : lto };
}

function mergeModes(left: LtoMode, right: LtoMode): LtoMode {
  if (sameMode(left, right)) return left;
  if (left.kind === 'run') return left;
  if (right.kind === 'run') return right;
  return left.kind === 'off' || right.kind === 'off' ? OFF : OBJECT_AND_BITCODE;
}

function sameMode(left: LtoMode, right: LtoMode): boolean {
  return left.kind === right.kind && (left.kind !== 'run' || right.kind !== 'run' || left.flavour === right.flavour);
}

function whenObjectIsNeeded(crateTypes: readonly string[]): LtoMode {
  return crateTypes.every((crateType) => crateType === 'dylib') ? ONLY_OBJECT : OBJECT_AND_BITCODE;
}

function canRunLto(crateType: string): boolean {
  return crateType === 'bin' || crateType === 'staticlib' || crateType === 'cdylib';
}

function needsObject(crateTypes: readonly string[]): boolean {
  return crateTypes.some((crateType) => canRunLto(crateType) || crateType === 'dylib' || crateType === 'proc-macro');
}

function unitAt(graph: UnitGraph, index: number): Unit {
  const unit = graph.units[index];
  if (unit === undefined) throw new Error(`internal: no unit ${index} in the unit graph`);
  return unit;
}
