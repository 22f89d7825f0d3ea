import type { NodeId, NodeSummary, RunEvent } from '../engine/events.ts';
import {
  RECORD_FORMAT,
  type RecordedNode,
  type RecordedRequest,
  type RecordedStage,
  type RecordedTarget,
  type RunRecord,
} from './run-record.ts';

/** What the events do not say. */
export interface RunCircumstances {
  readonly run: string;
  readonly repository: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly elapsedMs: number;
  readonly ok: boolean;
  readonly engine?: 'nix';
  readonly request: RecordedRequest;
  readonly toolchains: Readonly<Record<string, string>>;
  readonly targets: readonly RecordedTarget[];
  /** Nodes that a node is directly built from; `undefined`: what it waits for. */
  readonly dependenciesOf: (node: NodeId) => readonly NodeId[] | undefined;
  /** Hexadecimal key under which a node ended; `undefined`: the one it ended with. */
  readonly keyOf: (node: NodeId) => string | undefined;
}

interface SeenNode {
  readonly summary: NodeSummary;
  key?: string;
  outcome: RecordedNode['outcome'];
  startedAt?: number;
  earlyAt?: number;
  endedAt?: number;
  slot?: number;
}

/** Folds the events of a run into its record. */
export class RunRecorder {
  readonly #stages: RecordedStage[] = [];
  #nodes: readonly SeenNode[] = [];
  /** Whether each place is taken. */
  #slots: boolean[] = [];

  /** Whether there was anything to run: without, there is nothing to record. */
  get hasGraph(): boolean {
    return this.#nodes.length > 0;
  }

  see(event: RunEvent): void {
    switch (event.type) {
      case 'stage':
        this.#stages.push({ stage: event.stage, at: event.at });
        return;
      case 'graph':
        this.#begin(event.nodes);
        return;
      case 'started':
        this.#start(event);
        return;
      case 'early': {
        const node = this.#nodes[event.node];
        if (node !== undefined) node.earlyAt = event.at;
        return;
      }
      case 'ended':
        this.#end(event);
        return;
      case 'progress':
      case 'waiting':
      case 'diagnostic':
      case 'messages':
    }
  }

  record(circumstances: RunCircumstances): RunRecord {
    const { dependenciesOf, keyOf, ...rest } = circumstances;
    const nodes = this.#nodes.map(({ summary, ...seen }, id): RecordedNode => {
      const key = keyOf(id) ?? seen.key;
      const { label, verb } = summary;
      return { label, verb, ...seen, ...(key === undefined ? {} : { key }), dependencies: dependenciesOf(id) ?? summary.dependencies };
    });
    return { format: RECORD_FORMAT, ...rest, stages: this.#stages, nodes };
  }

  /** A second graph makes again what the store had lost; what has run by then has run. */
  #begin(summaries: readonly NodeSummary[]): void {
    const earlier = this.#nodes;
    this.#nodes = summaries.map((summary, id) => {
      const before = earlier[id];
      return before?.outcome === 'executed' ? before : { summary, outcome: 'skipped' };
    });
    this.#slots = [];
  }

  #start(event: Extract<RunEvent, { type: 'started' }>): void {
    const node = this.#nodes[event.node];
    if (node === undefined) return;
    const free = this.#slots.indexOf(false);
    const slot = free < 0 ? this.#slots.length : free;
    this.#slots[slot] = true;
    node.slot = slot;
    node.startedAt = event.at;
    node.key = event.key.hash;
  }

  #end(event: Extract<RunEvent, { type: 'ended' }>): void {
    const node = this.#nodes[event.node];
    if (node === undefined) return;
    if (node.slot !== undefined) this.#slots[node.slot] = false;
    if (event.key !== undefined) node.key = event.key.hash;
    const ranBefore = node.outcome === 'executed' && event.outcome.kind === 'cached';
    if (!ranBefore) {
      node.outcome = event.outcome.kind;
      node.endedAt = event.at;
    }
  }
}
