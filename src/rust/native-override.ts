/** One `[[override]]` with a `crate` in `ferrule.toml`: what a crate needs from the machine that its own manifest cannot say. */
export interface NativeOverride {
  readonly crate: string;
  /** Requirement in cargo's spelling (`0.9`, `>=1.2, <2`); `undefined`: every version. */
  readonly version: string | undefined;
  /** Target triple or `cfg(…)`; `undefined`: every platform. */
  readonly platform: string | undefined;
  /** pkg-config modules the build script may find. */
  readonly pkgConfig: readonly string[];
  /** Programs the build script runs, or `libclang`. */
  readonly tools: readonly string[];
  /** Variables set for the build script and the crate's rustc calls. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables of the user passed on to them when set. */
  readonly passEnvironment: readonly string[];
  /** Further files the script reads: globs relative to the package. */
  readonly inputs: readonly string[];
  /** The script writes into its own source directory: it gets a copy it may change. */
  readonly writableSource: boolean;
  /** Patch file for the crate's source, relative to the repository; `undefined`: none. */
  readonly patch: string | undefined;
}
