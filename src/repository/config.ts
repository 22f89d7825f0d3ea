import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { type Diagnostic, fail, ok, type Result, type Span } from '../diagnostics/diagnostic.ts';
import type { CacheConfig } from './cache-config.ts';
import { spanAtLine } from './file-span.ts';

/** `ferrule.toml`, complete: what the file leaves out is empty here. */
export interface FerruleConfig {
  /** Directories that are members, `*` allowed within a component; `undefined`: members are discovered. */
  readonly members: readonly string[] | undefined;
  /** Directories that are no members, as patterns of a `.gitignore`. */
  readonly exclude: readonly string[];
  readonly overrides: readonly ConfigOverride[];
  readonly build: BuildConfig;
  readonly store: StoreConfig;
  readonly policy: PolicyConfig;
  /** What to do where distributions of one environment disagree about a file; the first that fits counts. */
  readonly collisions: readonly CollisionPolicy[];
  readonly python: PythonConfig;
  readonly nix: NixConfig;
  /** Environments that several projects share, by name. */
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  /** Binary caches of Nix, in the order of the file. */
  readonly caches: readonly CacheConfig[];
  /** What `[checks.NAME]` says, by name: settings of a check that is always there, or a check of its own. */
  readonly checks: Readonly<Record<string, CheckConfig>>;
}

/** One `[checks.NAME]`. */
export interface CheckConfig {
  /** What is run: a program and its arguments; `undefined`: the check is one of Ferrule's own. */
  readonly command: readonly string[] | undefined;
  /** Python projects whose environments it is run in, once each; `*` stands for all. Empty: see `environment`. */
  readonly projects: readonly string[];
  /** An environment of `ferrule.toml` that it is run in; `undefined`, without projects: the machine's programs. */
  readonly environment: string | undefined;
  /** Dependency groups of the environment. */
  readonly groups: readonly string[];
  /** Where it is run, relative to the repository's root; `undefined`: in the project, else at the root. */
  readonly directory: string | undefined;
  /** What runs Rust's test programs; `undefined`: their own harness, as `cargo test` does. */
  readonly runner: 'cargo' | 'nextest' | undefined;
  /** Further arguments of one of Ferrule's own checks. */
  readonly arguments: readonly string[];
  /** Further files it may read: patterns relative to where it is run, `../` allowed. */
  readonly inputs: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Variables taken from the user's environment. */
  readonly passEnvironment: readonly string[];
  readonly enabled: boolean;
}

/** `[policy.checks]`: what every package and project has to have. */
export interface CheckPolicy {
  readonly require: readonly string[];
  readonly exemptions: readonly CheckExemption[];
  /** Where it is demanded. */
  readonly span: Span | undefined;
}

/** One `[[policy.checks.exempt]]`. */
export interface CheckExemption {
  /** Package or project. */
  readonly subject: string;
  readonly checks: readonly string[];
  readonly reason: string;
  readonly span: Span | undefined;
}

/** `[nix]` */
export interface NixConfig {
  /** A Nix file with the package set, or a function from a system to it, relative to the root; `undefined`: the flake's nixpkgs. */
  readonly packages: string | undefined;
  /** Systems that the flake offers, by Nix's names; `undefined`: all four. */
  readonly systems: readonly string[] | undefined;
}

/** One `[[override]]`: what a crate or a distribution needs that its own manifest cannot say. */
export interface ConfigOverride {
  /** A crate's or a distribution's name. */
  readonly subject: { readonly kind: 'crate' | 'distribution'; readonly name: string };
  /** Versions it applies to, as cargo writes requirements; `undefined`: all. */
  readonly version: string | undefined;
  /** A target triple or `cfg(…)`; `undefined`: every platform. */
  readonly platform: string | undefined;
  /** Modules that `pkg-config` may find. */
  readonly pkgConfig: readonly string[];
  /** Programs that must be on the PATH. */
  readonly tools: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Variables taken from the user's environment, their values becoming part of the key. */
  readonly passEnvironment: readonly string[];
  /** Further files it may read: patterns relative to the package, `../` allowed. */
  readonly inputs: readonly string[];
  /** Its build script may write into its own source. */
  readonly writableSource: boolean;
  /** A patch file relative to the repository's root. */
  readonly patch: string | undefined;
  /** Of a distribution: files that environments leave out, as patterns over paths below `site-packages`. */
  readonly remove: readonly string[];
  /** Of a distribution: shared libraries that are there at run time though nothing here provides them. */
  readonly libraries: readonly string[];
  /** Of a distribution: the wheel to use in the place of the locked one. */
  readonly replace: ReplacedWheel | undefined;
}

