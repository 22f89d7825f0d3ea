import type { OptionName } from './options.ts';

/** One command, as data. */
export interface CommandSpec {
  /** Words after `ferrule`: `store gc`. */
  readonly name: string;
  readonly summary: string;
  /** As commander spells them: `[TARGET...]`. */
  readonly arguments: readonly ArgumentSpec[];
  /** Besides the common ones. */
  readonly options: readonly OptionName[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
}

export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  readonly many: boolean;
  readonly choices?: readonly string[];
  /** What a shell offers besides the choices. */
  readonly completes?: 'target' | 'package';
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

const TARGETS: ArgumentSpec = {
  name: 'TARGET',
  summary:
    '`NAME[:OUTPUT]`, such as `ripgrep` or `ripgrep:bin/rg`, `MEMBER#NAME` where members share a name; none: the default output of every member',
  required: false,
  many: true,
  completes: 'target',
};

export const COMMANDS = {
  show: {
    name: 'show',
    summary: 'Show what this repository builds',
    arguments: [],
    options: ['names', 'targets'],
    examples: [
      ['ferrule show', 'members, packages and their outputs'],
      ['ferrule show --json', 'for scripts'],
    ],
  },
  init: {
    name: 'init',
    summary: 'Write a commented `ferrule.toml` from what is found here',
    arguments: [],
    options: ['print'],
    examples: [
      ['ferrule init', 'members, overrides, environments and checks to choose from; an existing file stays'],
      ['ferrule init --print', 'only look'],
    ],
  },
  build: {
    name: 'build',
    summary: 'Build targets and link the results',
    arguments: [TARGETS],
    options: [
      'jobs',
      'profile',
      'target',
      'features',
      'allFeatures',
      'noDefaultFeatures',
      'output',
      'keepGoing',
      'offline',
      'engine',
      'sandbox',
      'keepSandbox',
      'timeout',
      'verifyDeterminism',
      'record',
    ],
    examples: [
      ['ferrule build', 'everything this repository offers'],
      ['ferrule build ripgrep:bin/rg -o rg', 'one program, linked at `rg`'],
      ['ferrule -C services build --profile dev --keep-going', 'another directory and profile, as much as can be built'],
      ['ferrule build --json | jq .targets', 'for scripts'],
      ['ferrule build --record run.json', 'keep what each unit was made from, to be compared elsewhere'],
    ],
  },
  check: {
    name: 'check',
    summary: 'Check formatting, lints and tests; what has not changed is not checked again',
    arguments: [
      {
        name: 'TARGET',
        summary: '`NAME[:CHECK]`, such as `ripgrep` or `ripgrep:clippy`; none: every check of every member',
        required: false,
        many: true,
        completes: 'package',
      },
    ],
    options: [
      'only',
      'failFast',
      'partition',
      'junit',
      'runner',
      'coverage',
      'lcov',
      'cobertura',
      'jobs',
      'profile',
      'target',
      'features',
      'allFeatures',
      'noDefaultFeatures',
      'keepGoing',
      'offline',
      'engine',
      'sandbox',
      'keepSandbox',
      'timeout',
      'record',
    ],
    examples: [
      ['ferrule check', 'everything: rustfmt, clippy, tests, pytest and the checks of `ferrule.toml`'],
      ['ferrule check core core-cli:tests', 'all checks of one package, the tests of another'],
      ['ferrule check --only fmt,clippy', 'two checks of every package'],
      ['ferrule check --partition count:1/3 --junit checks.xml', 'a third of it on one of three machines'],
      ['ferrule check --only tests --runner nextest', 'tests by cargo-nextest, as `.config/nextest.toml` has it'],
      ['ferrule check --coverage', 'also which part of each package its tests execute'],
      ['ferrule check --only tests,pytest --lcov lcov.info', 'the lines themselves, of Rust and Python in one file'],
      ['ferrule check --engine nix', 'the same checks as derivations, built by the Nix daemon'],
      ['ferrule check --json | jq .checks', 'for scripts'],
    ],
  },
  watch: {
    name: 'watch',
    summary: 'Build, or check, again whenever something it depended on is saved',
    arguments: [TARGETS],
    options: [
      'check',
      'only',
      'jobs',
      'profile',
      'target',
      'features',
      'allFeatures',
      'noDefaultFeatures',
      'offline',
      'sandbox',
      'timeout',
    ],
    examples: [
      ['ferrule watch', 'build what is here, and again after each save'],
      ['ferrule watch --check core', 'the checks of one package'],
      ['ferrule watch --check --only clippy,tests', 'two checks of everything'],
    ],
  },
  develop: {
    name: 'develop',
    summary: 'Start a shell, or a command, with the environment to work in',
    arguments: [
      {
        name: 'TARGET',
        summary: 'a Python project, or an environment of `ferrule.toml`; none: all projects of the directory you are in',
        required: false,
        many: false,
        completes: 'target',
      },
      { name: 'CMD', summary: 'a command and its arguments, after `--`, in the place of a shell', required: false, many: true },
    ],
    options: ['printEnv', 'profile', 'jobs', 'offline', 'sandbox', 'keepSandbox', 'timeout'],
    examples: [
      ['ferrule develop', 'a shell: sources are editable, extension modules are built'],
      ['ferrule develop cli -- pytest -x', 'one command'],
      ['ferrule develop cli:editable/docs', 'with another dependency group'],
      ['eval "$(ferrule develop --print-env)"', 'for `.envrc` and editors'],
    ],
  },
  run: {
    name: 'run',
    summary: "Build a program, or a Python project's environment, and run it",
    arguments: [
      {
        name: 'TARGET',
        summary:
          '`NAME[:OUTPUT]`, such as `ripgrep`, `web:bin/server` or `cli:env/test`, or a script, `tools/report.py`; elsewhere: `DIRECTORY[#TARGET]`, `git+URL[?ref=…&rev=…&dir=…][#TARGET]`',
        required: true,
        many: false,
        completes: 'target',
      },
      {
        name: 'ARGS',
        summary: 'for the program, after `--`; with an environment as the output, the command to run in it',
        required: false,
        many: true,
      },
    ],
    options: [
      'script',
      'jobs',
      'profile',
      'target',
      'features',
      'allFeatures',
      'noDefaultFeatures',
      'offline',
      'sandbox',
      'keepSandbox',
      'timeout',
      'keepGoing',
      'verifyDeterminism',
    ],
    examples: [
      ['ferrule run ripgrep -- --version', "a crate's program"],
      ['ferrule run cli -- --help', "a Python project's script"],
      ['ferrule run cli:env/test -- pytest -q', 'any command in an environment'],
      ['ferrule run ../cube', 'the program of another checkout'],
      ["ferrule run 'git+https://forge.example/tools.git?ref=v2#fmt' -- --check", 'a program of a git repository, at a tag'],
    ],
  },
  why: {
    name: 'why',
    summary: 'Say what changed since the last build of a target',
    arguments: [
      {
        name: 'TARGET',
        summary: '`NAME[:OUTPUT]` as it was built, or any package that is part of it',
        required: true,
        many: false,
        completes: 'target',
      },
    ],
    options: ['against', 'revision', 'cached', 'profile', 'target', 'features', 'allFeatures', 'noDefaultFeatures', 'offline', 'sandbox'],
    examples: [
      [
        'ferrule why app',
        'what would be built again, and what that begins with; with nothing to build, why the last run built what it did',
      ],
      ['ferrule why app --cached', 'why nothing runs although files were written'],
      ['ferrule why app --against 3f2a90c1', 'against another run of this repository'],
      ['ferrule why app --against run.json', "against another machine's run, written there by `ferrule build --record run.json`"],
      ['ferrule why app --revision main', 'against a git revision'],
    ],
  },
  graph: {
    name: 'graph',
    summary: 'Show what a target is made from, and how much of the locks that is',
    arguments: [{ name: 'TARGET', summary: '`NAME[:OUTPUT]`, as for `ferrule build`', required: true, many: false, completes: 'target' }],
    options: ['dot', 'profile', 'target', 'features', 'allFeatures', 'noDefaultFeatures', 'offline'],
    examples: [
      ['ferrule graph app', 'packages, git repositories, libraries, bytes and seconds'],
      ['ferrule graph app --dot | dot -Tsvg > app.svg', 'as a picture'],
      ['ferrule graph app --json', 'for scripts'],
    ],
  },
  report: {
    name: 'report',
    summary: 'Write a page about a run: when each unit ran, why, and what decided how long it took',
    arguments: [
      {
        name: 'RUN',
        summary: 'name of a run, or a file that `--record` wrote; none: the last run',
        required: false,
        many: false,
      },
    ],
    options: ['output', 'trace'],
    examples: [
      ['ferrule report', 'the last run, as `report.html`: one file, to be read without a network'],
      ['ferrule report 3f2a90c1 -o slow.html', 'another run'],
      ['ferrule report run.json --trace trace.json', "another machine's run, with a trace for Perfetto"],
    ],
  },
  lock: {
    name: 'lock',
    summary: 'Write `ferrule.lock`: what the native locks leave open',
    arguments: [],
    options: ['upgrade', 'check', 'offline', 'sandbox'],
    examples: [
      ['ferrule lock', 'pin build systems and the content of git dependencies, keeping what still fits'],
      ['ferrule lock --check', 'for CI: is the file what it should be?'],
    ],
  },
  locks: {
    name: 'locks',
    summary: "Show where the Python members' locks disagree",
    arguments: [],
    options: ['check', 'all'],
    examples: [
      ['ferrule locks', 'every shared dependency that is locked at different versions'],
      ['ferrule locks --check', 'for CI: fail where no version suits everybody'],
    ],
  },
  'nix export': {
    name: 'nix export',
    summary: 'Write the plan for Nix and, where there is none, a flake',
    arguments: [],
    options: ['offline'],
    examples: [
      ['ferrule nix export && git add nix flake.nix', 'then `nix build .#NAME`, `nix run .#PROGRAM`, `nix flake check`'],
      ['ferrule nix export --json', 'for scripts: what was written'],
    ],
  },
  'nix check': {
    name: 'nix check',
    summary: 'Check that the plan for Nix is what `nix export` would write',
    arguments: [],
    options: ['offline'],
    examples: [['ferrule nix check', 'the gate for CI: fails, and writes nothing, where the plan is stale']],
  },
  'store gc': {
    name: 'store gc',
    summary: 'Remove what was not used for longest; linked results stay',
    arguments: [],
    options: ['maxSize', 'maxAge', 'dryRun'],
    examples: [
      ['ferrule store gc --max-size 20G', 'leave at most 20 GiB'],
      ['ferrule store gc --max-age 30 --dry-run', 'what a month without use would remove'],
    ],
  },
  'store verify': {
    name: 'store verify',
    summary: 'Read everything back and compare it with its digest',
    arguments: [],
    options: ['repair'],
    examples: [['ferrule store verify --repair', 'remove what is damaged; the next build makes it again']],
  },
  'store stats': {
    name: 'store stats',
    summary: 'Show what the store holds',
    arguments: [],
    options: [],
    examples: [['ferrule store stats --json', 'for scripts']],
  },
  'cache list': {
    name: 'cache list',
    summary: 'List the binary caches of `ferrule.toml`',
    arguments: [],
    options: [],
    examples: [['ferrule cache list', 'name, kind, whether it is pushed to, address']],
  },
  'cache show': {
    name: 'cache show',
    summary: 'Ask binary caches whether they answer',
    arguments: [{ name: 'NAME', summary: 'of `ferrule.toml`; none: all', required: false, many: true }],
    options: [],
    examples: [['ferrule cache show team', 'what is configured, and what the cache says of itself']],
  },
  'cache push': {
    name: 'cache push',
    summary: 'Push what Nix has built, unit by unit, to binary caches',
    arguments: [
      {
        name: 'TARGET|PATH',
        summary: 'paths in the Nix store or links to them, or targets to build first; none: `result` and `result-*`',
        required: false,
        many: true,
        completes: 'target',
      },
    ],
    options: ['to', 'resultsOnly', 'dryRun'],
    examples: [
      ['ferrule build --engine nix && ferrule cache push', 'what is linked at `result`, to every cache with `push = true`'],
      ['ferrule cache push --to team web', 'build a target with Nix, and push it to one cache'],
      ['ferrule cache push --dry-run ./result', 'what would be run'],
    ],
  },
  explain: {
    name: 'explain',
    summary: 'Explain an error code',
    arguments: [{ name: 'CODE', summary: 'such as `F0201`', required: true, many: false }],
    options: [],
    examples: [['ferrule explain F0201', 'what it means and how to fix it']],
  },
  doctor: {
    name: 'doctor',
    summary: 'Say what of this machine, of this repository and of its Nix and CI glue would hurt a build',
    arguments: [],
    options: [],
    examples: [
      ['ferrule doctor', 'toolchain, sandbox and store; locks, sources, hashes, overlays, cache keys'],
      ['ferrule -C ../other doctor --json', 'another repository, for scripts'],
    ],
  },
  man: {
    name: 'man',
    summary: 'Print the manual page',
    arguments: [],
    options: [],
    examples: [
      ['ferrule man > ~/.local/share/man/man1/ferrule.1', 'then `man ferrule`'],
      ['ferrule man | man -l -', 'only read it'],
    ],
  },
  completion: {
    name: 'completion',
    summary: 'Print completions for a shell',
    arguments: [{ name: 'SHELL', summary: 'bash, zsh or fish', required: true, many: false, choices: SHELLS }],
    options: [],
    examples: [
      ['ferrule completion bash > ~/.local/share/bash-completion/completions/ferrule', 'for bash'],
      ['ferrule completion zsh > ~/.zfunc/_ferrule', 'for zsh, with `~/.zfunc` on its `fpath`; or `eval` it behind `compinit`'],
      ['ferrule completion fish > ~/.config/fish/completions/ferrule.fish', 'for fish'],
    ],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof COMMANDS;

/** Groups of commands, with what they are about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  store: 'Look after the store of results',
  cache: 'Share what Nix builds through binary caches',
  nix: 'Hand the plan to Nix',
};
