import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { PythonNode, PythonNodeId } from './step.ts';
import type { Watched } from '../run-stamp.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';

/** The Python half of a run, planned. */
export interface PythonPlan {
  readonly nodes: readonly PythonNode[];
  /** Cargo workspaces of extension modules: their units are part of the run. */
  readonly extensions: readonly WorkspacePlan[];
  /** What was asked for, in the order asked. */
  readonly outputs: readonly PythonOutputNode[];
  /** What cannot be had on the machine that was planned for, where that was named (`host`): elsewhere it may be. */
  readonly leftOut: readonly { readonly name: string; readonly output: string; readonly diagnostics: readonly Diagnostic[] }[];
  /** Begins to fetch what will be needed: called once, when the run starts. */
  readonly begin: () => void;
  /** Called once, when it is over. */
  readonly end: () => Promise<void>;
  /** Everything outside the store that planning looked at, and that the steps depend on. */
  readonly watched: () => Watched;
}

/** A node whose result is handed out. */
export interface PythonOutputNode {
  /** Name of the project. */
  readonly name: string;
  /** `wheel`, `env/test`. */
  readonly output: string;
  readonly node: PythonNodeId;
  /** Names of the scripts that its projects declare. */
  readonly scripts: readonly string[];
  /** What the project means without an output. */
  readonly isDefault: boolean;
}

/** A run without any Python. */
export const NO_PYTHON: PythonPlan = {
  nodes: [],
  extensions: [],
  outputs: [],
  leftOut: [],
  begin: () => undefined,
  end: () => Promise.resolve(),
  watched: () => ({ paths: [], variables: [], variablePrefixes: [] }),
};
