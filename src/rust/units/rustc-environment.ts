import { PROFILE_ROOT, TOOLCHAIN_ROOT } from '../layout.ts';
import { entryOf, type PlanContext } from './plan-context.ts';
import {
  dependencyDirectory,
  dynamicLibraryPath,
  dynamicLibraryVariable,
  platformFacts,
  profileDirectory,
  scriptDirectory,
  temporaryDirectory,
} from './target-directories.ts';
import type { CompilerDriver } from '../selection.ts';
import { crateName, isDriven, isExecutable, isTestTarget } from './unit-traits.ts';
import type { Package, Unit } from '../unit.ts';

/** Variables of a rustc call, without those a build script sets (cargo `src/compiler/compilation.rs`, `src/compiler/artifact.rs`). */
export function rustcEnvironment(context: PlanContext, unit: Unit): Readonly<Record<string, string>> {
  const { facts } = context;
  const { host } = facts.toolchain;
  const script = unit.dependencies.map(({ index }) => entryOf(context.units, index)).find(({ mode }) => mode === 'run-custom-build');
  return {
    ...packageEnvironment(context, unit.package),
    ...uncounted(context, unit.package),
    [dynamicLibraryVariable(host)]: dynamicLibraryPath(host, [dependencyDirectory(facts, null)]),
    CARGO_CRATE_NAME: crateName(unit.target),
    ...(isExecutable(unit.target) ? { CARGO_BIN_NAME: unit.target.name } : {}),
    ...(script === undefined ? {} : { OUT_DIR: outDirectory(context, script) }),
    ...(context.primaryPackages.has(unit.package.id) ? { CARGO_PRIMARY_PACKAGE: '1' } : {}),
    ...(isTestTarget(unit.target) ? testEnvironment(context, unit) : {}),
    ...(facts.driver !== undefined && isDriven(unit, facts) ? driverEnvironment(facts.driver) : {}),
  };
}

/** What every process of a package gets: `[env]` of the configuration, which never overrides cargo's own, and who it is. */
export function packageEnvironment(context: PlanContext, pkg: Package): Readonly<Record<string, string>> {
  const root = context.places.root(pkg);
  return {
    ...Object.fromEntries(context.facts.configEnvironment.map(({ name, value }) => [name, value])),
    CARGO: `${TOOLCHAIN_ROOT}/bin/cargo`,
    CARGO_MANIFEST_DIR: root,
    CARGO_MANIFEST_PATH: `${root}/Cargo.toml`,
    ...pkg.packageVariables,
  };
}

/** What runs while the workspace's own packages are built may hold counters, and leaves them nowhere. */
export function uncounted({ facts }: PlanContext, pkg: Package): Readonly<Record<string, string>> {
  return facts.coverage !== undefined && pkg.isWorkspaceMember ? UNCOUNTED : {};
}

/** A program with counters writes them nowhere. */
export const UNCOUNTED = { LLVM_PROFILE_FILE: '/dev/null' };

/** A program with counters leaves them when it ends; processes of one program add up in one file. */
export const COUNTED = { LLVM_PROFILE_FILE: `${PROFILE_ROOT}/%m.profraw` };

/** OUT_DIR of a build-script run. */
export function outDirectory(context: PlanContext, run: Unit): string {
  const { unitId } = entryOf(context.hashes, run.index);
  return `${scriptDirectory({ facts: context.facts, platform: run.platform, unit: run, unitId })}/out`;
}

/** Integration tests and benchmarks learn where their package's programs stand, all of them, built in this selection or not. */
function testEnvironment(context: PlanContext, unit: Unit): Readonly<Record<string, string>> {
  return { CARGO_TARGET_TMPDIR: temporaryDirectory(unit.platform), ...programEnvironment(context, unit) };
}

/** `CARGO_BIN_EXE_*`; what is only checked has no programs (cargo `src/compiler/mod.rs`, `prepare_rustc`). */
export function programEnvironment(context: PlanContext, unit: Unit): Readonly<Record<string, string>> {
  const directory = profileDirectory(context.facts, unit.platform);
  const { prefix, suffix } = platformFacts(context.facts, unit).fileNames['bin'] ?? { prefix: '', suffix: '' };
  const isCheck = unit.mode === 'check';
  const programs = unit.package.targets.filter((target) => target.kinds.includes('bin'));
  return Object.fromEntries(
    programs.map(({ name }) => [`CARGO_BIN_EXE_${name}`, isCheck ? `placeholder:${name}` : `${directory}/${prefix}${name}${suffix}`]),
  );
}

/** As `cargo clippy` hands on what follows its `--` (clippy `src/main.rs`). */
function driverEnvironment(driver: CompilerDriver): Readonly<Record<string, string>> {
  return { CLIPPY_ARGS: driver.arguments.map((word) => `${word}__CLIPPY_HACKERY__`).join('') };
}
