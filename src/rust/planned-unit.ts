import type { Digest } from '../model/digest.ts';
import type { SandboxPath } from './layout.ts';
import type { Package, Unit } from './unit.ts';

/** A unit with everything known before any action has run. Produced by `plan-units.ts`; plain data, JSON-safe, no machine paths outside `unit`. */
export type PlannedUnit = CompileUnit | ScriptRunUnit;

interface PlannedBase {
  /** Position in the plan; the same as `unit.index`. */
  readonly index: number;
  readonly unit: Unit;
  /** For people: `serde v1.0.228`, `ripgrep v15.2.0 (bin "rg")`, `libc v0.2.186 (build script)`, `libc v0.2.186 (build script run)`. */
  readonly label: string;
  /** 16 hexadecimal digits, cargo's `c_metadata` shape: the value of `-C metadata`. */
  readonly metadata: string;
  /** 16 hexadecimal digits, cargo's `unit_id` shape: what file names carry. */
  readonly unitId: string;
  /** Absolute, inside the root. */
  readonly workingDirectory: SandboxPath;
  /** Complete but for what build scripts add. Values hold sandbox paths only. */
  readonly environment: Readonly<Record<string, string>>;
  /** What was made or brought for this plan and is read by this unit; absent: nothing. The content is in the store. */
  readonly inputs?: readonly PlannedInput[];
}

/** A file or a directory that no unit makes and no package has, such as a configuration written for this plan. */
export interface PlannedInput {
  readonly kind: 'file' | 'tree';
  readonly path: SandboxPath;
  readonly digest: Digest;
}

/** One rustc call. */
export interface CompileUnit extends PlannedBase {
  readonly kind: 'compile';
  /** argv[0] is the sandbox's rustc; rows 1 to 20 of the table in cargo's order, up to where build-script flags are appended. */
  readonly arguments: readonly string[];
  /** Files this call leaves below {@link OUTPUT_ROOT}. */
  readonly outputs: readonly UnitFile[];
  /** Files of other units it reads, each to be put at `path`. Transitive, in the exact set rustc needs; no duplicates; sorted by path. */
  readonly artifacts: readonly ArtifactInput[];
  /** The script-run unit of its own package, when it applies to this unit. */
  readonly ownScript: number | undefined;
  /** Script-run units whose `-L` reach this call, in cargo's `to_link` order (own first). */
  readonly linkScripts: readonly number[];
  /** Script-run units reached through host dependencies: their `-L` go into the dynamic library path only. */
  readonly pluginScripts: readonly number[];
  /** Runs the linker, so the key takes in the identity of linker, libc and system libraries. */
  readonly links: boolean;
  /** The package is local (path): warnings are shown, and replayed when cached. */
  readonly showWarnings: boolean;
}

/** One build-script run. */
export interface ScriptRunUnit extends PlannedBase {
  readonly kind: 'run-script';
  /** Unit that compiled the script, and where its program is to be put; `undefined` exactly when {@link override} takes its place. */
  readonly script: { readonly unit: number; readonly file: string; readonly path: SandboxPath } | undefined;
  readonly outDirectory: SandboxPath;
  /** Script-run units whose metadata becomes `DEP_<LINKS>_*` here: `links` of the package already upper-cased and with `-` replaced. */
  readonly dependencyScripts: readonly { readonly unit: number; readonly prefix: string }[];
  /** Script-run units reached through the script's own build-dependencies: their `-L` below the target directory go into the dynamic library path. */
  readonly pluginScripts: readonly number[];
  /** `target.<triple>.<links>` of cargo's configuration replaces the run by this output. */
  readonly override: ScriptOverride | undefined;
}

/** Canned output from cargo's configuration: lines a script would have printed, as `key=value` in directive syntax. */
export interface ScriptOverride {
  readonly lines: readonly string[];
}

/** What a process that is started for a package's tests has around it. */
interface PlannedRunBase {
  /** Complete but for what build scripts add. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute, inside the root. */
  readonly workingDirectory: SandboxPath;
  /** Files of units it reads or starts. */
  readonly artifacts: readonly ArtifactInput[];
  /** The script-run unit of its own package; `undefined`: it has none. */
  readonly ownScript: number | undefined;
  /** Script-run units whose libraries it may load. */
  readonly linkScripts: readonly number[];
}

/** A test program of a plan, run. */
export interface TestRun extends PlannedRunBase {
  /** The unit that is the program. */
  readonly unit: number;
  readonly program: ArtifactInput;
  /** The configured runner, if there is one, and the program. */
  readonly arguments: readonly string[];
  /** CARGO_TARGET_TMPDIR: a directory it may write. */
  readonly temporaryDirectory: SandboxPath;
}

/** A library's documentation tests: `rustdoc` compiles and runs them in one call. */
export interface DoctestRun extends PlannedRunBase {
  readonly package: Package;
  readonly label: string;
  /** Up to where `-L` of build scripts is put in. */
  readonly arguments: readonly string[];
  /** What follows them, up to where the flags of its own script are appended. */
  readonly lastArguments: readonly string[];
  /** Units it depends on. */
  readonly needs: readonly number[];
}

export interface UnitFile {
  readonly kind: 'rlib' | 'rmeta' | 'dylib' | 'cdylib' | 'staticlib' | 'proc-macro' | 'executable' | 'dep-info' | 'debug';
  /** File name below {@link OUTPUT_ROOT}. */
  readonly name: string;
  /** Path below `target/release` under which cargo uplifts it: without the hash, `examples/NAME` for examples; `undefined` when it is not uplifted. */
  readonly uplifted: string | undefined;
  /** May be missing without that being an error. */
  readonly optional: boolean;
}

export interface ArtifactInput {
  readonly unit: number;
  /** Name of one of that unit's {@link UnitFile}s. */
  readonly file: string;
  readonly path: SandboxPath;
}
