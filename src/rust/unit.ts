import type { Sha256 } from '../model/digest.ts';

/** What cargo calls a unit: one target of one package in one mode, with its features, profile and platform. Built by `unit-graph.ts`. */
export interface Unit {
  /** Position in {@link UnitGraph.units}. */
  readonly index: number;
  readonly package: Package;
  readonly target: UnitTarget;
  readonly profile: UnitProfile;
  /** `null`: built for the host; else the target triple. */
  readonly platform: string | null;
  readonly mode: UnitMode;
  /** Sorted. */
  readonly features: readonly string[];
  readonly dependencies: readonly UnitDependency[];
  /** Selected on cargo's command line rather than pulled in. */
  readonly isRoot: boolean;
  /** Of a library or program in `check` mode: with its tests, which the graph has no word for; absent: without. */
  readonly checksTests?: true;
}

export type UnitMode = 'build' | 'check' | 'test' | 'doc' | 'doctest' | 'run-custom-build';

export type TargetKind =
  | 'lib'
  | 'rlib'
  | 'dylib'
  | 'cdylib'
  | 'staticlib'
  | 'proc-macro'
  | 'bin'
  | 'test'
  | 'bench'
  | 'example'
  | 'custom-build';

export interface UnitTarget {
  readonly kinds: readonly TargetKind[];
  readonly crateTypes: readonly string[];
  /** As cargo prints it: may hold `-`. */
  readonly name: string;
  /** Absolute path on this machine. */
  readonly sourcePath: string;
  readonly edition: string;
  /** From the manifest; unit-graph leaves it out. */
  readonly harness: boolean;
  readonly requiredFeatures: readonly string[];
}

export interface UnitProfile {
  readonly name: string;
  readonly optLevel: string;
  /** As cargo prints it: `false`, `true`, `thin`, `fat`, `off`. */
  readonly lto: string;
  readonly codegenBackend: string | null;
  readonly codegenUnits: number | null;
  readonly debuginfo: number | string;
  readonly splitDebuginfo: string | null;
  readonly debugAssertions: boolean;
  readonly overflowChecks: boolean;
  readonly rpath: boolean;
  readonly incremental: boolean;
  readonly panic: string;
  /** `undefined`: do not strip. */
  readonly strip: string | undefined;
  readonly rustflags: readonly string[];
  readonly trimPaths: string | undefined;
}

export interface UnitDependency {
  readonly index: number;
  /** Name the dependent knows it by, after renames. */
  readonly externCrateName: string;
  readonly public: boolean;
  readonly noprelude: boolean;
  readonly nounused: boolean;
}

export interface UnitGraph {
  readonly units: readonly Unit[];
  readonly roots: readonly number[];
}

/** A package as cargo resolved it. */
export interface Package {
  /** cargo's package id: only to join cargo's own answers, never in a key (it holds absolute paths). */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly source: PackageSource;
  /** Absolute directory of the manifest on this machine. */
  readonly root: string;
  readonly links: string | undefined;
  /** Every declared feature, implicit ones of optional dependencies included; sorted. For `--check-cfg`. */
  readonly declaredFeatures: readonly string[];
  /** The `CARGO_PKG_*` variables, complete: `""` when the manifest is silent. */
  readonly packageVariables: Readonly<Record<string, string>>;
  /** `None` of the manifest is `undefined`. */
  readonly rustVersion: string | undefined;
  /** Every target of the manifest, built or not: a script may name only those that exist, and `-l` goes to the library when there is one. */
  readonly targets: readonly PackageTarget[];
  /** rustc flags from `[lints]`, workspace inheritance resolved, in cargo's order. */
  readonly lintFlags: readonly string[];
  /** Names of the packages' direct, non-dev dependencies' package ids: which `links` metadata a script sees. */
  readonly isWorkspaceMember: boolean;
  /** What its manifest says about it that no build needs; only members of the workspace have it. */
  readonly about?: PackageAbout;
}

/** What a package's manifest says for readers, beyond its {@link Package.packageVariables}. */
export interface PackageAbout {
  readonly authors: readonly string[];
  readonly keywords: readonly string[];
  readonly documentation: string | undefined;
}

/** A target as the manifest declares it (`targets` of `cargo metadata`). */
export interface PackageTarget {
  readonly kinds: readonly TargetKind[];
  readonly crateTypes: readonly string[];
  /** As cargo prints it: may hold `-`. */
  readonly name: string;
  /** Absolute path of the root file on this machine. */
  readonly sourcePath: string;
}

/** What build scripts' words go by. */
export type TargetTraits = Pick<PackageTarget, 'kinds' | 'crateTypes' | 'name'>;

export type PackageSource =
  | {
      readonly kind: 'registry';
      /** Registry's index URL as cargo prints it. */
      readonly registry: string;
      /** sha256 of the `.crate` from `Cargo.lock`. */
      readonly checksum: Sha256;
    }
  | {
      readonly kind: 'git';
      readonly url: string;
      readonly revision: string;
      /** Root of cargo's checkout on this machine. */ readonly checkout: string;
    }
  | { readonly kind: 'path' };
