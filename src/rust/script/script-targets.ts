import type { LinkScope } from './script-output.ts';
import type { TargetTraits, UnitMode } from '../unit.ts';

/** A package's targets told apart as cargo's `Target::is_*` do (`src/cargo/core/manifest.rs`). */
const LIBRARY_KINDS: ReadonlySet<string> = new Set(['lib', 'rlib', 'dylib', 'cdylib', 'staticlib', 'proc-macro']);

export function isLibrary(target: TargetTraits): boolean {
  return target.kinds.some((kind) => LIBRARY_KINDS.has(kind));
}

export function isCdylib(target: TargetTraits): boolean {
  return target.kinds.includes('cdylib');
}

export function isBin(target: TargetTraits): boolean {
  return target.kinds.includes('bin');
}

export function isTest(target: TargetTraits): boolean {
  return target.kinds.includes('test');
}

export function isBench(target: TargetTraits): boolean {
  return target.kinds.includes('bench');
}

export function isExample(target: TargetTraits): boolean {
  return target.kinds.includes('example');
}

/** An example with `crate-type = ["bin"]`, which is the default. */
function isExecutableExample(target: TargetTraits): boolean {
  return isExample(target) && target.crateTypes.includes('bin');
}

/** Whether a `rustc-link-arg*` reaches a target in a mode (cargo `LinkArgTarget::applies_to`). */
export function scopeReaches(scope: LinkScope, target: TargetTraits, mode: UnitMode): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'cdylib':
      return mode !== 'test' && mode !== 'doctest' && isCdylib(target);
    case 'bins':
      return isBin(target);
    case 'bin':
      return isBin(target) && target.name === scope.name;
    case 'tests':
      return isTest(target);
    case 'benches':
      return isBench(target);
    case 'examples':
      return isExecutableExample(target);
    default:
      throw new Error(`internal: unknown link scope ${JSON.stringify(scope satisfies never)}`);
  }
}
