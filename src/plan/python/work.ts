import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Engine } from '../../engine/engine.ts';
import type { EventSink, NodeId } from '../../engine/events.ts';
import type { NodeWork, Preparation, RunOutcome, ScheduledNode } from '../../engine/scheduler.ts';
import type { ActionKey } from '../../model/action.ts';
import type { IngredientLog } from '../../record/ingredient-notes.ts';
import type { Ingredients } from '../../record/run-record.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import type { Store } from '../../store/store.ts';
import { claimedRun } from '../claimed-run.ts';
import type { Findings, NeededUnit, PythonNode, PythonNodeId, StepPreparation, StepResult, StepSurroundings } from './step.ts';

export interface PythonWorkOptions {
  readonly nodes: readonly PythonNode[];
  /** Number of the first Python node in the run's graph. */
  readonly offset: NodeId;
  readonly store: Store;
  readonly engine: Engine;
  readonly keepSandbox: boolean;
  readonly memory: SourceMemory;
  /** What was compiled for an extension. */
  readonly extension: Findings['extension'];
  readonly sink: EventSink;
  readonly now: () => number;
  readonly isStopped: () => boolean;
  readonly ingredients: IngredientLog;
  /** Told how long an executed step took. */
  readonly onElapsed: (label: string, elapsedMs: number) => void;
}

/** What a run would find a node to be. */
export interface PythonForecast {
  readonly kind: Preparation['kind'];
  readonly key: ActionKey | undefined;
  /** `undefined`: those of the key are written down, or it did not come so far. */
  readonly ingredients: Ingredients | undefined;
}

/** The Python nodes as the scheduler sees them, behind `offset` others. */
export function scheduledPython(options: {
  readonly nodes: readonly PythonNode[];
  readonly offset: NodeId;
  readonly nodeOf: (unit: NeededUnit) => NodeId;
  /** Milliseconds a step took last time; `undefined`: unknown. */
  readonly lastElapsed: (label: string) => number | undefined;
}): readonly ScheduledNode[] {
  const { nodes, offset, nodeOf, lastElapsed } = options;
  return nodes.map(({ label, verb, needs, units }, index) => ({
    id: offset + index,
    label,
    verb,
    estimateMs: lastElapsed(label) ?? DEFAULT_ESTIMATE_MS[verb],
    needs: [...needs.map((need) => offset + need), ...units.map(nodeOf)].map((node) => ({ node, early: false })),
  }));
}

const DEFAULT_ESTIMATE_MS: Readonly<Record<PythonNode['verb'], number>> = { fetch: 300, build: 1500, pack: 50, compose: 50 };

/** Prepares and runs the steps of the Python half. */
export class PythonWork implements NodeWork {
  readonly #options: PythonWorkOptions;
  readonly #results: (StepResult | undefined)[];
  readonly #surroundings: StepSurroundings;
  /** Results of finished nodes, for those who need them. */
  readonly found: Findings;

  constructor(options: PythonWorkOptions) {
    this.#options = options;
    this.#results = options.nodes.map(() => undefined);
    this.found = {
      wheel: (node) => {
        const result = this.resultOf(node);
        if (result.kind !== 'wheel') throw new Error(`internal: ${options.nodes[node]?.label} is no wheel`);
        return result.wheel;
      },
      editable: (node) => {
        const result = this.resultOf(node);
        if (result.kind !== 'editable') throw new Error(`internal: ${options.nodes[node]?.label} is not editable`);
        return result.project;
      },
      archive: (node) => {
        const result = this.resultOf(node);
        if (result.kind !== 'wheel' || result.archive === undefined)
          throw new Error(`internal: ${options.nodes[node]?.label} is no archive`);
        return result.archive();
      },
      extension: options.extension,
    };
    this.#surroundings = { found: this.found, engine: options.engine, keepSandbox: options.keepSandbox, memory: options.memory };
  }

  /** Result of a finished node. */
  resultOf(node: PythonNodeId): StepResult {
    const result = this.#results[node];
    if (result === undefined) throw new Error(`internal: ${this.#options.nodes[node]?.label} has no result`);
    return result;
  }

  async prepare(id: NodeId): Promise<Preparation> {
    const index = id - this.#options.offset;
    const node = this.#options.nodes[index];
    if (node === undefined) throw new Error(`internal: there is no Python node ${index}`);
    const prepared = await node.step.prepare(this.#surroundings);
    if (!prepared.ok) return { kind: 'failed', key: this.#fail(id, prepared.diagnostics) };
    this.#say(id, prepared.warnings ?? []);
    if (prepared.value.kind === 'run') return this.#toRun(id, node, prepared.value);
    this.#results[index] = prepared.value.result;
    return { kind: 'cached', key: prepared.value.key };
  }

  /**
   * What {@link prepare} would find, for who does not want to run anything. Nodes behind one that has to run cannot be asked: they are made
   * from what it gives.
   */
  async forecast(id: NodeId): Promise<PythonForecast> {
    const index = id - this.#options.offset;
    const prepared = await this.#options.nodes[index]?.step.prepare(this.#surroundings);
    if (prepared?.ok !== true) {
      this.#fail(id, prepared?.diagnostics ?? []);
      return { kind: 'failed', key: undefined, ingredients: undefined };
    }
    const { value } = prepared;
    if (value.kind === 'run') return { kind: 'run', key: value.key, ingredients: value.ingredients(this.#options.ingredients) };
    this.#results[index] = value.result;
    return { kind: 'cached', key: value.key, ingredients: undefined };
  }

  #toRun(id: NodeId, node: PythonNode, { key, ingredients, run }: Extract<StepPreparation, { kind: 'run' }>): Preparation {
    const { store, sink, now, ingredients: log } = this.#options;
    return claimedRun({
      id,
      key,
      store,
      sink,
      now,
      run: async () => {
        log.keep(key, ingredients(log));
        return await this.#run({ id, node, run });
      },
    });
  }

  async #run(options: {
    readonly id: NodeId;
    readonly node: PythonNode;
    readonly run: Extract<StepPreparation, { kind: 'run' }>['run'];
  }): Promise<RunOutcome> {
    const { id, node, run } = options;
    const { now, offset, onElapsed } = this.#options;
    const start = now();
    const made = await run();
    const elapsedMs = now() - start;
    if (!made.ok) {
      this.#fail(id, made.diagnostics);
      return { succeeded: false, elapsedMs };
    }
    this.#say(id, made.warnings ?? []);
    this.#results[id - offset] = made.value;
    onElapsed(node.label, elapsedMs);
    return { succeeded: true, elapsedMs };
  }

  #fail(id: NodeId, diagnostics: readonly Diagnostic[]): ActionKey | undefined {
    this.#say(id, diagnostics);
    return undefined;
  }

  #say(node: NodeId, diagnostics: readonly Diagnostic[]): void {
    const { sink, now, isStopped } = this.#options;
    if (isStopped()) return;
    for (const diagnostic of diagnostics) sink({ type: 'diagnostic', node, diagnostic, at: now() });
  }
}
