import { linkableFiles, usesExtraFilename } from './file-names.ts';
import { OUTPUT_ROOT, TOOLCHAIN_ROOT } from '../layout.ts';
import { ltoArguments } from './lto.ts';
import { entryOf, type PlanContext } from './plan-context.ts';
import { dependencyDirectory, platformFacts } from './target-directories.ts';
import {
  crateName,
  isCustomBuild,
  isDriven,
  isForHost,
  isInstrumented,
  isLinkable,
  isProcMacro,
  isTest,
  needsOnlyMetadata,
  requiresUpstreamObjects,
} from './unit-traits.ts';
import type { Package, Unit, UnitDependency, UnitProfile } from '../unit.ts';

/**
 * argv of a unit's rustc call, up to where the flags of build scripts are appended: cargo's own, in cargo's order
 * (cargo `src/compiler/mod.rs`: `prepare_rustc`, `build_base_args`, `build_deps_args`).
 */
export function rustcArguments(context: PlanContext, unit: Unit): readonly string[] {
  const { facts, places } = context;
  return [
    ...(facts.driver !== undefined && isDriven(unit, facts) ? [`${TOOLCHAIN_ROOT}/bin/${facts.driver.program}`] : []),
    `${TOOLCHAIN_ROOT}/bin/rustc`,
    ...crateArguments(context, unit),
    ...codegenArguments(context, unit),
    ...unit.package.lintFlags,
    ...unit.profile.rustflags,
    ...assertionArguments(unit.profile),
    ...testArguments(unit),
    ...unit.features.flatMap((feature) => ['--cfg', `feature="${feature}"`]),
    ...checkCfgArguments(unit.package),
    ...identityArguments(context, unit),
    ...outputArguments(context, unit),
    ...searchArguments(context, unit),
    ...externArguments(context, unit),
    ...(unit.package.source.kind === 'path' ? [] : ['--cap-lints', 'allow']),
    ...(unit.isRoot ? (facts.rootArguments ?? []) : []),
    ...(isInstrumented(unit, facts) ? COVERAGE_ARGUMENTS : []),
    ...platformFacts(facts, unit).rustflags.map((flag) => places.translate(flag)),
  ];
}

/** What cargo-llvm-cov adds: counters, and a configuration by which code can leave itself out. */
const COVERAGE_ARGUMENTS = ['-C', 'instrument-coverage', '--cfg=coverage', '--check-cfg=cfg(coverage)'];

function crateArguments(context: PlanContext, unit: Unit): readonly string[] {
  const { target } = unit;
  return [
    '--crate-name',
    crateName(target),
    `--edition=${target.edition}`,
    context.places.source(unit).argument,
    '--error-format=json',
    '--json=diagnostic-rendered-ansi,artifacts,future-incompat',
    ...(isTest(unit) ? [] : target.crateTypes.flatMap((crateType) => ['--crate-type', crateType])),
    `--emit=${emittedKinds(unit)}`,
  ];
}

function emittedKinds(unit: Unit): string {
  if (unit.mode === 'check') return 'dep-info,metadata';
  return requiresUpstreamObjects(unit) ? 'dep-info,link' : 'dep-info,metadata,link';
}

function codegenArguments(context: PlanContext, unit: Unit): readonly string[] {
  const { profile } = unit;
  const flags: string[] = [];
  if (prefersDynamic(context, unit)) flags.push('-C', 'prefer-dynamic');
  if (profile.optLevel !== '0') flags.push('-C', `opt-level=${profile.optLevel}`);
  if (profile.panic !== 'unwind') flags.push('-C', `panic=${profile.panic}`);
  if (profile.panic === 'immediate-abort') flags.push('-Z', 'unstable-options');
  flags.push(...ltoArguments(entryOf(context.lto, unit.index)));
  if (profile.codegenBackend !== null) flags.push('-Z', `codegen-backend=${profile.codegenBackend}`);
  if (profile.codegenUnits !== null) flags.push('-C', `codegen-units=${profile.codegenUnits}`);
  if (profile.debuginfo !== 0) {
    flags.push('-C', `debuginfo=${profile.debuginfo}`);
    const split = profile.splitDebuginfo;
    if (split !== null && platformFacts(context.facts, unit).splitDebuginfo.includes(split)) flags.push('-C', `split-debuginfo=${split}`);
  }
  return flags;
}

