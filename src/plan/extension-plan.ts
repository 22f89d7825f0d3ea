import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { CrateFacts, GeneratedBindings, StableAbi } from '../python/maturin/crate-facts.ts';
import { isTable, ManifestReader } from '../rust/cargo/manifest.ts';
import type { RustFacts } from '../rust/facts.ts';
import type { UnitSettings } from '../rust/unit-settings.ts';
import { planUnits } from '../rust/units/plan-units.ts';
import { extensionBridge, type Pyo3 } from './extension-bridge.ts';
import { PYO3_CONFIGURATION, pyo3Configuration, stableAbiFor } from './extension-configuration.ts';
import { crateFactsOf } from './extension-crate.ts';
import {
  type CompileSettings,
  type ExtensionKind,
  extensionSelection,
  moduleEnvironment,
  moduleLinkArguments,
} from './extension-selection.ts';
import { type BuildPython, mayRunPython, PYTHON_READERS, pythonSettings } from './extension-python.ts';
import { workspaceFacts, type WorkspaceQuestion } from './workspace-facts.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

export interface ExtensionOptions extends Omit<WorkspaceQuestion, 'workspaceRoot' | 'selection'> {
  /** Absolute directory of the package's `Cargo.toml`. */
  readonly directory: string;
  readonly wanted: ExtensionKind;
  readonly settings: CompileSettings;
  /** Name of the extension module's file without its suffix, as `_core` of `foo._core`; `undefined`: the library's name. */
  readonly moduleName: string | undefined;
  readonly interpreter: Interpreter;
  /** Asked for by the user; `undefined`: the settings decide. */
  readonly profile: string | undefined;
  readonly editable: boolean;
  readonly target: string | undefined;
  /** Features beyond those of the settings. */
  readonly features: readonly string[];
  /** It counts what is executed; absent: it does not. */
  readonly coverage?: boolean;
  /**
   * A Python for build scripts of the project that may run one; asked for only if there are any. `undefined`, or absent: the project is
   * built with nothing but maturin, so they do without.
   */
  readonly buildPython?: () => Promise<Result<BuildPython | undefined>>;
}

/** The compiled part of a wheel, planned. */
export interface ExtensionPlan {
  readonly plan: WorkspacePlan;
  /** What the packer wants to know of the package. */
  readonly crate: CrateFacts;
  /** Name of the library as Python would import it: `[lib] name`, else the package's with `_`; `undefined`: it has none. */
  readonly libraryName: string | undefined;
  readonly pyo3: Pyo3 | undefined;
  /** What generates the Python side of the library; `undefined`: it has one of its own, or it is programs. */
  readonly generated: GeneratedBindings | undefined;
  /** The stable ABI that what is compiled keeps to; `undefined`: it is for the interpreter's version only. */
  readonly stableAbi: StableAbi | undefined;
  readonly files: readonly ExtensionFile[];
}

/** A file that the wheel gets. */
export interface ExtensionFile {
  readonly kind: 'module' | 'program';
  /** Of a program, what it is called; of a module, {@link ExtensionPlan.libraryName}. */
  readonly name: string;
  /** Unit of the plan, and the name of one of its outputs. */
  readonly unit: number;
  readonly file: string;
}

/**
 * Plans the library of a package as an extension module, or its programs, the way maturin has cargo compile them; what only the keys of
 * Python's own part may know (the interpreter, as pyo3's configuration file) reaches the build scripts that ask for it.
 *
 * Fails with F0995 to F0999, F0204 without a `Cargo.lock`, and as {@link planUnits} does.
 */
