import type { Result } from '../../diagnostics/diagnostic.ts';
import type { Engine } from '../../engine/engine.ts';
import type { IngredientLog } from '../../record/ingredient-notes.ts';
import type { ActionKey } from '../../model/action.ts';
import type { Digest } from '../../model/digest.ts';
import type { Ingredients } from '../../record/run-record.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import type { UnpackedWheel } from '../../python/wheel.ts';
import type { ExtensionOutcome } from '../extension-outcome.ts';
import type { ExtensionPlan } from '../extension-plan.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';

/** Position of a node among the Python nodes of a run. */
export type PythonNodeId = number;

/** One piece of work of the Python half. */
export interface PythonNode {
  /** `numpy 2.1.0`, as a person names it. */
  readonly label: string;
  readonly verb: 'fetch' | 'build' | 'pack' | 'compose';
  /** Nodes whose results it takes. */
  readonly needs: readonly PythonNodeId[];
  /** Units of extension modules that it takes. */
  readonly units: readonly NeededUnit[];
  readonly step: PythonStep;
}

export interface NeededUnit {
  readonly workspace: WorkspacePlan;
  /** Position in the workspace's plan. */
  readonly unit: number;
}

/** What a node does, once all it needs is there. */
export interface PythonStep {
  /** Looks whether the result is known; asked again when somebody else was found making it. */
  prepare(surroundings: StepSurroundings): Promise<Result<StepPreparation>>;
}

/** What a step finds when its turn comes. */
export interface StepSurroundings {
  readonly found: Findings;
  readonly engine: Engine;
  /** Keep the directory of a failed action. */
  readonly keepSandbox: boolean;
  /** What is known of the repository's files. */
  readonly memory: SourceMemory;
}

export type StepPreparation =
  /** `key` as when it was made; `undefined`: it has none. */
  | { readonly kind: 'known'; readonly key: ActionKey | undefined; readonly result: StepResult }
  | {
      readonly kind: 'run';
      /** Names what is made. */
      readonly key: ActionKey;
      /** What the key was made from. */
      readonly ingredients: (log: Pick<IngredientLog, 'of'>) => Ingredients;
      readonly run: () => Promise<Result<StepResult>>;
    };

/** Results of the nodes and units that a step needs. */
export interface Findings {
  wheel(node: PythonNodeId): UnpackedWheel;
  editable(node: PythonNodeId): EditableProject;
  /** What was compiled for an extension's wheel; `undefined`: the store has lost it. */
  extension(extension: ExtensionPlan): ExtensionOutcome | undefined;
  /** The archive of a wheel that was built here. */
  archive(node: PythonNodeId): WheelFileContent;
}

/** A wheel as one file in the store. */
export interface WheelFileContent {
  readonly filename: string;
  readonly digest: Digest;
}

export type StepResult =
  /** `archive`: the wheel as a file; `undefined`: it came from elsewhere, and nobody asks. */
  | { readonly kind: 'wheel'; readonly wheel: UnpackedWheel; readonly archive: (() => WheelFileContent) | undefined }
  | { readonly kind: 'editable'; readonly project: EditableProject }
  /** A directory of the store with the files of an output. */
  | { readonly kind: 'tree'; readonly tree: Digest }
  | { readonly kind: 'environment'; readonly environment: MadeEnvironment };

/** A project used where it lies. */
export interface EditableProject {
  /** Metadata and scripts, no modules. */
  readonly wheel: UnpackedWheel;
  /** Absolute directories for the path. */
  readonly sources: readonly string[];
  /** Extension modules, and generated packages by their `__init__.py`, by dotted name: absolute path in the store. */
  readonly modules: Readonly<Record<string, string>>;
}

export interface MadeEnvironment {
  readonly digest: Digest;
  /** Absolute path in the store. */
  readonly directory: string;
  /** Points a link at it. */
  readonly link: (path: string) => void;
  /** Names of the scripts of the project that was asked for. */
  readonly scripts: readonly string[];
}