function prefersDynamic(context: PlanContext, unit: Unit): boolean {
  if (isForHost(unit.target)) return !isCustomBuild(unit.target);
  return !isTest(unit) && unit.target.crateTypes.includes('dylib') && !context.primaryPackages.has(unit.package.id);
}

/** Only what differs from the default that the optimisation level and `debug-assertions` imply. */
function assertionArguments(profile: UnitProfile): readonly string[] {
  const { debugAssertions, overflowChecks } = profile;
  const impliedAssertions = profile.optLevel === '0';
  return [
    ...(debugAssertions === impliedAssertions ? [] : ['-C', `debug-assertions=${debugAssertions ? 'on' : 'off'}`]),
    ...(overflowChecks === debugAssertions ? [] : ['-C', `overflow-checks=${overflowChecks ? 'on' : 'off'}`]),
  ];
}

function testArguments(unit: Unit): readonly string[] {
  if (!isTest(unit)) return [];
  if (!unit.target.harness) return ['--cfg', 'test'];
  const aborts = unit.profile.panic === 'abort' || unit.profile.panic === 'immediate-abort';
  return aborts ? ['--test', '-Z', 'panic-abort-tests'] : ['--test'];
}

export function checkCfgArguments(pkg: Package): readonly string[] {
  const features = pkg.declaredFeatures.map((feature) => `"${feature}"`).join(', ');
  return ['--check-cfg', 'cfg(docsrs,test)', '--check-cfg', `cfg(feature, values(${features}))`];
}

function identityArguments(context: PlanContext, unit: Unit): readonly string[] {
  const { metadata, unitId } = entryOf(context.hashes, unit.index);
  const named = usesExtraFilename(unit, platformFacts(context.facts, unit).triple);
  return ['-C', `metadata=${metadata}`, ...(named ? ['-C', `extra-filename=-${unitId}`] : [])];
}

function outputArguments(context: PlanContext, unit: Unit): readonly string[] {
  const { profile, platform } = unit;
  const { linker } = platformFacts(context.facts, unit);
  const flags: string[] = [];
  if (profile.rpath) flags.push('-C', 'rpath');
  flags.push('--out-dir', OUTPUT_ROOT);
  if (platform !== null) flags.push('--target', platform);
  if (linker !== undefined) flags.push('-C', `linker=${context.places.translate(linker)}`);
  if (profile.strip !== undefined && profile.strip !== 'none') flags.push('-C', `strip=${profile.strip}`);
  return flags;
}

/** The dependencies' own directory, and the host's beside it when a target was requested: re-exported macros live there. */
export function searchArguments(context: PlanContext, unit: Unit): readonly string[] {
  const own = ['-L', `dependency=${dependencyDirectory(context.facts, unit.platform)}`];
  return unit.platform === null ? own : [...own, '-L', `dependency=${dependencyDirectory(context.facts, null)}`];
}

/** `--extern` of every library that the unit names. */
export function externArguments(context: PlanContext, unit: Unit): readonly string[] {
  const linkable = unit.dependencies.filter((dependency) => isLinkable(entryOf(context.units, dependency.index).target));
  const unstable = linkable.some((dependency) => dependency.noprelude);
  return [
    ...linkable.flatMap((dependency) => externFiles(context, unit, dependency)),
    ...(isProcMacro(unit.target) ? ['--extern', 'proc_macro'] : []),
    ...(unstable ? ['-Z', 'unstable-options'] : []),
  ];
}

function externFiles(context: PlanContext, unit: Unit, dependency: UnitDependency): readonly string[] {
  const other = entryOf(context.units, dependency.index);
  const outputs = entryOf(context.outputs, dependency.index);
  const files = needsOnlyMetadata(unit, other) ? outputs.filter((file) => file.kind === 'rmeta') : linkableFiles(other, outputs);
  const directory = dependencyDirectory(context.facts, other.platform);
  const name = `${dependency.noprelude ? 'noprelude:' : ''}${dependency.externCrateName}`;
  return files.flatMap((file) => ['--extern', `${name}=${directory}/${file.name}`]);
}
