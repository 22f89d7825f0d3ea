import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { EventSink, NodeId } from '../../engine/events.ts';
import type { NodeWork, Preparation, RunOutcome, ScheduledNode } from '../../engine/scheduler.ts';
import { type Action, type ActionKey, actionKey, type ActionResult } from '../../model/action.ts';
import type { Digest } from '../../model/digest.ts';
import type { IngredientLog } from '../../record/ingredient-notes.ts';
import type { Ingredients } from '../../record/run-record.ts';
import { claimedRun } from '../claimed-run.ts';
import type { NeededUnit, PythonNodeId } from '../python/step.ts';
import type { CheckNode, CheckSurroundings } from './check.ts';

export interface CheckWorkOptions {
  readonly nodes: readonly CheckNode[];
  /** Nodes that come before the checks. */
  readonly offset: NodeId;
  readonly around: CheckSurroundings;
  readonly keepSandbox: boolean;
  readonly ingredients: IngredientLog;
  readonly sink: EventSink;
  readonly now: () => number;
  readonly isStopped: () => boolean;
  /** Told how long an executed check took. */
  readonly onElapsed: (label: string, elapsedMs: number) => void;
}

/** The checks as the scheduler sees them, behind `offset` others. */
export function scheduledChecks(options: {
  readonly nodes: readonly CheckNode[];
  readonly offset: NodeId;
  readonly nodeOf: (unit: NeededUnit) => NodeId;
  readonly pythonNodeOf: (node: PythonNodeId) => NodeId;
  /** Milliseconds a check took last time; `undefined`: unknown. */
  readonly lastElapsed: (label: string) => number | undefined;
}): readonly ScheduledNode[] {
  const { nodes, offset, nodeOf, pythonNodeOf, lastElapsed } = options;
  const places = new Map(nodes.map((node, index) => [node, offset + index]));
  return nodes.map(({ label, verb, units, needs, after = [] }, index) => ({
    id: offset + index,
    label,
    verb,
    estimateMs: lastElapsed(label) ?? (verb === 'format' ? 50 : 500),
    needs: [...units.map(nodeOf), ...needs.map(pythonNodeOf), ...after.flatMap((check) => places.get(check) ?? [])].map((node) => ({
      node,
      early: false,
    })),
  }));
}

/** What a check would do if it were run now. */
export interface CheckForecast {
  readonly kind: 'cached' | 'run' | 'failed';
  readonly key: ActionKey | undefined;
  readonly ingredients: Ingredients | undefined;
}

/** Looks up and runs checks. Only success is kept: what failed is run again, and says again why. */
export class CheckWork implements NodeWork {
  readonly #options: CheckWorkOptions;
  readonly #results: (ActionResult | undefined)[];

  constructor(options: CheckWorkOptions) {
    this.#options = options;
    this.#results = options.nodes.map(() => undefined);
  }

  /** How a check ended, well or badly; `undefined`: it was not run. */
  resultOf(check: number): ActionResult | undefined {
    return this.#results[check];
  }

  /** A directory among what a check has left; `undefined`: it is not there. */
  outputOf(check: CheckNode, path: string): Digest | undefined {
    const result = this.#results[this.#options.nodes.indexOf(check)];
    return result?.outputs.find((output) => output.path === path && output.kind === 'tree')?.digest;
  }

  async prepare(id: NodeId): Promise<Preparation> {
    const index = id - this.#options.offset;
    const node = this.#options.nodes[index];
    if (node === undefined) throw new Error(`internal: there is no check ${index}`);
    const { around, sink, now } = this.#options;
    const action = await node.step.action(around);
    if (!action.ok) {
      this.#say(id, action.diagnostics);
      return { kind: 'failed', key: undefined };
    }
    this.#say(id, action.warnings ?? []);
    const key = actionKey(action.value);
    const { store } = around;
    const known = store.getResult(key);
    if (known !== undefined) {
      this.#results[index] = known;
      return { kind: 'cached', key };
    }
    return claimedRun({ id, key, store, sink, now, run: async () => await this.#run({ id, index, node, action: action.value, key }) });
  }

  /** What {@link prepare} would find, for who does not want to run anything. */
  async forecast(id: NodeId): Promise<CheckForecast> {
    const { around, ingredients, offset, nodes } = this.#options;
    const action = await nodes[id - offset]?.step.action(around);
    if (action?.ok !== true) return { kind: 'failed', key: undefined, ingredients: undefined };
    const key = actionKey(action.value);
    const known = around.store.getResult(key);
    this.#results[id - offset] = known;
    return { kind: known === undefined ? 'run' : 'cached', key, ingredients: ingredients.of(action.value) };
  }

  async #run(pending: {
    readonly id: NodeId;
    readonly index: number;
    readonly node: CheckNode;
    readonly action: Action;
    readonly key: ActionKey;
  }): Promise<RunOutcome> {
    const { id, index, node, action, key } = pending;
    const { around, keepSandbox, ingredients, onElapsed } = this.#options;
    const { engine, store } = around;
    ingredients.keepAction(key, action);
    const hints: string[] = [];
    const ended = await engine.run({
      action,
      key,
      label: node.label,
      keepSandbox,
      onSandboxKept: ({ script }) => hints.push(`run it again with \`${script}\``),
    });
    if (!ended.ok) {
      this.#say(id, ended.diagnostics);
      return { succeeded: false, elapsedMs: 0 };
    }
    const result = ended.value;
    this.#results[index] = result;
    const { elapsedMs } = result;
    onElapsed(node.label, elapsedMs);
    if (result.exitCode === 0) {
      store.putResult(key, result);
      return { succeeded: true, elapsedMs };
    }
    const text = (digest: ActionResult['stdout']): string => store.readBlob(digest)?.toString('utf8') ?? '';
    this.#say(id, node.step.explain({ action, result, store, stdout: text(result.stdout), stderr: text(result.stderr), hints }));
    return { succeeded: false, elapsedMs };
  }

  #say(node: NodeId, diagnostics: readonly Diagnostic[]): void {
    const { sink, now, isStopped } = this.#options;
    if (isStopped()) return;
    for (const diagnostic of diagnostics) sink({ type: 'diagnostic', node, diagnostic, at: now() });
  }
}
