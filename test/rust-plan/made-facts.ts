import { digestOf, sha256Of } from '../../src/model/digest.ts';
import type { PlatformFacts, RustFacts } from '../../src/rust/facts.ts';
import { type RustPlan, planUnits } from '../../src/rust/units/plan-units.ts';
import type { CompileUnit, PlannedUnit, ScriptRunUnit } from '../../src/rust/planned-unit.ts';
import type { Package, PackageSource, TargetKind, Unit, UnitMode, UnitProfile, UnitTarget } from '../../src/rust/unit.ts';

/** Facts put together by hand: small graphs that no cargo has to be asked for. */

export const WORKSPACE = '/home/someone/repo/work';

const PROFILE: UnitProfile = {
  name: 'dev',
  optLevel: '0',
  lto: 'false',
  codegenBackend: null,
  codegenUnits: null,
  debuginfo: 2,
  splitDebuginfo: null,
  debugAssertions: true,
  overflowChecks: true,
  rpath: false,
  incremental: true,
  panic: 'unwind',
  strip: undefined,
  rustflags: [],
  trimPaths: undefined,
};

export interface MadeUnit {
  readonly name: string;
  readonly version?: string;
  /** `lib` when left out. */
  readonly kind?: TargetKind;
  readonly crateTypes?: readonly string[];
  readonly targetName?: string;
  readonly mode?: UnitMode;
  readonly platform?: string;
  readonly source?: PackageSource;
  readonly root?: string;
  readonly links?: string;
  readonly features?: readonly string[];
  readonly harness?: boolean;
  readonly profile?: Partial<UnitProfile>;
  /** Positions of the units it depends on. */
  readonly dependencies?: readonly number[];
  readonly isRoot?: boolean;
}

export const REGISTRY: Extract<PackageSource, { readonly kind: 'registry' }> = {
  kind: 'registry',
  registry: 'https://github.com/rust-lang/crates.io-index',
  checksum: sha256Of('any'),
};

export const LINUX: PlatformFacts = {
  triple: 'x86_64-unknown-linux-gnu',
  cfg: [
    'debug_assertions',
    'panic="unwind"',
    'target_family="unix"',
    'target_has_atomic',
    'target_has_atomic="8"',
    'target_has_atomic="64"',
    'unix',
  ],
  fileNames: {
    bin: { prefix: '', suffix: '' },
    rlib: { prefix: 'lib', suffix: '.rlib' },
    dylib: { prefix: 'lib', suffix: '.so' },
    cdylib: { prefix: 'lib', suffix: '.so' },
    staticlib: { prefix: 'lib', suffix: '.a' },
    'proc-macro': { prefix: 'lib', suffix: '.so' },
  },
  splitDebuginfo: ['off', 'packed', 'unpacked'],
  rustflags: [],
  linker: undefined,
  runner: undefined,
  linksOverrides: {},
};

/** Facts about the units, in the given order; the last is the root unless some say so themselves. */
export function madeFacts(units: readonly MadeUnit[], changes: Partial<RustFacts> = {}): RustFacts {
  const workspaceRoot = changes.workspaceRoot ?? WORKSPACE;
  const made = units.map((unit, index) => madeUnit({ unit, index, units, workspaceRoot }));
  return {
    graph: { units: made, roots: made.filter(({ isRoot }) => isRoot).map(({ index }) => index) },
    toolchain: {
      sysroot: '/opt/rust',
      cargo: '/opt/rust/bin/cargo',
      rustc: '/opt/rust/bin/rustc',
      rustcVerboseVersion: 'rustc 1.95.0\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\n',
      rustcVersion: '1.95.0',
      cargoVersion: '1.95.0',
      host: 'x86_64-unknown-linux-gnu',
      tree: digestOf(''),
    },
    workspaceRoot,
    sourceAnchor: workspaceRoot.replace(/\/[^/]+$/, ''),
    requestedTarget: undefined,
    profileName: 'dev',
    profileRoot: 'debug',
    profileDirectory: 'debug',
    host: LINUX,
    targets: { [LINUX.triple]: LINUX },
    configEnvironment: [],
    packageDependencies: {},
    ...changes,
  };
}

