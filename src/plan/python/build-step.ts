import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type Action, type ActionKey, actionKey, type ActionResult } from '../../model/action.ts';
import type { Digest } from '../../model/digest.ts';
import { readBuiltFile } from '../../python/build/build-answer.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import type { BuildSystem } from '../../python/build/build-system.ts';
import { editableModules } from '../../python/build/editable-modules.ts';
import { editableSources } from '../../python/build/editable-sources.ts';
import {
  type BackendCall,
  type BackendRust,
  editableBuildAction,
  sdistBuildAction,
  wheelBuildAction,
} from '../../python/build/wheel-build-action.ts';
import type { ProjectSources } from '../../python/build/project-sources.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import { interpreterTree } from '../../python/interpreters/interpreter-tree.ts';
import type { ResolvedSource } from '../../python/resolution.ts';
import { unpackWheel } from '../../python/wheel/unpack-wheel.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import { runKept, withHints } from './kept-action.ts';
import { machinePlatform } from './machine-platform.ts';
import type { PythonNodeId, PythonStep, StepPreparation, StepResult, StepSurroundings } from './step.ts';

/** What a backend builds from. */
export interface BuildSources {
  readonly tree: Digest;
  /** Where in the tree the project is; `undefined`: at its top. */
  readonly subdirectory: string | undefined;
}

export type BuildOrigin =
  /** A project of the repository. */
  | { readonly kind: 'project'; readonly files: (memory: SourceMemory) => Result<ProjectSources> }
  | Extract<ResolvedSource, { kind: 'sdist' | 'git' }>;

export interface BuildStepOptions {
  readonly store: DirectoryStore;
  readonly subject: BuildSubject;
  readonly hook: 'wheel' | 'sdist' | 'editable';
  readonly interpreter: InstalledInterpreter;
  readonly buildSystem: BuildSystem;
  /** Whether its backend may start the machine's compilers. */
  readonly compiles: boolean;
  /** Nodes of the build requirements' wheels. */
  readonly requires: readonly PythonNodeId[];
  readonly configSettings: BackendCall['configSettings'];
  readonly environment: Readonly<Record<string, string>>;
  /** What it compiles Rust with; `undefined`: it compiles none. */
  readonly rust: BackendRust | undefined;
  readonly sources: (surroundings: StepSurroundings) => Result<BuildSources>;
  /** Where they come from, for who lays them out elsewhere. */
  readonly origin: BuildOrigin;
  /** Absolute directory of the project in the checkout; `undefined`: it is none of the repository's. */
  readonly directory: string | undefined;
}

/** A project built by its own backend (PEP 517), offline, in the sandbox. */
export class BuildStep implements PythonStep {
  /** What it was planned to do: other engines are told of it. */
  readonly options: BuildStepOptions;

  constructor(options: BuildStepOptions) {
    this.options = options;
  }

  async prepare(surroundings: StepSurroundings): Promise<Result<StepPreparation>> {
    const { store } = this.options;
    const action = this.#action(surroundings);
    if (!action.ok) return action;
    const key = actionKey(action.value);
    const known = store.getResult(key);
    if (known === undefined) {
      const run = async (): Promise<Result<StepResult>> => await this.#run(action.value, key, surroundings);
      return ok({ kind: 'run', key, ingredients: (log) => log.of(action.value), run });
    }
    const result = await this.#finish(known);
    return result.ok ? ok({ kind: 'known', key, result: result.value }, result.warnings) : result;
  }

  #action(surroundings: StepSurroundings): Result<Action> {
    const { store, hook, requires, interpreter: installed, buildSystem, compiles, configSettings, environment, rust } = this.options;
    const interpreter = interpreterTree({ installed, store });
    if (!interpreter.ok) return interpreter;
    const sources = this.options.sources(surroundings);
    if (!sources.ok) return sources;
    const call: BackendCall = {
      store,
      interpreter: interpreter.value,
      buildSystem,
      requires: requires.map((node) => surroundings.found.wheel(node)),
      sources: sources.value.tree,
      subdirectory: sources.value.subdirectory,
      configSettings,
      environment,
      ...(rust === undefined ? {} : { rust }),
      platform: { ...machinePlatform(store, { compiles }), ...surroundings.engine.platform },
    };
    switch (hook) {
      case 'wheel':
        return ok(wheelBuildAction(call));
      case 'sdist':
        return ok(sdistBuildAction(call));
      case 'editable':
        return ok(editableBuildAction(call));
    }
  }

  async #run(action: Action, key: ActionKey, surroundings: StepSurroundings): Promise<Result<StepResult>> {
    const { store, subject } = this.options;
    const ran = await runKept({ store, action, key, label: subject.label, surroundings });
    return ran.ok ? withHints(await this.#finish(ran.value.result), ran.value.hints) : ran;
  }

  async #finish(result: ActionResult): Promise<Result<StepResult>> {
    const { store, subject, hook, directory } = this.options;
    const built = readBuiltFile({ store, subject, result });
    if (!built.ok) return built;
    const { filename, path, digest, sourceRoot } = built.value;
    if (hook === 'sdist') {
      const file = store.copyFile(path, { executable: false });
      return ok({ kind: 'tree', tree: store.makeTree(new Map([[filename, { kind: 'file', digest: file, executable: false }]])) });
    }
    const wheel = await unpackWheel({ store, path, digest, filename });
    if (!wheel.ok) return wheel;
    if (hook === 'wheel') {
      const archive = (): { filename: string; digest: Digest } => ({ filename, digest: store.copyFile(path, { executable: false }) });
      return ok({ kind: 'wheel', wheel: wheel.value, archive }, wheel.warnings);
    }
    if (directory === undefined) throw new Error(`internal: ${subject.label} is not in the checkout`);
    const sources = editableSources({ store, wheel: wheel.value, sourceRoot, directory, subject });
    if (!sources.ok) return sources;
    const modules = editableModules({ built: built.value, directory, sources: sources.value });
    return ok({ kind: 'editable', project: { wheel: wheel.value, sources: sources.value, modules } });
  }
}
