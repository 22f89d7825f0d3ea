import { basename } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type Action, type ActionKey, actionKey, type ActionResult } from '../../model/action.ts';
import { sha256Of } from '../../model/digest.ts';
import type { InputEntry } from '../../model/tree.ts';
import { type BuiltFile, readBuiltFile } from '../../python/build/build-answer.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import type { BuildSystem } from '../../python/build/build-system.ts';
import { programAction } from '../../python/build/wheel-build-action.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import { interpreterTree } from '../../python/interpreters/interpreter-tree.ts';
import { type CompiledTarget, PACKING_CARGO, type PackingAnswers } from '../../python/maturin/packing-cargo.ts';
import type { PackingProject } from '../../python/maturin/packing-project.ts';
import type { UnpackedWheel } from '../../python/wheel.ts';
import { isWithin } from '../../source/path-within.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { CrateAnswers } from '../packing-answers.ts';
import { runKept, withHints } from './kept-action.ts';
import { machinePlatform } from './machine-platform.ts';
import { packingSources } from './packing-sources.ts';
import type { StepPreparation, StepResult, StepSurroundings } from './step.ts';

export interface StockMaturinOptions {
  readonly store: DirectoryStore;
  readonly subject: BuildSubject;
  readonly project: PackingProject;
  readonly buildSystem: BuildSystem;
  readonly installed: InstalledInterpreter;
  /** Absolute: the top of the sources as the action has them. */
  readonly anchor: string;
  /** Absolute: see `packingSources`. */
  readonly repositoryRoot: string;
  /** `rustc -vV` */
  readonly rustc: string;
}

/** One thing to have made by maturin. */
export interface StockWork {
  /** Words of the command line, as `ProgramCall` has them. */
  readonly words: readonly string[];
  readonly requires: readonly UnpackedWheel[];
  readonly answers: CrateAnswers & Pick<PackingAnswers, 'packageLists' | 'trackedFiles'>;
  readonly compiled: readonly CompiledTarget[];
  /** Directories in the store of what build scripts wrote, by package name. */
  readonly outDirectories: PackingInputs['trees'];
  /** Libraries that a wheel may take in, by file name. */
  readonly libraries: ReadonlyMap<string, InputEntry>;
  /** Absolute directories of the path packages whose own files matter. */
  readonly packages: readonly string[];
  /** Absolute paths of further files that matter. */
  readonly files: readonly string[];
  /** What else of the machine can change the result. */
  readonly platform: Readonly<Record<string, string>>;
}

interface PackingInputs {
  readonly trees: ReadonlyMap<string, Extract<InputEntry, { readonly kind: 'tree' }>>;
}

/**
 * maturin itself, of the version that `ferrule.lock` has, in the sandbox: it gets what the Rust graph compiled, and its questions to
 * cargo, rustc and git are answered beforehand. Nothing is compiled.
 */
export class StockMaturin {
  readonly #options: StockMaturinOptions;

  constructor(options: StockMaturinOptions) {
    this.#options = options;
  }

  /** Prepares the work as a step; `finish` makes the step's result of the file that maturin left. */
  async prepare(
    work: StockWork,
    surroundings: StepSurroundings,
    finish: (built: BuiltFile) => Promise<Result<StepResult>>,
  ): Promise<Result<StepPreparation>> {
    const { store } = this.#options;
    const action = this.#action(work, surroundings);
    if (!action.ok) return action;
    const key = actionKey(action.value);
    const read = async (result: ActionResult): Promise<Result<StepResult>> => {
      const built = readBuiltFile({ store, subject: this.#options.subject, result });
      return built.ok ? await finish(built.value) : built;
    };
    const known = store.getResult(key);
    if (known === undefined) {
      const run = async (): Promise<Result<StepResult>> => await this.#run({ action: action.value, key, surroundings, read });
      return ok({ kind: 'run', key, ingredients: (log) => log.of(action.value), run });
    }
    const result = await read(known);
    return result.ok ? ok({ kind: 'known', key, result: result.value }, result.warnings) : result;
  }

  async #run(options: {
    readonly action: Action;
    readonly key: ActionKey;
    readonly surroundings: StepSurroundings;
    readonly read: (result: ActionResult) => Promise<Result<StepResult>>;
  }): Promise<Result<StepResult>> {
    const { store, subject } = this.#options;
    const ran = await runKept({ ...options, store, label: subject.label });
    return ran.ok ? withHints(await options.read(ran.value.result), ran.value.hints) : ran;
  }