/** The plan of facts that can be planned. */
export function planOf(facts: RustFacts): RustPlan {
  const plan = planUnits(facts);
  if (!plan.ok) throw new Error(plan.diagnostics.map(({ message }) => message).join('\n'));
  return plan.value;
}

export function compiled(plan: RustPlan, index: number): CompileUnit {
  const unit = unitOf(plan, index);
  if (unit.kind !== 'compile') throw new Error(`${unit.label} is no compilation`);
  return unit;
}

export function scriptRun(plan: RustPlan, index: number): ScriptRunUnit {
  const unit = unitOf(plan, index);
  if (unit.kind !== 'run-script') throw new Error(`${unit.label} is no script run`);
  return unit;
}

function unitOf(plan: RustPlan, index: number): PlannedUnit {
  const unit = plan.units[index];
  if (unit === undefined) throw new Error(`no unit ${index}`);
  return unit;
}

function madeUnit(options: {
  readonly unit: MadeUnit;
  readonly index: number;
  readonly units: readonly MadeUnit[];
  readonly workspaceRoot: string;
}): Unit {
  const { unit, index, units, workspaceRoot } = options;
  const pkg = madePackage(unit, workspaceRoot);
  const chosen = units.some(({ isRoot }) => isRoot);
  return {
    index,
    package: pkg,
    target: madeTarget(unit, pkg),
    profile: { ...PROFILE, ...unit.profile },
    platform: unit.platform ?? null,
    mode: unit.mode ?? 'build',
    features: unit.features ?? [],
    dependencies: (unit.dependencies ?? []).map((dependency) => ({
      index: dependency,
      externCrateName: units[dependency]?.name.replaceAll('-', '_') ?? '',
      public: false,
      noprelude: false,
      nounused: false,
    })),
    isRoot: chosen ? unit.isRoot === true : index === units.length - 1,
  };
}

function madePackage(unit: MadeUnit, workspaceRoot: string): Package {
  const source = unit.source ?? { kind: 'path' };
  const version = unit.version ?? '1.0.0';
  const root =
    unit.root ?? (source.kind === 'path' ? `${workspaceRoot}/${unit.name}` : `/home/someone/.cargo/registry/src/x/${unit.name}-${version}`);
  return {
    id: `${source.kind}+${root}#${unit.name}@${version}`,
    name: unit.name,
    version,
    source,
    root,
    links: unit.links,
    declaredFeatures: [...(unit.features ?? [])],
    packageVariables: { CARGO_PKG_NAME: unit.name, CARGO_PKG_VERSION: version },
    rustVersion: undefined,
    targets: [],
    lintFlags: [],
    isWorkspaceMember: source.kind === 'path',
  };
}

function madeTarget(unit: MadeUnit, pkg: Package): UnitTarget {
  const kind = unit.kind ?? 'lib';
  const program = kind === 'bin' || kind === 'test' || kind === 'bench' || kind === 'example' || kind === 'custom-build';
  const crateTypes = unit.crateTypes ?? [program ? 'bin' : kind];
  return {
    kinds: program ? [kind] : crateTypes.map(libraryKind),
    crateTypes,
    name: unit.targetName ?? (kind === 'custom-build' ? 'build-script-build' : unit.name),
    sourcePath: `${pkg.root}/${kind === 'custom-build' ? 'build.rs' : 'src/lib.rs'}`,
    edition: '2021',
    harness: unit.harness ?? true,
    requiredFeatures: [],
  };
}

function libraryKind(crateType: string): TargetKind {
  switch (crateType) {
    case 'rlib':
    case 'dylib':
    case 'cdylib':
    case 'staticlib':
    case 'proc-macro':
      return crateType;
    default:
      return 'lib';
  }
}