/** A wheel that stands in for a locked one. */
export interface ReplacedWheel {
  /** An address, or a path relative to the repository's root. */
  readonly wheel: string;
  readonly sha256: string;
}

/** One `[[collision]]`. */
export interface CollisionPolicy {
  /** A pattern over paths below the environment, such as `lib/python3.12/site-packages/tests/**`. */
  readonly paths: string;
  /** The distribution whose file is taken, or `first`: that of the first by name. */
  readonly take: string;
}

/** One `[environments.NAME]`: projects with locks of their own, in one environment. */
export interface EnvironmentConfig {
  readonly projects: readonly string[];
  /** Dependency groups of each project that has them. */
  readonly groups: readonly string[];
  /** Extras of each project that has them. */
  readonly extras: readonly string[];
  /** Path of the member whose lock counts where the locks disagree; `undefined`: that is an error. */
  readonly prefer: string | undefined;
}

export interface PythonConfig {
  /** Which interpreter, as `.python-version` would say it; `undefined`: that file, then `requires-python`, decide. */
  readonly interpreter: string | undefined;
}

export interface BuildConfig {
  readonly profile: string | undefined;
  /** A target triple. */
  readonly target: string | undefined;
  readonly features: readonly string[];
  readonly jobs: number | undefined;
  readonly sandbox: 'auto' | 'on' | 'off' | undefined;
  /** Variables every build script gets from the user's environment. */
  readonly passEnvironment: readonly string[];
}

export interface StoreConfig {
  /** As written: relative to the repository's root. */
  readonly directory: string | undefined;
  /** Bytes. */
  readonly maxSize: number | undefined;
}

export interface PolicyConfig {
  /** What `ferrule locks --check` takes for a failure: versions that do not fit (`conflict`, the default), or any that differ (`any`). */
  readonly skew: 'conflict' | 'any' | undefined;
  /** `undefined`: nothing is demanded. */
  readonly checks: CheckPolicy | undefined;
}

/** What holds without a `ferrule.toml`. */
export const EMPTY_CONFIG: FerruleConfig = {
  members: undefined,
  exclude: [],
  overrides: [],
  build: { profile: undefined, target: undefined, features: [], jobs: undefined, sandbox: undefined, passEnvironment: [] },
  store: { directory: undefined, maxSize: undefined },
  policy: { skew: undefined, checks: undefined },
  collisions: [],
  python: { interpreter: undefined },
  nix: { packages: undefined, systems: undefined },
  environments: {},
  caches: [],
  checks: {},
};

/** A text with the name it is shown by. */
export interface NamedText {
  readonly file: string;
  readonly text: string;
}

/** Reads `ferrule.toml`; a missing file is {@link EMPTY_CONFIG}. F0101 to F0105. */
export async function readConfig(source: { readonly path: string; readonly file: string }): Promise<Result<FerruleConfig>> {
  let text: string;
  try {
    text = readFileSync(source.path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok(EMPTY_CONFIG);
    return fail(unreadable(source.file, error));
  }
  return parseConfig({ file: source.file, text });
}

/** Parses the text of a `ferrule.toml`. */
export async function parseConfig(source: NamedText): Promise<Result<FerruleConfig>> {
  const document = await parseToml(source);
  if (!document.ok) return document;
  // A repository without the file never loads the schema: it costs more than the discovery of its members.
  const { checkConfig } = await import('./config-schema.ts');
  return checkConfig({ ...source, document: document.value });
}

/** Parses TOML, with the place of a mistake. F0102. */
export async function parseToml(source: NamedText): Promise<Result<Readonly<Record<string, unknown>>>> {
  try {
    return ok(parse(source.text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { tomlSyntaxError } = await import('./toml-span.ts');
    const precise = tomlSyntaxError(source);
    return fail(
      precise === undefined
        ? syntaxError(source.file, firstLine(error.message), spanAtLine({ ...source, line: error.line, column: error.column }))
        : syntaxError(source.file, precise.message, precise.span),
    );
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

function syntaxError(file: string, message: string, span: Span): Diagnostic {
  const reason = message.replace(/\.$/, '').replace(/^Invalid TOML document: /, '');
  return { code: 'F0102', severity: 'error', blame: 'input', message: `\`${file}\` is not valid TOML: ${reason}`, span };
}

function unreadable(file: string, error: unknown): Diagnostic {
  const reason = error instanceof Error ? error.message : 'unknown reason';
  return { code: 'F0101', severity: 'error', blame: 'input', message: `cannot read \`${file}\``, facts: [['reason', reason]] };
}
