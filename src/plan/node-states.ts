import type { NodeId } from '../engine/events.ts';
import type { ActionKey } from '../model/action.ts';
import type { ArtifactFile, FinishedScript } from './rust-lowering.ts';
import type { SettledNode } from './remembered-nodes.ts';
import type { RustNode } from './rust-graph.ts';

/** What is known of a node while the run goes on. */
export interface NodeState {
  /** Files it made, by name. */
  readonly files: Map<string, ArtifactFile>;
  /** Whether the action may read a variable of cargo's configuration. */
  mayRead: (name: string) => boolean;
  /** Script-run units whose output directories it sees because somebody named them. */
  namedScripts: readonly number[];
  /** Places inside the root that it has compiled in. */
  compiledIn: readonly string[];
  script?: FinishedScript;
  key?: ActionKey;
  /** How it ended, once it has: what a later run may take over. */
  settled?: SettledNode;
  /** It ended as it is remembered to have ended, and so did everything below it. */
  isAsRemembered: boolean;
}

/** The states of all nodes of a run. What is asked of a node that has not come so far is a programming error. */
export class NodeStates {
  readonly nodes: readonly RustNode[];
  readonly #states: readonly NodeState[];

  constructor(nodes: readonly RustNode[]) {
    this.nodes = nodes;
    this.#states = nodes.map(() => ({
      files: new Map(),
      mayRead: () => true,
      namedScripts: [],
      compiledIn: [],
      isAsRemembered: false,
    }));
  }

  node(id: NodeId): RustNode {
    const node = this.nodes[id];
    if (node === undefined) throw new Error(`internal: there is no node ${id}`);
    return node;
  }

  of(id: NodeId): NodeState {
    const state = this.#states[id];
    if (state === undefined) throw new Error(`internal: there is no node ${id}`);
    return state;
  }

  /** A file of a node that has made it. */
  artifact(id: NodeId, file: string): ArtifactFile {
    const found = this.of(id).files.get(file);
    if (found === undefined) throw new Error(`internal: ${this.node(id).unit.label} has no \`${file}\` yet`);
    return found;
  }

  /** A script that has run. */
  script(id: NodeId): FinishedScript {
    const { script } = this.of(id);
    if (script === undefined) throw new Error(`internal: ${this.node(id).unit.label} has not run yet`);
    return script;
  }
}
