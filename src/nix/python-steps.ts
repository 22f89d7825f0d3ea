import type { CompositionPolicy } from '../python/environment.ts';
import type { CrateFacts, StableAbi } from '../python/maturin/crate-facts.ts';
import type { BackendCall } from '../python/build/wheel-build-action.ts';
import type { NeedIndex, SourceIndex } from './plan-file.ts';

/** What the derivations of the Python half do. A derivation has one of them. */
export type PythonStep = UnpackStep | BackendStep | PackStep | CollectWheelStep | ComposeStep;

/** What a derivation of the Python half is made with, beside its step. */
export interface NixDistribution {
  /** Name in `pythons` of the plan; `null`: no interpreter is started. */
  readonly python: string | null;
  /** Its step may start compilers. */
  readonly compiles: boolean;
  /** Its libraries are patched where the package set is no ordinary Linux. */
  readonly patches: boolean;
}

/** An interpreter that the package set is asked for. */
export interface NixPython {
  /** `3.12`, `3.13t`, `pypy3.10`: a package set is asked by it. */
  readonly version: string;
  /** Its name in nixpkgs. */
  readonly nixpkgs: string;
}

/** A file that was downloaded, or is one of the repository's. */
export type NixFile = { readonly fetch: string } | { readonly source: SourceIndex; /** Relative to the root. */ readonly file: string };

/** Unpacks a wheel: `tree/` holds its files, `wheel.json` what is known of it. */
export interface UnpackStep {
  readonly kind: 'unpack';
  readonly filename: string;
  readonly from: NixFile;
}

/** Has a backend build something of a project (PEP 517): the file stands in `dist/`, and what a wheel holds as {@link UnpackStep} has it. */
export interface BackendStep {
  readonly kind: 'backend';
  readonly label: string;
  /** `editable`: its metadata and where its modules are (PEP 660). */
  readonly hook: 'wheel' | 'sdist' | 'editable';
  readonly system: BackendCall['buildSystem'];
  /** Unpacked wheels of its build requirements. */
  readonly requires: readonly NeedIndex[];
  readonly configSettings: BackendCall['configSettings'];
  readonly environment: Readonly<Record<string, string>>;
  readonly sources:
    | { readonly kind: 'part'; readonly source: SourceIndex; /** The project in it. */ readonly below: string }
    | { readonly kind: 'archive'; readonly from: NixFile; readonly filename: string }
    | { readonly kind: 'checkout'; readonly fetch: string };
  /** Where in the sources the project is; `null`: at their top. */
  readonly subdirectory: string | null;
}

/** Packs what was compiled for a project with a Rust extension: as an archive in `dist/`, or unpacked. */
export interface PackStep {
  readonly kind: 'pack';
  readonly label: string;
  readonly purpose: 'publish' | 'install';
  /** Its metadata and its module alone: the Python files are used where they lie. */
  readonly editable: boolean;
  readonly source: SourceIndex;
  /** Relative to the repository's root, as is what follows. */
  readonly directory: string;
  readonly crate: CrateFacts;
  readonly code:
    | { readonly kind: 'module'; readonly need: NeedIndex; readonly file: string; readonly stableAbi: StableAbi | null }
    | { readonly kind: 'programs'; readonly programs: readonly PackedProgram[] };
  /** Runs of build scripts, whose OUT_DIR files may be taken from. */
  readonly outDirectories: readonly { readonly crate: string; readonly need: NeedIndex; readonly unit: string }[];
}

export interface PackedProgram {
  readonly name: string;
  readonly need: NeedIndex;
  readonly file: string;
}

/** What stands in `dist/` of a need, for users. */
export interface CollectWheelStep {
  readonly kind: 'collect-wheel';
  readonly need: NeedIndex;
}

/** Composes an environment of unpacked wheels. */
export interface ComposeStep {
  readonly kind: 'compose';
  readonly name: string;
  readonly parts: readonly NixPart[];
  readonly policy: CompositionPolicy;
}

export interface NixPart {
  readonly kind: 'wheel' | 'editable';
  readonly need: NeedIndex;
  readonly name: string;
  /** `null`: the wheel says it. */
  readonly version: string | null;
  /** Content of `direct_url.json`; `null`: it came from an index. */
  readonly directUrl: string | null;
}
