import type { CompilerDriver } from './selection.ts';
import type { Toolchain } from './toolchain.ts';
import type { UnitGraph } from './unit.ts';

/**
 * Everything cargo, rustc and the configuration files said about one selection of one workspace: the input of `planUnits`,
 * which adds no I/O of its own. JSON-safe, so that the plan cache can keep it.
 */
export interface RustFacts {
  readonly graph: UnitGraph;
  readonly toolchain: Toolchain;
  /** Absolute path of cargo's workspace root on this machine. */
  readonly workspaceRoot: string;
  /** Absolute directory mounted at `/build/src`: the repository's root, or the nearest ancestor that also holds every path package. */
  readonly sourceAnchor: string;
  /** Triple given with `--target`, `undefined` without one. */
  readonly requestedTarget: string | undefined;
  /** Name of the selected profile as given (`release`, `dev`, `dist`) . */
  readonly profileName: string;
  /** `debug` or `release`: where the chain of `inherits` ends; the PROFILE of build scripts. */
  readonly profileRoot: 'debug' | 'release';
  /** Directory name under target/: `debug` for dev and test, `release` for release and bench, else the profile's name. */
  readonly profileDirectory: string;
  /** What holds for units with `platform: null`. */
  readonly host: PlatformFacts;
  /** What holds for units with a platform: by triple. */
  readonly targets: Readonly<Record<string, PlatformFacts>>;
  /** `[env]` of cargo's configuration, `relative` resolved against the sandbox; `force` only matters against an inherited environment. */
  readonly configEnvironment: readonly { readonly name: string; readonly value: string; readonly force: boolean }[];
  /** Words for rustc where it compiles a selected unit (`cargo rustc -- WORDS`); absent: none. */
  readonly rootArguments?: readonly string[];
  /** What takes rustc's place for the workspace's own packages; absent: nothing. */
  readonly driver?: CompilerDriver;
  /** The workspace's own packages count what is executed; absent: they do not. */
  readonly coverage?: true;
  /** Direct, non-dev dependencies of each package by package id: which `links` metadata its script can see. */
  readonly packageDependencies: Readonly<Record<string, readonly string[]>>;
}

/** A platform as rustc and the configuration describe it. */
export interface PlatformFacts {
  readonly triple: string;
  /** `rustc --print cfg` with this platform's rustflags, line by line. */
  readonly cfg: readonly string[];
  /** Prefix and suffix of file names by crate type, from `rustc --print file-names`; a type the platform cannot make is missing. */
  readonly fileNames: Readonly<Record<string, { readonly prefix: string; readonly suffix: string }>>;
  /** Values of `-C split-debuginfo` the platform supports. */
  readonly splitDebuginfo: readonly string[];
  /** Flags for every rustc call of this kind, first source wins (cargo `target_info.rs` `extra_args`); for host units already empty when `--target` is given. */
  readonly rustflags: readonly string[];
  /** `target.<triple>.linker`, resolved as cargo does; a name or an absolute path. */
  readonly linker: string | undefined;
  /** `target.<triple>.runner`: program and arguments. */
  readonly runner: readonly string[] | undefined;
  /** `target.<triple>.<links>`: canned script output, as `key=value` lines, by `links` name. */
  readonly linksOverrides: Readonly<Record<string, readonly string[]>>;
}
