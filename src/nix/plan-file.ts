import type { Sha256 } from '../model/digest.ts';
import type { TargetTraits, UnitMode } from '../rust/unit.ts';
import type { ScriptOutput } from '../rust/script/script-output.ts';
import type { NixDistribution, NixPython, PythonStep } from './python-steps.ts';
import type { Variables } from './written-environment.ts';
import type { WrittenNeeds } from './written-needs.ts';
import type { WrittenPackage, WrittenStep } from './written-step.ts';

/** `nix/ferrule.json`: everything `nix/ferrule.nix` needs to know. Holds nothing of the machine it was written on. */
export interface NixPlan {
  readonly version: typeof PLAN_VERSION;
  /** What it was made from: evaluation compares it with the source. Paths relative to the repository's root. */
  readonly madeFrom: PlanOrigin;
  /** Toolchains by name: the version, `1.95.0`. */
  readonly toolchains: Readonly<Record<string, NixToolchain>>;
  /** Python interpreters by name, which is {@link NixPython.version}. */
  readonly pythons: Readonly<Record<string, NixPython>>;
  /** Variables of shells to work in. */
  readonly development: Readonly<Record<string, string>>;
  /** Fixed-output downloads by name. */
  readonly fetches: Readonly<Record<string, NixFetch>>;
  /** Parts of the repository by name. */
  readonly sources: Readonly<Record<string, NixSource>>;
  /** What steps of a package have in common, by the package's name and version. */
  readonly packages: Readonly<Record<string, WrittenPackage>>;
  /** Rows of arguments that many steps have. */
  readonly words: Readonly<Record<string, readonly string[]>>;
  /** Derivations by name, which is that of the derivation too. */
  readonly nodes: Readonly<Record<string, WrittenNode>>;
  /** What each system offers, by Nix's name of it: `x86_64-linux`. */
  readonly systems: Readonly<Record<string, NixSystem>>;
}

export const PLAN_VERSION = 2;

/** Files, listings and absences that the plan follows from. */
export interface PlanOrigin {
  /** sha256 of each file; `null`: there was none. */
  readonly contents: Readonly<Record<string, Sha256 | null>>;
  /** Names in each directory that cargo looks for targets in, sorted; `null`: there was none. */
  readonly listings: Readonly<Record<string, readonly string[] | null>>;
  readonly presence: Readonly<Record<string, boolean>>;
}

export interface NixToolchain {
  /** `1.95.0`, `1.97.0-nightly` */
  readonly version: string;
  /** The `rust-toolchain` file that pins it, relative to the root; `null`: none does. */
  readonly file: string | null;
}

export type NixFetch =
  | {
      readonly kind: 'crate';
      readonly name: string;
      readonly version: string;
      readonly url: string;
      readonly sha256: Sha256;
    }
  | {
      readonly kind: 'git';
      /** What the store path is called. */
      readonly name: string;
      readonly url: string;
      readonly revision: string;
      /** sha256 of the checkout as a NAR, without `.git`. */
      readonly narSha256: Sha256;
    }
  | {
      readonly kind: 'file';
      /** File name, which is the store path's as well. */
      readonly name: string;
      readonly url: string;
      readonly sha256: Sha256;
    };

/**
 * Which files of the repository: of the longest path that stands in either list and above a file, the list decides. So files that come
 * later are seen without a new plan.
 */
export interface NixSource {
  readonly keep: readonly string[];
  readonly drop: readonly string[];
}

/** One derivation. */
export interface NixNode {
  /** For people: `serde v1.0.228`. */
  readonly label: string;
  /** Package's name and version, for overrides. */
  readonly name: string;
  readonly version: string;
  /** Name in {@link NixPlan.toolchains}; `null`: no Rust is compiled. */
  readonly toolchain: string | null;
  /** Names of nodes it reads outputs of. Steps refer to them by position. */
  readonly needs: readonly string[];
  /** Names in {@link NixPlan.fetches} and {@link NixPlan.sources}. */
  readonly fetches: readonly string[];
  readonly sources: readonly string[];
  /** Names of nixpkgs' packages whose libraries and programs it reads. */
  readonly system: readonly string[];
  /** In order; they share the derivation's output. */
  readonly steps: readonly (NixStep | PythonStep)[];
  /** Absent: it is none of the Python half. */
  readonly distribution?: NixDistribution;
}

/** A derivation as it stands in the file: its steps refer to hashes of units, which every system has its own of. */
export interface WrittenNode extends Omit<NixNode, 'steps' | 'needs'>, WrittenNeeds {
  /** Names in {@link NixPlan.packages}; absent: none. */
  readonly packages?: readonly string[];
  /** Names in {@link NixPlan.words}; absent: none. */
  readonly words?: readonly string[];
  /** Names in {@link NixSystem.environments}; absent: none. */
  readonly environments?: readonly string[];
  readonly steps: readonly WrittenStep[];
}

/** What the runner for Rust does. */
export type NixStep = CompileStep | ScriptStep | GivenScriptStep | RunStep | CollectStep;

