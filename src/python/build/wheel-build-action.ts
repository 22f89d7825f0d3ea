import { type Action, WRITABLE_INPUT } from '../../model/action.ts';
import type { Digest } from '../../model/digest.ts';
import type { InputEntry } from '../../model/tree.ts';
import type { Store } from '../../store/store.ts';
import { type InterpreterTree, PYTHON_ROOT } from '../interpreter.ts';
import type { UnpackedWheel } from '../wheel.ts';
import type { BuildSystem } from './build-system.ts';
import type { VersionTeller } from './git-version.ts';
import { TOOLCHAIN_ROOT } from '../../rust/layout.ts';
import { RUNNER_PROGRAM } from './runner-program.ts';

/** Everything that a build of one project is made from. */
export interface BackendCall {
  readonly store: Store;
  readonly interpreter: InterpreterTree;
  readonly buildSystem: BuildSystem;
  /** The build requirements and all they need, each distribution once. */
  readonly requires: readonly UnpackedWheel[];
  /** The sources, as a tree; the backend gets a copy that it may write. */
  readonly sources: Digest;
  /** Where in the sources the project is; `undefined`: at their top. */
  readonly subdirectory: string | undefined;
  /** PEP 517 `config_settings`: uv's `config-settings` of the project. */
  readonly configSettings: Readonly<Record<string, string | readonly string[]>>;
  /** Variables of the project: overrides, `tool.uv.extra-build-variables`, versions that git would tell. They win over the fixed ones. */
  readonly environment: Readonly<Record<string, string>>;
  /** What a backend that compiles Rust runs cargo with; absent: it compiles none. */
  readonly rust?: BackendRust;
  /** What of the machine can change the result: system and architecture; the compilers too, unless the backend compiles nothing. */
  readonly platform: Readonly<Record<string, string>>;
}

/** Rust for a backend that compiles it. */
export interface BackendRust {
  /** Tree of the toolchain. */
  readonly toolchain: Digest;
  /** The crates of its locks, and cargo's configuration for them, in which {@link CRATES_PLACE} stands for the directory; `undefined`: no lock. */
  readonly crates: { readonly tree: Digest; readonly config: string } | undefined;
}

/** Stands for the directory of the crates. */
export const CRATES_PLACE = '@CRATES@';

/** Where the sources stand in an action: below what is its own even where there is no sandbox, for it writes there. */
export const SOURCE_ROOT = '/build/out/src';

/** Directory that holds the one file a backend made. */
export const BUILD_OUTPUT = 'build/out/dist';

/** Directory of the compiled modules that an editable build left among the sources, by their paths in the project. */
export const MODULES_OUTPUT = 'build/out/modules';

const RUNNER = 'build/ferrule/runner.py';
const REQUIRES = '/build/requires';
const OUT = '/build/out';

/**
 * The environment of every backend: the same on every machine, nothing of the user's. Times in archives are 1980-01-01, the first
 * day that zip archives know.
 */
export const BACKEND_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: `${OUT}/home`,
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  SOURCE_DATE_EPOCH: '315532800',
  PYTHONHASHSEED: '0',
  PYTHONDONTWRITEBYTECODE: '1',
  PIP_NO_INDEX: '1',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  UV_OFFLINE: '1',
};

const RUST_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: `${TOOLCHAIN_ROOT}/bin:${BACKEND_ENVIRONMENT['PATH']}`,
  CARGO_NET_OFFLINE: 'true',
};

/** Builds the project's wheel (PEP 517 `build_wheel`), offline. Read its result with `readBuiltFile`. */
export function wheelBuildAction(call: BackendCall): Action {
  return backendAction(call, { hook: 'wheel', kinds: [] });
}

/** Builds the project's editable wheel (PEP 660): its metadata, its scripts, and where its modules are. Read it with `readEditable`. */
export function editableBuildAction(call: BackendCall): Action {
  // setuptools else answers with a module that finds packages, in place of the directories that are meant.
  const configSettings = isSetuptools(call.buildSystem) ? { editable_mode: 'compat', ...call.configSettings } : call.configSettings;
  return backendAction({ ...call, configSettings }, { hook: 'editable', kinds: [] });
}

/** Builds the project's source distribution (`build_sdist`), its archive written again without times, owners or order of the disk. */
export function sdistBuildAction(call: BackendCall): Action {
  return backendAction(call, { hook: 'sdist', kinds: [] });
}

/** What a build may be asked for. */
export type BuildKind = 'wheel' | 'editable' | 'sdist';

/** A program of the build requirements that makes one file, in place of a backend's hook. */
export interface ProgramCall {
  /** The program and its words; `@python@` stands for the interpreter of the build environment, `@dist@` for where the file goes. */
  readonly program: readonly string[];
  /** Programs that stand in for others of the same name on its path: the name of a script among {@link files}. */
  readonly tools: Readonly<Record<string, string>>;
  /** Scripts by name, and what else they find beside the request. */
  readonly files: Readonly<Record<string, string>>;
  /** More for them to know: further fields of the request. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Further inputs, by path relative to the input root. */
  readonly inputs: ReadonlyMap<string, InputEntry>;
}

