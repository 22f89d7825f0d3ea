/** What a build script said on standard output, parsed once (cargo `src/compiler/custom_build.rs`, `BuildOutput`). */
export interface ScriptOutput {
  /** Values for `-l`, in order. */
  readonly linkLibraries: readonly string[];
  /** Values for `-L`, `KIND=` prefix kept, in order. */
  readonly linkSearch: readonly string[];
  readonly linkArguments: readonly LinkArgument[];
  readonly cfgs: readonly string[];
  readonly checkCfgs: readonly string[];
  /** Environment of the package's own rustc calls, in order; a later entry wins. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** `DEP_<LINKS>_<KEY>` for direct dependents: key as given, in order. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  readonly warnings: readonly string[];
  /** `cargo::error=` lines: the build fails although the script exits with 0. */
  readonly errors: readonly string[];
  /** Paths as written; relative ones count from the package's root. Empty together with `rerunIfEnvChanged`: any file of the package. */
  readonly rerunIfChanged: readonly string[];
  readonly rerunIfEnvChanged: readonly string[];
}

export interface LinkArgument {
  readonly scope: LinkScope;
  readonly value: string;
}

/** Which of the package's targets a `rustc-link-arg*` reaches (cargo `LinkArgTarget`). */
export type LinkScope =
  | { readonly kind: 'all' | 'cdylib' | 'bins' | 'tests' | 'benches' | 'examples' }
  | { readonly kind: 'bin'; readonly name: string };