export async function planExtension(options: ExtensionOptions): Promise<Result<ExtensionPlan>> {
  const { directory, wanted, interpreter } = options;
  const name = packageName(directory);
  if (!name.ok) return name;
  const workspaceRoot = lockDirectory(directory);
  const selection = extensionSelection({ ...options, package: name.value });
  if (!selection.ok) return selection;
  const triple = options.target ?? options.toolchain.host;
  const environment = wanted.kind === 'module' ? moduleEnvironment(options.environment, triple) : options.environment;
  const known = await workspaceFacts({ ...options, environment, workspaceRoot, selection: selection.value });
  if (!known.ok) return known;
  const { read } = known.value;
  const bridge = extensionBridge({ graph: known.value.facts.graph, kind: wanted.kind, bindings: options.settings.bindings });
  if (!bridge.ok) return bridge;
  const { pyo3, generated } = bridge.value;
  if (pyo3 !== undefined && wanted.kind === 'programs') return fail(embedsPython(name.value));
  const stableAbi = pyo3 === undefined ? undefined : stableAbiFor(pyo3, interpreter);
  if (stableAbi?.minimum !== undefined && stableAbi.minimum.minor > interpreter.version.minor)
    return fail(tooOldForAbi(stableAbi, interpreter));
  const facts = wanted.kind === 'module' ? withLinkArguments({ facts: known.value.facts, options, stableAbi }) : known.value.facts;
  const settings = await scriptSettings({ facts, options, pyo3 });
  if (!settings.ok) return settings;
  const planned = planUnits(facts, settings.value);
  if (!planned.ok) return planned;
  const plan: WorkspacePlan = {
    member: relative(options.repositoryRoot, workspaceRoot) || '.',
    facts,
    read,
    ...planned.value,
  };
  const files = extensionFiles(plan, wanted);
  const root = plan.units[plan.roots[0] ?? -1];
  if (files.length === 0 || root === undefined) return fail(nothingToPack(name.value, wanted));
  const library = root.unit.package.targets.find((target) => target.kinds.some((kind) => LIBRARY_KINDS.has(kind)));
  return ok(
    {
      plan,
      crate: crateFactsOf(root.unit.package, facts.workspaceRoot),
      libraryName: library?.name.replaceAll('-', '_'),
      pyo3,
      generated,
      stableAbi,
      files,
    },
    [...(known.warnings ?? []), ...(settings.warnings ?? []), ...(planned.warnings ?? [])],
  );
}

const LIBRARY_KINDS: ReadonlySet<string> = new Set(['lib', 'rlib', 'dylib', 'cdylib', 'staticlib']);

/** What build scripts are told of Python: all that can ask, by pyo3's configuration; the project's own, of a Python they may run. */
async function scriptSettings(of: {
  readonly facts: RustFacts;
  readonly options: ExtensionOptions;
  readonly pyo3: Pyo3 | undefined;
}): Promise<Result<readonly UnitSettings[]>> {
  const { facts, options, pyo3 } = of;
  const { interpreter, store, buildPython } = options;
  if (pyo3 === undefined) return ok([]);
  const pyo3s = pyo3Settings({ text: pyo3Configuration({ pyo3, interpreter }), store });
  if (buildPython === undefined || !mayRunPython(facts.graph.units)) return ok([pyo3s]);
  const python = await buildPython();
  if (!python.ok) return python;
  return ok(python.value === undefined ? [pyo3s] : [pyo3s, pythonSettings(python.value)], python.warnings);
}

/** What tells pyo3's build scripts about Python, and who reads it (pyo3-build-config `src/impl_.rs`; maturin `src/compile.rs`). */
function pyo3Settings(options: { readonly text: string; readonly store: WorkspaceQuestion['store'] }): UnitSettings {
  const digest = options.store.putBlob(options.text);
  return {
    variables: { PYO3_CONFIG_FILE: PYO3_CONFIGURATION, PYO3_BUILD_EXTENSION_MODULE: '1' },
    inputs: [{ kind: 'file', path: PYO3_CONFIGURATION, digest }],
    readers: PYTHON_READERS,
    localOnly: false,
  };
}