/** Runs a program in the environment of a build, in a copy of the sources that it may write. Read its result with `readBuiltFile`. */
export function programAction(call: BackendCall, asked: ProgramCall): Action {
  return backendAction(call, { hook: 'program', kinds: [], ...asked });
}

/** Asks the backend what it needs beyond `requires` (`get_requires_for_build_…`). Read its result with `readAskedRequirements`. */
export function requirementsAction(call: BackendCall, kinds: readonly BuildKind[]): Action {
  return backendAction({ ...call, environment: { ...ANY_VERSION, ...RUST_IS_THERE, ...call.environment } }, { hook: 'requires', kinds });
}

/** maturin else asks for a package that downloads Rust where it finds no cargo. */
const RUST_IS_THERE: Readonly<Record<string, string>> = { MATURIN_NO_INSTALL_RUST: '1' };

/** Backends that take the version from git want one before they say anything. */
const ANY_VERSION: Readonly<Partial<Record<VersionTeller, string>>> = { SETUPTOOLS_SCM_PRETEND_VERSION: '0', PDM_BUILD_SCM_VERSION: '0' };

type Asked =
  | { readonly hook: BuildKind | 'requires'; readonly kinds: readonly BuildKind[] }
  | ({ readonly hook: 'program'; readonly kinds: readonly [] } & ProgramCall);

function backendAction(call: BackendCall, asked: Asked): Action {
  const { store, interpreter, buildSystem, subdirectory } = call;
  const {
    files,
    inputs: furtherInputs,
    facts,
    ...words
  } = asked.hook === 'program' ? asked : { ...asked, files: {}, inputs: new Map<string, InputEntry>(), facts: {} };
  const request = {
    ...facts,
    ...words,
    system: { backend: buildSystem.backend, backendPath: buildSystem.backendPath },
    settings: sortedRecord(call.configSettings),
    subdirectory: subdirectory ?? '',
    ...(call.rust?.crates === undefined
      ? {}
      : { crates: { directory: cratesDirectory(call.rust.crates.tree), config: call.rust.crates.config } }),
    requires: call.requires.map(directoryName).toSorted(),
  };
  const file = (text: string): InputEntry & { readonly digest: Digest } => ({
    kind: 'file',
    digest: store.putBlob(text),
    executable: false,
  });
  const requestFile = file(JSON.stringify(request));
  // Named by its content: where there is no sandbox, builds that run together share the directory.
  const requestPath = `build/ferrule/${requestFile.digest.hash.slice(0, 16)}.json`;
  const inputs = new Map<string, InputEntry>([
    [relativeToRoot(PYTHON_ROOT), { kind: 'tree', digest: interpreter.tree }],
    [requestPath, requestFile],
    [RUNNER, file(RUNNER_PROGRAM)],
    [relativeToRoot(SOURCE_ROOT), { kind: 'tree', digest: call.sources }],
    ...Object.entries(files).map(([name, text]) => [`build/ferrule/${name}`, file(text)] as const),
    ...furtherInputs,
  ]);
  for (const wheel of call.requires)
    inputs.set(relativeToRoot(`${REQUIRES}/${directoryName(wheel)}`), { kind: 'tree', digest: wheel.tree });
  const { rust } = call;
  if (rust !== undefined) inputs.set(relativeToRoot(TOOLCHAIN_ROOT), { kind: 'tree', digest: rust.toolchain });
  if (rust?.crates !== undefined) inputs.set(`build/${cratesDirectory(rust.crates.tree)}`, { kind: 'tree', digest: rust.crates.tree });
  const program = `${PYTHON_ROOT}/bin/python3`;
  return {
    command: {
      arguments: [program, '-I', '-S', `/${RUNNER}`, `/${requestPath}`, SOURCE_ROOT, REQUIRES, OUT],
      environment: { ...BACKEND_ENVIRONMENT, ...(rust === undefined ? {} : RUST_ENVIRONMENT), ...call.environment },
      workingDirectory: 'build',
      outputs: outputsOf(asked.hook),
    },
    inputs,
    platform: { ...call.platform, [WRITABLE_INPUT]: relativeToRoot(SOURCE_ROOT) },
  };
}

function outputsOf(hook: Asked['hook']): readonly string[] {
  if (hook === 'requires') return [];
  return hook === 'editable' ? [BUILD_OUTPUT, MODULES_OUTPUT] : [BUILD_OUTPUT];
}

/** With the version: where there is no sandbox, builds that run together share the directory. */
function directoryName({ facts }: UnpackedWheel): string {
  return `${facts.name}-${facts.version}`;
}

function isSetuptools(system: BuildSystem): boolean {
  return system.backend.startsWith('setuptools.build_meta');
}

/** Named by its content: where there is no sandbox, builds that run together share the place. */
function cratesDirectory(tree: Digest): string {
  return `crates/${tree.hash.slice(0, 16)}`;
}

function relativeToRoot(path: string): string {
  return path.slice(1);
}

function sortedRecord<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