/** Position in {@link NixNode.needs}; -1: the node itself. */
export type NeedIndex = number;

/** Position in {@link NixNode.sources}: a derivation knows what a part holds, and not how it was chosen. */
export type SourceIndex = number;

/** A tree below `/build`. */
export interface PlacedInput {
  /** Relative to the root: `build/registry/serde-1.0.228`. */
  readonly path: string;
  readonly from: { readonly fetch: string } | { readonly source: SourceIndex; /** Only this directory of it. */ readonly below?: string };
  /** Patch files, each a source of one file, to be applied in order. */
  readonly patches: readonly { readonly source: SourceIndex; readonly file: string }[];
  /** The step may write it. */
  readonly writable: boolean;
}

/** A process with its surroundings. */
interface ProcessStep {
  readonly label: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Relative to the root. */
  readonly workingDirectory: string;
  readonly trees: readonly PlacedInput[];
  /** Single files written for this plan, by path relative to the root. */
  readonly files: Readonly<Record<string, string>>;
  /** Scripts that it refers to by position. */
  readonly scripts: readonly ScriptReference[];
}

interface RustStep extends ProcessStep {
  /** Names its files in the output: cargo's unit hash. */
  readonly unit: string;
}

/** The run of a build script, and where its OUT_DIR stands. */
export interface ScriptReference {
  readonly need: NeedIndex;
  readonly unit: string;
  readonly path: string;
}

/** One rustc call. */
export interface CompileStep extends RustStep {
  readonly kind: 'compile';
  readonly arguments: readonly string[];
  /** File names below `/build/out`; a leading `?` marks those that may be missing. */
  readonly outputs: readonly string[];
  /** Files of nodes, by the directory they are to be put in; `FILE/NAME` is put there under another name. */
  readonly artifacts: Readonly<Record<string, readonly (readonly [NeedIndex, ...string[]])[]>>;
  /** Positions in `scripts`. */
  readonly ownScript: number | null;
  readonly linkScripts: readonly number[];
  readonly pluginScripts: readonly number[];
  readonly links: boolean;
  readonly target: TargetTraits;
  readonly mode: UnitMode;
  /** Targets of its package: build scripts' link arguments go by them. */
  readonly packageTargets: readonly TargetTraits[];
  /** Its package is one of the repository's: warnings are shown. */
  readonly showWarnings: boolean;
}

/** One run of a build script. */
export interface ScriptStep extends RustStep {
  readonly kind: 'script';
  readonly program: { readonly need: NeedIndex; readonly file: string; readonly path: string };
  readonly outDirectory: string;
  readonly dependencyScripts: readonly { readonly script: number; readonly prefix: string }[];
  readonly pluginScripts: readonly number[];
  readonly rustVersion: string | null;
  readonly packageTargets: readonly TargetTraits[];
  readonly nightly: boolean;
}

/** A program of a check; it leaves nothing, and its failure is that of the derivation. */
export interface RunStep extends ProcessStep {
  readonly kind: 'run';
  readonly arguments: readonly string[];
  /** What follows the words that build scripts add, of documentation tests; absent: they add none. */
  readonly lastArguments?: readonly string[];
  readonly artifacts: CompileStep['artifacts'];
  readonly ownScript: number | null;
  readonly linkScripts: readonly number[];
  /** Directories that it may write, relative to the root. */
  readonly directories: readonly string[];
  /** Whole outputs of nodes, by the path at which they are seen; absent: none. */
  readonly places?: Readonly<Record<string, NeedIndex>>;
  /** Absolute directories for `PATH`, before all others; absent: none. */
  readonly path?: readonly string[];
}

/** What cargo's configuration says in the place of a script's run. */
export interface GivenScriptStep {
  readonly kind: 'given-script';
  readonly unit: string;
  readonly output: ScriptOutput;
}

/** Files of other nodes under names for users. */
export interface CollectStep {
  readonly kind: 'collect';
  readonly files: readonly { readonly need: NeedIndex; readonly file: string; readonly path: string }[];
}

export interface NixSystem {
  /** Rust's name of it. */
  readonly host: string;
  /** Variables that say something of the machine. */
  readonly environments: Readonly<Record<string, Variables>>;
  /** Hashes of the units of its derivations by name, in the order of references to them, each behind a space. */
  readonly units: Readonly<Record<string, string>>;
  /** By name: `ripgrep`, `ripgrep-lib`. */
  readonly outputs: Readonly<Record<string, NixOutput>>;
  /** By name: `ripgrep-clippy`, `ripgrep-tests`, `cli-pytest`. */
  readonly checks: Readonly<Record<string, NixOutput>>;
  /** Editable environments by the name of the project: what a shell is made of. */
  readonly shells: Readonly<Record<string, NixOutput>>;
}

export interface NixOutput {
  readonly kind: 'rust' | 'python';
  readonly node: string;
  /** The package or project, and what of it: `bin`, `lib`, `wheel`. */
  readonly target: string;
  readonly output: string;
  /** Names of programs below `bin/`. */
  readonly programs: readonly string[];
  /** What a package without an output means. */
  readonly isDefault: boolean;
}