function withLinkArguments(of: {
  readonly facts: RustFacts;
  readonly options: ExtensionOptions;
  readonly stableAbi: StableAbi | undefined;
}): RustFacts {
  const { facts, options, stableAbi } = of;
  const suffix = stableAbi === undefined ? options.interpreter.extensionSuffix : `.${stableAbi.kind}.so`;
  const module = options.moduleName ?? facts.graph.units[facts.graph.roots[0] ?? -1]?.target.name.replaceAll('-', '_') ?? '';
  const words = moduleLinkArguments(facts.requestedTarget ?? facts.host.triple, `${module}${suffix}`);
  return words.length === 0 ? facts : { ...facts, rootArguments: [...words, ...(facts.rootArguments ?? [])] };
}

function extensionFiles(plan: WorkspacePlan, wanted: ExtensionKind): readonly ExtensionFile[] {
  return plan.roots.flatMap((index): readonly ExtensionFile[] => {
    const unit = plan.units[index];
    if (unit?.kind !== 'compile') return [];
    const { name } = unit.unit.target;
    const made = unit.outputs.filter((file) => file.kind === (wanted.kind === 'module' ? 'cdylib' : 'executable'));
    return made.map((file) =>
      wanted.kind === 'module'
        ? { kind: 'module', name: name.replaceAll('-', '_'), unit: index, file: file.name }
        : { kind: 'program', name: file.uplifted ?? name, unit: index, file: file.name },
    );
  });
}

/** `[package] name` of a manifest. F0999 when there is none. */
function packageName(directory: string): Result<string> {
  const manifest = join(directory, 'Cargo.toml');
  if (!existsSync(manifest)) return fail(noPackage(manifest, 'is not there'));
  const table = new ManifestReader().table(manifest);
  const pkg = table?.['package'];
  const name = isTable(pkg) ? pkg['name'] : undefined;
  if (typeof name === 'string') return ok(name);
  return fail({
    ...noPackage(manifest, table === undefined ? 'cannot be read' : 'has no package: it only holds a workspace'),
    span: { file: manifest, text: readFileSync(manifest, 'utf8'), start: 0, end: 0 },
  });
}

/** Where the lock of a package's workspace is: the nearest directory upwards that has one, but not beyond the workspace's root. */
function lockDirectory(directory: string): string {
  const manifests = new ManifestReader();
  for (let at = directory; dirname(at) !== at; at = dirname(at)) {
    const manifest = join(at, 'Cargo.toml');
    if (existsSync(join(at, 'Cargo.lock'))) return at;
    if (existsSync(manifest) && isTable(manifests.table(manifest)?.['workspace'])) return at;
  }
  return directory;
}

function noPackage(manifest: string, what: string): Diagnostic {
  return {
    code: 'F0999',
    severity: 'error',
    blame: 'input',
    message: `the Cargo manifest of a Python project ${what}: \`${manifest}\``,
    hints: ['set `manifest-path` in `[tool.maturin]` to the `Cargo.toml` of the package with the module'],
  };
}

function nothingToPack(name: string, wanted: ExtensionKind): Diagnostic {
  const what = wanted.kind === 'module' ? 'library' : 'program';
  return {
    code: 'F0999',
    severity: 'error',
    blame: 'input',
    message: `\`${name}\` has no ${what} to put into a wheel`,
    hints: [
      wanted.kind === 'module' ? 'add a `[lib]` with `crate-type = ["cdylib"]`' : 'check `bindings` and `targets` in `[tool.maturin]`',
    ],
  };
}

function embedsPython(name: string): Diagnostic {
  return {
    code: 'F0997',
    severity: 'error',
    blame: 'input',
    message: `the programs of \`${name}\` embed Python: such wheels are not built yet`,
    hints: ['make pyo3 an optional dependency that the programs do not need, or build this wheel with `maturin build`'],
  };
}

function tooOldForAbi(abi: StableAbi, interpreter: Interpreter): Diagnostic {
  const { minimum } = abi;
  const oldest = `${minimum?.major}.${minimum?.minor}`;
  return {
    code: 'F0996',
    severity: 'error',
    blame: 'input',
    message: `the extension is for Python ${oldest} and newer, by its feature \`${abi.kind}-py${oldest.replace('.', '')}\``,
    facts: [['interpreter', interpreter.version.full]],
    hints: [`use Python ${oldest} or newer, or the feature of an older one`],
  };
}