  #action(work: StockWork, { memory, engine }: StepSurroundings): Result<Action> {
    const { store, project, buildSystem, installed, anchor, subject } = this.#options;
    if (!work.requires.some(({ facts }) => facts.name === 'maturin')) return fail(withoutMaturin(subject));
    const interpreter = interpreterTree({ installed, store });
    if (!interpreter.ok) return interpreter;
    const { directory, settings } = project;
    const sources = packingSources({ ...this.#options, ...work, memory, directory, settings });
    if (!sources.ok) return sources;
    const inputs = new Map<string, InputEntry>();
    const answers = JSON.stringify(this.#answers(work, inputs));
    const names = { script: named(PACKING_CARGO, 'py'), answers: named(answers, 'json') };
    return ok(
      programAction(
        {
          store,
          interpreter: interpreter.value,
          buildSystem,
          requires: work.requires,
          sources: sources.value,
          subdirectory: isWithin(directory, anchor) && directory !== anchor ? directory.slice(anchor.length + 1) : undefined,
          configSettings: {},
          environment: {},
          platform: { ...machinePlatform(store, { compiles: false }), ...engine.platform, ...work.platform },
        },
        {
          program: work.words,
          tools: { cargo: names.script, rustc: names.script, git: names.script },
          files: { [names.script]: PACKING_CARGO, [names.answers]: answers },
          facts: { answers: names.answers },
          inputs,
        },
      ),
    );
  }

  /** What the shims say, while the files that they speak of become inputs. */
  #answers(work: StockWork, inputs: Map<string, InputEntry>): PackingAnswers {
    const { pathManifests: _manifests, pathPackages: _packages, members: _members, workspaceRoot: _root, ...answers } = work.answers;
    const prebuilt = work.compiled.map(({ kind, name, digest }) => {
      const file = kind === 'cdylib' ? `lib${name.replaceAll('-', '_')}.so` : name;
      const path = `prebuilt/${digest.hash.slice(0, 16)}/${file}`;
      inputs.set(`build/${path}`, { kind: 'file', digest, executable: true });
      return { kind, name, path };
    });
    const outDirectories: Record<string, string> = {};
    for (const [name, entry] of work.outDirectories) {
      outDirectories[name] = `prebuilt/out-${entry.digest.hash.slice(0, 16)}`;
      inputs.set(`build/${outDirectories[name]}`, entry);
    }
    const identity = sha256Of(JSON.stringify([...work.libraries])).slice(0, 16);
    const libraries = work.libraries.size === 0 ? undefined : `prebuilt/libraries-${identity}`;
    for (const [name, entry] of work.libraries) inputs.set(`build/${libraries}/${basename(name)}`, entry);
    const { rustc } = this.#options;
    return { ...answers, rustc, prebuilt, outDirectories, libraries };
  }
}

/** Named by its content: where there is no sandbox, builds that run together share the directory. */
function named(text: string, extension: string): string {
  return `packing-${sha256Of(text).slice(0, 16)}.${extension}`;
}

function withoutMaturin({ label, span }: BuildSubject): Diagnostic {
  return {
    code: 'F1003',
    severity: 'error',
    blame: 'input',
    message: `\`${label}\` has to be packed by maturin itself, which is not among its build requirements`,
    ...(span === undefined ? {} : { span }),
    hints: ['add `maturin` to `requires` of `[build-system]` and run `ferrule lock`'],
  };
}
