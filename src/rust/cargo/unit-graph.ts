import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import {
  arrayIn,
  booleanIn,
  flagIn,
  type JsonObject,
  numberIn,
  objectIn,
  objectOf,
  optionalStringIn,
  optionalStringsIn,
  ShapeError,
  stringIn,
  stringsIn,
} from './json-shape.ts';
import type { TargetKind, Unit, UnitDependency, UnitMode, UnitProfile, UnitTarget } from '../unit.ts';

/** A unit as cargo prints it, not yet joined with its package's facts. */
export interface CargoUnit extends Omit<Unit, 'package' | 'target'> {
  readonly packageId: string;
  readonly target: CargoTarget;
}

export type CargoTarget = Omit<UnitTarget, 'harness'>;

export interface CargoUnitGraph {
  readonly units: readonly CargoUnit[];
  readonly roots: readonly number[];
}

/**
 * Reads `cargo … --unit-graph` (cargo `src/compiler/unit_graph.rs`). The format is unstable and its version number has never
 * changed, so every field is checked: anything unknown fails with F0209 and names cargo's version, rather than building something else.
 */
export function parseUnitGraph(text: string, cargoVersion: string): Result<CargoUnitGraph> {
  let where = 'the document';
  try {
    const graph = objectOf(JSON.parse(text), 'document');
    const version = numberIn(graph, 'version');
    if (version !== 1) throw new ShapeError('version', `is ${version}, not 1`);
    const entries = arrayIn(graph, 'units');
    const roots = arrayIn(graph, 'roots').map((root) => indexOf(root, entries.length));
    const isRoot = new Set(roots);
    const units = entries.map((entry, index) => {
      where = `units[${index}]`;
      return unitOf(objectOf(entry, 'unit'), { index, isRoot: isRoot.has(index), count: entries.length });
    });
    return ok({ units: withCheckedTests(units), roots });
  } catch (error) {
    if (!(error instanceof ShapeError) && !(error instanceof SyntaxError)) throw error;
    return fail(unknownShape({ cargoVersion, where, problem: error.message }));
  }
}

/**
 * In check mode a library or program with and without its tests are two roots that differ in nothing the graph prints. Units are sorted,
 * and cargo's order has the one without tests first (`CompileMode::Check`, derived `Ord`).
 */
function withCheckedTests(units: readonly CargoUnit[]): readonly CargoUnit[] {
  const seen = new Set<string>();
  return units.map((unit) => {
    if (unit.mode !== 'check' || !unit.isRoot) return unit;
    const { kinds, name, sourcePath } = unit.target;
    const key = JSON.stringify([unit.packageId, kinds, name, sourcePath, unit.platform]);
    if (!seen.has(key)) {
      seen.add(key);
      return unit;
    }
    return { ...unit, checksTests: true };
  });
}

function unitOf(entry: JsonObject, place: { readonly index: number; readonly isRoot: boolean; readonly count: number }): CargoUnit {
  if (flagIn(entry, 'is_std')) throw new ShapeError('is_std', 'is set: `-Z build-std` is not supported');
  return {
    index: place.index,
    isRoot: place.isRoot,
    packageId: stringIn(entry, 'pkg_id'),
    target: targetOf(objectIn(entry, 'target')),
    profile: profileOf(objectIn(entry, 'profile')),
    platform: optionalStringIn(entry, 'platform') ?? null,
    mode: known(MODES, stringIn(entry, 'mode'), 'mode'),
    features: stringsIn(entry, 'features'),
    dependencies: arrayIn(entry, 'dependencies').map((dependency) => dependencyOf(objectOf(dependency, 'dependencies'), place.count)),
  };
}

const MODES = new Map<string, UnitMode>(
  (['build', 'check', 'test', 'doc', 'doctest', 'run-custom-build'] as const).map((mode) => [mode, mode]),
);

const TARGET_KINDS = new Map<string, TargetKind>(
  (['lib', 'rlib', 'dylib', 'cdylib', 'staticlib', 'proc-macro', 'bin', 'test', 'bench', 'example', 'custom-build'] as const).map(
    (kind) => [kind, kind],
  ),
);

function known<T>(table: ReadonlyMap<string, T>, name: string, field: string): T {
  const value = table.get(name);
  if (value === undefined) throw new ShapeError(field, `is \`${name}\`, which Ferrule does not know`);
  return value;
}

/** A target's kinds, as `cargo metadata` and the unit graph both print them. */
export function targetKindsIn(target: JsonObject): readonly TargetKind[] {
  return stringsIn(target, 'kind').map((kind) => known(TARGET_KINDS, kind, 'kind'));
}

function targetOf(target: JsonObject): CargoTarget {
  return {
    kinds: targetKindsIn(target),
    crateTypes: stringsIn(target, 'crate_types'),
    name: stringIn(target, 'name'),
    sourcePath: stringIn(target, 'src_path'),
    edition: stringIn(target, 'edition'),
    requiredFeatures: optionalStringsIn(target, 'required-features'),
  };
}

function profileOf(profile: JsonObject): UnitProfile {
  return {
    name: stringIn(profile, 'name'),
    optLevel: stringIn(profile, 'opt_level'),
    lto: stringIn(profile, 'lto'),
    codegenBackend: optionalStringIn(profile, 'codegen_backend') ?? null,
    codegenUnits: profile['codegen_units'] === null ? null : numberIn(profile, 'codegen_units'),
    debuginfo: debuginfoOf(profile['debuginfo']),
    splitDebuginfo: optionalStringIn(profile, 'split_debuginfo') ?? null,
    debugAssertions: booleanIn(profile, 'debug_assertions'),
    overflowChecks: booleanIn(profile, 'overflow_checks'),
    rpath: booleanIn(profile, 'rpath'),
    incremental: booleanIn(profile, 'incremental'),
    panic: stringIn(profile, 'panic'),
    strip: stripOf(objectIn(profile, 'strip')),
    rustflags: optionalStringsIn(profile, 'rustflags'),
    trimPaths: trimPathsOf(profile['trim_paths']),
  };
}

function debuginfoOf(value: unknown): number | string {
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (value === null || value === undefined) return 0;
  throw new ShapeError('debuginfo', 'is neither a number nor a name');
}

/** `{"deferred": S}` or `{"resolved": S}` with S `"None"` or `{"Named": "debuginfo"}` (cargo `profiles.rs`, `Strip`, `StripInner`). */
function stripOf(strip: JsonObject): string | undefined {
  const inner = strip['resolved'] ?? strip['deferred'];
  if (inner === 'None') return undefined;
  return stringIn(objectOf(inner, 'strip'), 'Named');
}

function trimPathsOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',');
  throw new ShapeError('trim_paths', 'is neither a name nor a list of names');
}

function dependencyOf(dependency: JsonObject, count: number): UnitDependency {
  return {
    index: indexOf(dependency['index'], count),
    externCrateName: stringIn(dependency, 'extern_crate_name'),
    public: flagIn(dependency, 'public'),
    noprelude: flagIn(dependency, 'noprelude'),
    nounused: flagIn(dependency, 'nounused'),
  };
}

function indexOf(value: unknown, count: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count) return value;
  throw new ShapeError('index', 'points to no unit');
}

function unknownShape(options: { readonly cargoVersion: string; readonly where: string; readonly problem: string }): Diagnostic {
  return {
    code: 'F0209',
    severity: 'error',
    blame: 'input',
    message: `cargo ${options.cargoVersion} printed a unit graph that Ferrule does not understand`,
    facts: [
      ['place', options.where],
      ['problem', options.problem],
    ],
    hints: ['use a toolchain from the supported range, or a newer Ferrule'],
  };
}
