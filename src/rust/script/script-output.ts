/** What a build script said on standard output, parsed once (cargo `src/compiler/custom_build.rs`, `BuildOutput`). */
export interface ScriptOutput {
  /** Values for `-l`, in order. */
  readonly linkLibraries: readonly string[];
  /** Values for `-L`, in order. */
  readonly linkSearch: readonly LinkSearch[];
  readonly linkArguments: readonly LinkArgument[];
  readonly cfgs: readonly string[];
  readonly checkCfgs: readonly string[];
  /** Environment of the package's own rustc calls, in order; a later entry wins. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** `DEP_<LINKS>_<KEY>` for direct dependents: key as given, in order. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  readonly warnings: readonly string[];
  /**
   * Indented `cargo::error=` lines. cargo prints them as errors but lets the build go on; a line that begins with `cargo::error=`
   * fails the build, and then there is no output at all.
   */
  readonly errors: readonly string[];
  /** Paths as written; relative ones count from the package's root. Empty together with `rerunIfEnvChanged`: any file of the package. */
  readonly rerunIfChanged: readonly string[];
  readonly rerunIfEnvChanged: readonly string[];
}

export interface LinkSearch {
  /** Value for `-L`, `KIND=` prefix kept. */
  readonly value: string;
  /** The path lies in the script's own OUT_DIR: it goes before every path that does not (cargo `LibraryPath::CargoArtifact`). */
  readonly inOutDirectory: boolean;
}

export interface LinkArgument {
  readonly scope: LinkScope;
  readonly value: string;
}

/** Which of the package's targets a `rustc-link-arg*` reaches (cargo `LinkArgTarget`). */
export type LinkScope =
  | { readonly kind: 'all' | 'cdylib' | 'bins' | 'tests' | 'benches' | 'examples' }
  | { readonly kind: 'bin'; readonly name: string };
