/** What of a workspace is wanted, in cargo's own words: each field is one group of cargo's command-line flags. */
export interface CargoSelection {
  readonly command: 'build' | 'test' | 'bench' | 'check';
  /** `-p`, as package specifications; empty: cargo's default members. */
  readonly packages: readonly string[];
  /** `--workspace` */
  readonly workspace: boolean;
  /** Target flags as written: `--lib`, `--bins`, `--bin=NAME`, `--example=NAME`, `--tests`, `--all-targets`; empty: the command's default. */
  readonly targets: readonly string[];
  /** `--features`, one name each. */
  readonly features: readonly string[];
  /** `--all-features` */
  readonly allFeatures: boolean;
  /** `--no-default-features` */
  readonly noDefaultFeatures: boolean;
  /** `--profile`: `dev`, `release`, or a profile of the workspace's manifest. */
  readonly profile: string;
  /** `--target`; `undefined`: `build.target` of cargo's configuration, else the host. */
  readonly target: string | undefined;
  /** `--crate-type` of `cargo rustc`, which builds one target only; absent: what the manifest says. */
  readonly crateTypes?: readonly string[];
  /** Words for rustc where it compiles what was selected, after cargo's own (`cargo rustc -- WORDS`); absent: none. */
  readonly rustcArguments?: readonly string[];
  /** `--config`, as `KEY=VALUE`: profiles only, which the unit graph is made with; absent: none. */
  readonly config?: readonly string[];
  /** What takes rustc's place for the workspace's own packages, as RUSTC_WORKSPACE_WRAPPER does; absent: nothing. */
  readonly driver?: CompilerDriver;
  /** The workspace's own packages are compiled to count what is executed; absent: they are not. */
  readonly coverage?: true;
}

/** A program of the toolchain that is called as rustc would be, and says more. */
export interface CompilerDriver {
  readonly program: 'clippy-driver';
  /** What follows `--` of `cargo clippy`. */
  readonly arguments: readonly string[];
}

/** The subcommand that plans a selection: `cargo rustc` alone knows `--crate-type`. */
export function cargoCommand(selection: CargoSelection): string {
  return selection.crateTypes === undefined ? selection.command : 'rustc';
}

/** Flags that choose features: the same for every cargo command. */
export function featureFlags(selection: CargoSelection): readonly string[] {
  return [
    ...(selection.features.length > 0 ? [`--features=${selection.features.join(',')}`] : []),
    ...(selection.allFeatures ? ['--all-features'] : []),
    ...(selection.noDefaultFeatures ? ['--no-default-features'] : []),
  ];
}

/** Flags that choose packages, targets, features, profile and platform for `cargo build` and its relatives. */
export function selectionFlags(selection: CargoSelection): readonly string[] {
  return [
    ...selection.packages.map((name) => `--package=${name}`),
    ...(selection.workspace ? ['--workspace'] : []),
    ...selection.targets,
    ...featureFlags(selection),
    `--profile=${selection.profile}`,
    ...(selection.target === undefined ? [] : [`--target=${selection.target}`]),
    ...(selection.crateTypes === undefined ? [] : [`--crate-type=${selection.crateTypes.join(',')}`]),
    ...(selection.config ?? []).map((setting) => `--config=${setting}`),
  ];
}
