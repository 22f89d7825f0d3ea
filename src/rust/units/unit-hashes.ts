import { sha256Of } from '../../model/digest.ts';
import type { RustFacts } from '../facts.ts';
import type { LtoMode } from './lto.ts';
import { type PackagePlaces, sourceIdentity } from './package-place.ts';
import { platformFacts } from './target-directories.ts';
import type { Unit, UnitProfile } from '../unit.ts';
import { isDriven, isInstrumented } from './unit-traits.ts';

/**
 * The two hashes of a unit, each 16 hexadecimal digits (cargo `src/compiler/build_runner/compilation_files.rs`,
 * `compute_metadata`). They name things; freshness is the action key's matter.
 */
export interface UnitHashes {
  /** `-C metadata`: tells symbols of crates apart. Rustflags stay out, so that symbol names survive a change of flags. */
  readonly metadata: string;
  /** `-C extra-filename` and directory names: metadata's ingredients and the rustflags. */
  readonly unitId: string;
}

/** Raised when an ingredient is added, removed or written differently. */
const VERSION = 1;

/** Hashes of every unit, by index. No machine path enters: two checkouts, and two workspaces for registry crates, agree. */
export function unitHashes(options: {
  readonly facts: RustFacts;
  readonly units: readonly Unit[];
  readonly lto: readonly LtoMode[];
  readonly places: PackagePlaces;
}): readonly UnitHashes[] {
  const { facts, units, lto, places } = options;
  const hashes: (UnitHashes | undefined)[] = [];
  const compilers = compilerIdentity(facts.toolchain.rustcVerboseVersion);
  const hashOf = (index: number): UnitHashes => {
    const known = hashes[index];
    if (known !== undefined) return known;
    const unit = units[index];
    const mode = lto[index];
    if (unit === undefined || mode === undefined) throw new Error(`internal: no unit ${index} to hash`);
    const dependencies = unit.dependencies.map((dependency) => hashOf(dependency.index));
    const shared = jsonWords(
      sharedIngredients({ unit, facts, mode, compiler: unit.platform === null ? compilers.host : compilers.target }),
    );
    const rustflags = platformFacts(facts, unit).rustflags.map((flag) => places.translate(flag));
    const computed: UnitHashes = {
      metadata: shortHash(shared, [dependencies.map((dependency) => dependency.metadata).toSorted()]),
      unitId: shortHash(shared, [
        dependencies.map((dependency) => dependency.unitId).toSorted(),
        hasRemapPathPrefix(rustflags) ? [] : rustflags,
        ...(unit.isRoot && facts.rootArguments !== undefined ? [facts.rootArguments] : []),
      ]),
    };
    hashes[index] = computed;
    return computed;
  };
  return units.map((unit) => hashOf(unit.index));
}

function sharedIngredients(options: {
  readonly unit: Unit;
  readonly facts: RustFacts;
  readonly mode: LtoMode;
  readonly compiler: string;
}): readonly unknown[] {
  const { unit, facts, mode, compiler } = options;
  const { package: pkg, target } = unit;
  return [
    VERSION,
    pkg.name,
    pkg.version,
    sourceIdentity(pkg, facts),
    unit.features,
    profileIngredients(unit.profile),
    unit.checksTests === true ? 'check-test' : unit.mode,
    mode.kind === 'run' ? [mode.kind, mode.flavour ?? ''] : [mode.kind],
    unit.platform ?? '',
    target.name,
    target.kinds,
    compiler,
    ...(isDriven(unit, facts) ? [facts.driver] : []),
    ...(isInstrumented(unit, facts) ? ['coverage'] : []),
  ];
}

/** Everything of a profile but its name, which two equal profiles may differ in, and `incremental`, which is never passed. */
function profileIngredients(profile: UnitProfile): readonly unknown[] {
  return [
    profile.optLevel,
    profile.lto,
    profile.codegenBackend,
    profile.codegenUnits,
    profile.debuginfo,
    profile.splitDebuginfo,
    profile.debugAssertions,
    profile.overflowChecks,
    profile.rpath,
    profile.panic,
    profile.strip ?? '',
    profile.rustflags,
    profile.trimPaths ?? '',
  ];
}

/** The compiler's version; for a requested target without its `host:` line, since code for a target is the same from every host. */
function compilerIdentity(verboseVersion: string): { readonly host: string; readonly target: string } {
  const lines = verboseVersion.trimEnd().split('\n');
  return { host: lines.join('\n'), target: lines.filter((line) => !line.startsWith('host: ')).join('\n') };
}

/** Flags that exist to make outputs equal must not make names differ (cargo `has_remap_path_prefix`). */
function hasRemapPathPrefix(flags: readonly string[]): boolean {
  return flags.some((flag) => flag === '--remap-path-prefix' || flag.startsWith('--remap-path-prefix='));
}

/** JSON of ingredients without the brackets around them. */
function jsonWords(ingredients: readonly unknown[]): string {
  return JSON.stringify(ingredients).slice(1, -1);
}

/** Of the JSON of both lists as one. */
function shortHash(shared: string, own: readonly unknown[]): string {
  return sha256Of(`[${shared},${jsonWords(own)}]`).slice(0, 16);
}
