/** Every option of every command, as data: the parser, the help, the shell completions and the settings are made from this table. */
export interface OptionSpec {
  /** Without `--`. */
  readonly flag: string;
  /** One letter, without `-`. */
  readonly short?: string;
  readonly kind: 'switch' | 'text' | 'number' | 'list' | 'choice' | 'size';
  /** What stands for the value in help. */
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** What a shell offers for the value. */
  readonly completes?: 'file' | 'directory';
  readonly summary: string;
}

export const OPTIONS = {
  directory: {
    flag: 'directory',
    short: 'C',
    kind: 'text',
    placeholder: 'DIR',
    completes: 'directory',
    summary: 'act as if started in DIR',
  },
  json: { flag: 'json', kind: 'switch', summary: 'print exactly one JSON document on stdout' },
  store: {
    flag: 'store',
    kind: 'text',
    placeholder: 'DIR',
    completes: 'directory',
    summary: 'keep results in DIR (environment: `FERRULE_STORE`; default: `~/.cache/ferrule`)',
  },
  verbose: { flag: 'verbose', short: 'v', kind: 'switch', summary: 'also list reused units' },
  quiet: { flag: 'quiet', short: 'q', kind: 'switch', summary: 'no progress; with `--json` nothing on stderr' },
  color: { flag: 'color', kind: 'choice', placeholder: 'WHEN', choices: ['auto', 'always', 'never'], summary: 'colour the output' },
  jobs: { flag: 'jobs', short: 'j', kind: 'number', placeholder: 'N', summary: 'how much runs at once (default: number of processors)' },
  profile: { flag: 'profile', kind: 'text', placeholder: 'NAME', summary: 'Cargo profile (default: `release`)' },
  target: { flag: 'target', kind: 'text', placeholder: 'TRIPLE', summary: 'build for this platform' },
  features: {
    flag: 'features',
    short: 'F',
    kind: 'list',
    placeholder: 'LIST',
    summary: 'Cargo features to switch on, separated by commas or blanks',
  },
  allFeatures: { flag: 'all-features', kind: 'switch', summary: 'switch on every Cargo feature' },
  noDefaultFeatures: { flag: 'no-default-features', kind: 'switch', summary: 'leave the default Cargo features off' },
  sandbox: {
    flag: 'sandbox',
    kind: 'choice',
    placeholder: 'WHEN',
    choices: ['auto', 'on', 'off'],
    summary: 'run actions in a sandbox (default: `auto`, where bubblewrap works)',
  },
  engine: {
    flag: 'engine',
    kind: 'choice',
    placeholder: 'NAME',
    choices: ['local', 'nix'],
    summary: 'what runs the actions (default: `local`, the sandbox of this machine)',
  },
  keepSandbox: { flag: 'keep-sandbox', kind: 'switch', summary: "keep a failed action's directory and say how to run it again" },
  offline: { flag: 'offline', kind: 'switch', summary: 'fetch nothing' },
  keepGoing: { flag: 'keep-going', short: 'k', kind: 'switch', summary: 'after a failure, go on with everything that does not need it' },
  timeout: { flag: 'timeout', kind: 'number', placeholder: 'SECONDS', summary: 'stop an action that takes longer' },
  verifyDeterminism: { flag: 'verify-determinism', kind: 'switch', summary: 'build every unit twice and compare the bytes' },
  only: {
    flag: 'only',
    kind: 'list',
    placeholder: 'LIST',
    summary:
      'only these checks, separated by commas or blanks: `fmt`, `clippy`, `tests`, `doctests`, `examples`, `pytest`, `advisories`, or one of `ferrule.toml`',
  },
  partition: {
    flag: 'partition',
    kind: 'text',
    placeholder: 'count:M/N',
    summary: 'only the M-th of N equal shares of the checks, for CI on several machines',
  },
  junit: {
    flag: 'junit',
    kind: 'text',
    placeholder: 'PATH',
    completes: 'file',
    summary: 'write a JUnit report to PATH, with the tests that were reused as well',
  },
  runner: {
    flag: 'runner',
    kind: 'choice',
    placeholder: 'NAME',
    choices: ['cargo', 'nextest'],
    summary: 'run Rust tests as `cargo test` does (default), or by cargo-nextest, a process for each',
  },
  coverage: {
    flag: 'coverage',
    kind: 'switch',
    summary: 'measure which lines Rust tests and pytest execute, and show how many of each package',
  },
  lcov: {
    flag: 'lcov',
    kind: 'text',
    placeholder: 'PATH',
    completes: 'file',
    summary: 'also write which lines were executed, of Rust and Python together, to PATH as a tracefile (LCOV); implies `--coverage`',
  },
  cobertura: {
    flag: 'cobertura',
    kind: 'text',
    placeholder: 'PATH',
    completes: 'file',
    summary: "also write them to PATH as Cobertura's XML; implies `--coverage`",
  },
  printEnv: {
    flag: 'print-env',
    kind: 'switch',
    summary: 'start nothing: print what sets the environment in a POSIX shell, or with `--json` as a document',
  },
  failFast: { flag: 'fail-fast', kind: 'switch', summary: 'begin nothing new after the first failure' },
  output: {
    flag: 'output',
    short: 'o',
    kind: 'text',
    placeholder: 'PATH',
    completes: 'file',
    summary: 'put the result here (default: `result`, `result-NAME` for several; of a report: `report.html`)',
  },
  record: {
    flag: 'record',
    kind: 'text',
    placeholder: 'PATH',
    completes: 'file',
    summary: 'also write the record of the run to PATH, for `ferrule why --against PATH` on another machine',
  },
  against: {
    flag: 'against',
    kind: 'text',
    placeholder: 'RUN',
    completes: 'file',
    summary: 'compare with this run: its name, or a file that `--record` wrote (default: the last run of the target)',
  },
  revision: { flag: 'revision', kind: 'text', placeholder: 'REV', summary: 'compare with a git revision, planned without building it' },
  trace: {
    flag: 'trace',
    kind: 'text',
    placeholder: 'PATH',
    completes: 'file',
    summary: 'also write a trace for Perfetto or `chrome://tracing` to PATH',
  },
  dot: { flag: 'dot', kind: 'switch', summary: 'print the packages as a graph for Graphviz' },
  cached: { flag: 'cached', kind: 'switch', summary: 'say why nothing has to run' },
  script: { flag: 'script', kind: 'text', placeholder: 'NAME', summary: 'the program or script to run (default: the one there is)' },
  upgrade: { flag: 'upgrade', short: 'U', kind: 'switch', summary: 'take the newest versions instead of keeping what still fits' },
  check: { flag: 'check', kind: 'switch', summary: 'check instead of writing or building: fail where something is not as it should be' },
  all: { flag: 'all', kind: 'switch', summary: 'also what all agree on' },
  print: { flag: 'print', kind: 'switch', summary: 'print the file instead of writing it' },
  targets: { flag: 'targets', kind: 'switch', summary: 'only the targets, one a line' },
  names: { flag: 'names', kind: 'switch', summary: 'only the names of what can be built, one a line' },
  maxSize: {
    flag: 'max-size',
    kind: 'size',
    placeholder: 'SIZE',
    summary: 'remove the least recently used until SIZE is left (default without `--max-age`: `max-size` of `ferrule.toml`, else `20G`)',
  },
  maxAge: { flag: 'max-age', kind: 'number', placeholder: 'DAYS', summary: 'also remove what was not used for DAYS days' },
  dryRun: { flag: 'dry-run', kind: 'switch', summary: 'say what would be done, do nothing' },
  resultsOnly: {
    flag: 'results-only',
    kind: 'switch',
    summary: 'leave out the units that the results were built from',
  },
  to: { flag: 'to', kind: 'text', placeholder: 'NAME', summary: 'the cache of `ferrule.toml` (default: every one with `push = true`)' },
  repair: { flag: 'repair', kind: 'switch', summary: 'remove what is damaged, so that it is built again' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type OptionName = keyof typeof OPTIONS;

type ValueOf<Spec extends OptionSpec> = Spec['kind'] extends 'switch'
  ? boolean
  : Spec['kind'] extends 'list'
    ? readonly string[]
    : Spec['kind'] extends 'number' | 'size'
      ? number | undefined
      : Spec extends { readonly choices: readonly (infer Choice)[] }
        ? Choice | undefined
        : string | undefined;

/** The value of every option; `undefined`, `false` or an empty list when it was not given. Sizes are in bytes. */
export type OptionValues = { readonly [Name in OptionName]: ValueOf<(typeof OPTIONS)[Name]> };

export const NO_OPTIONS: OptionValues = {
  directory: undefined,
  json: false,
  store: undefined,
  verbose: false,
  quiet: false,
  color: undefined,
  jobs: undefined,
  profile: undefined,
  target: undefined,
  features: [],
  allFeatures: false,
  noDefaultFeatures: false,
  engine: undefined,
  sandbox: undefined,
  keepSandbox: false,
  offline: false,
  keepGoing: false,
  timeout: undefined,
  verifyDeterminism: false,
  only: [],
  partition: undefined,
  junit: undefined,
  runner: undefined,
  coverage: false,
  lcov: undefined,
  cobertura: undefined,
  printEnv: false,
  failFast: false,
  output: undefined,
  record: undefined,
  against: undefined,
  revision: undefined,
  trace: undefined,
  dot: false,
  cached: false,
  script: undefined,
  upgrade: false,
  check: false,
  all: false,
  print: false,
  targets: false,
  names: false,
  maxSize: undefined,
  maxAge: undefined,
  dryRun: false,
  resultsOnly: false,
  to: undefined,
  repair: false,
};

/** Options of every command, accepted before and after its name. */
export const COMMON_OPTIONS = ['directory', 'store', 'json', 'verbose', 'quiet', 'color'] as const satisfies readonly OptionName[];

export type CommonOption = (typeof COMMON_OPTIONS)[number];
