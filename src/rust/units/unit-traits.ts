import type { RustFacts } from '../facts.ts';
import type { Unit, UnitTarget } from '../unit.ts';

/** Questions cargo asks of a target or unit again and again (cargo `src/workspace/manifest.rs`, `src/compiler/unit.rs`). */

/** `--crate-name`: the target's name with `-` as `_`. */
export function crateName(target: UnitTarget): string {
  return target.name.replaceAll('-', '_');
}

export function isProcMacro(target: UnitTarget): boolean {
  return target.kinds.includes('proc-macro');
}

export function isCustomBuild(target: UnitTarget): boolean {
  return target.kinds.includes('custom-build');
}

/** Always built for the host: proc macros and build scripts, whatever their `platform` says. */
export function isForHost(target: UnitTarget): boolean {
  return isProcMacro(target) || isCustomBuild(target);
}

export function isExample(target: UnitTarget): boolean {
  return target.kinds.includes('example');
}

/** A library of any crate type, which an example never is. */
export function isLibrary(target: UnitTarget): boolean {
  return !target.kinds.some(
    (kind) => kind === 'bin' || kind === 'test' || kind === 'bench' || kind === 'example' || kind === 'custom-build',
  );
}

/** An integration test or benchmark: a target that only exists to be run by `cargo test` or `cargo bench`. */
export function isTestTarget(target: UnitTarget): boolean {
  return target.kinds.includes('test') || target.kinds.includes('bench');
}

/** A program of the package, or an example that is one. */
export function isExecutable(target: UnitTarget): boolean {
  return target.kinds.includes('bin') || (isExample(target) && target.crateTypes.includes('bin'));
}

/** Other crates can name it in `--extern`. */
export function isLinkable(target: UnitTarget): boolean {
  return isLibrary(target) && target.crateTypes.some(isLinkableCrateType);
}

export function isLinkableCrateType(crateType: string): boolean {
  return crateType === 'lib' || crateType === 'rlib' || crateType === 'dylib' || crateType === 'proc-macro';
}

/** Made as a program with the test harness, or with `--cfg test`. */
export function isTest(unit: Unit): boolean {
  return unit.mode === 'test' || (unit.mode === 'check' && (isTestTarget(unit.target) || unit.checksTests === true));
}

/**
 * The rustc call needs the object code of everything below it, not only metadata; such a unit makes no `.rmeta` of its own
 * (cargo `Unit::requires_upstream_objects`).
 */
export function requiresUpstreamObjects(unit: Unit): boolean {
  return isTest(unit) || unit.mode === 'doctest' || unit.target.crateTypes.some((crateType) => crateType !== 'lib' && crateType !== 'rlib');
}

/** `dependency` reaches `parent` as metadata alone, so `parent` can start before its code is generated (cargo `only_requires_rmeta`). */
export function needsOnlyMetadata(parent: Unit, dependency: Unit): boolean {
  if (dependency.mode === 'check') return true;
  return parent.mode === 'build' && !requiresUpstreamObjects(parent) && dependency.mode === 'build' && !requiresUpstreamObjects(dependency);
}

/** The call runs the linker; static libraries and rlibs are only archived. */
export function runsLinker(unit: Unit): boolean {
  if (unit.mode === 'check') return false;
  return (
    isTest(unit) || unit.target.crateTypes.some((crateType) => crateType !== 'lib' && crateType !== 'rlib' && crateType !== 'staticlib')
  );
}

/** The facts' driver takes rustc's place: in check mode, for the workspace's own packages (cargo `compilation.rs`, `rustc_process`). */
export function isDriven(unit: Unit, facts: Pick<RustFacts, 'driver'>): boolean {
  return facts.driver !== undefined && unit.mode === 'check' && unit.package.isWorkspaceMember;
}

/**
 * The unit counts what is executed: the workspace's own code, as far as it is made to be tested and not to build with (cargo-llvm-cov
 * sets RUSTC_WORKSPACE_WRAPPER, which leaves third-party crates alone).
 */
export function isInstrumented(unit: Unit, facts: Pick<RustFacts, 'coverage' | 'requestedTarget'>): boolean {
  if (facts.coverage === undefined || !unit.package.isWorkspaceMember) return false;
  const isOnlyForHost = isForHost(unit.target) || (facts.requestedTarget !== undefined && unit.platform === null);
  return unit.mode === 'test' || (unit.mode === 'build' && !isOnlyForHost);
}
