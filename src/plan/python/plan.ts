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
}

/** A run without any Python. */
export const NO_PYTHON: PythonPlan = {
  nodes: [],
  extensions: [],
  outputs: [],
  begin: () => undefined,
  end: () => Promise.resolve(),
  watched: () => ({ paths: [], variables: [], variablePrefixes: [] }),
};
