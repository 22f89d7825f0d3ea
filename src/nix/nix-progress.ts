import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { NodeId, Outcome, RunEvent } from '../engine/events.ts';
import type { ActionKey } from '../model/action.ts';
import type { Sha256 } from '../model/digest.ts';
import type { ActionCounts } from '../plan/build-report.ts';
import { withoutColour } from '../rust/cargo/cargo-failure.ts';
import type { RunContext } from '../plan/run-context.ts';
import { buildFailed } from './nix-diagnostics.ts';
import { derivationName, type NixLogEvent } from './nix-log.ts';
import type { NixPlan } from './plan-file.ts';
import type { WrittenStep } from './written-step.ts';
import { directNeeds } from './written-needs.ts';

interface PlannedNode {
  readonly id: NodeId;
  readonly label: string;
  readonly needs: readonly string[];
  readonly key: ActionKey;
}

interface Building {
  readonly node: NodeId;
  readonly label: string;
  readonly startedAt: number;
  readonly lines: string[];
}

/** Turns what Nix says into the events of a run: the nodes are the derivations of the plan. */
export class NixProgress {
  readonly #context: RunContext;
  readonly #nodes = new Map<string, PlannedNode>();
  /** What Nix builds now, by the number of its activity. */
  readonly #building = new Map<number, Building>();
  /** Everything that Nix began to build, by name. */
  readonly #begun = new Map<string, Building>();
  readonly #failures: Diagnostic[] = [];
  readonly #failed = new Set<NodeId>();
  /** How what has ended, and was not just there, has ended. */
  readonly #ended = new Map<NodeId, Outcome>();
  #isThrough = false;

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** `keyOf`: under which a node is recorded. */
  begin(plan: NixPlan, keyOf: (name: string) => Sha256): void {
    const { sink } = this.#context.request;
    for (const [name, node] of Object.entries(plan.nodes)) {
      const { label } = node;
      this.#nodes.set(name, { id: this.#nodes.size, label, needs: directNeeds(node), key: { hash: keyOf(name), size: 0 } });
    }
    const nodes = Object.values(plan.nodes).map((node, id) => ({
      id,
      label: node.label,
      verb: verbOf(node.steps),
      estimateMs: 1000,
      dependencies: directNeeds(node).flatMap((need) => this.#nodes.get(need)?.id ?? []),
    }));
    sink({ type: 'graph', nodes, at: this.#context.now() });
  }

  take(event: NixLogEvent): void {
    switch (event.kind) {
      case 'build-started':
        return this.#start(event.id, derivationName(event.derivation));
      case 'build-line':
        this.#building.get(event.id)?.lines.push(event.line);
        return;
      case 'download-started':
        return this.#context.progress(`fetching ${event.path}`);
      case 'stopped':
        return this.#stop(event.id);
      case 'message':
        return this.#read(event);
    }
  }

  /** Everything was built or was there. */
  finish(): void {
    this.#isThrough = true;
    for (const [name, { id }] of this.#nodes) if (!this.#begun.has(name)) this.#end(id, { kind: 'cached' });
  }

  /** Not everything was built: what Nix had built something on was there; of the others nobody knows. */
  giveUp(): void {
    const below = new Set(this.#begun.keys());
    for (const name of below) {
      const node = this.#nodes.get(name);
      for (const need of node?.needs ?? []) below.add(need);
      if (node !== undefined && !this.#begun.has(name)) this.#end(node.id, { kind: 'cached' });
    }
  }

  failures(): readonly Diagnostic[] {
    return this.#failures;
  }

  /** What Nix has built in this run, by its name in the plan: milliseconds, and what it printed. */
  built(): ReadonlyMap<string, { readonly elapsedMs: number; readonly lines: readonly string[] }> {
    const built = new Map<string, { readonly elapsedMs: number; readonly lines: readonly string[] }>();
    for (const [name, { lines }] of this.#begun) {
      const outcome = this.outcomeOf(name);
      if (outcome?.kind === 'executed') built.set(name, { elapsedMs: outcome.elapsedMs, lines });
    }
    return built;
  }

  /** How a derivation ended, by its name in the plan; `undefined`: Nix had no need to begin with it, or did not come so far. */
  outcomeOf(name: string): Outcome | undefined {
    const node = this.#nodes.get(name);
    if (node === undefined) return undefined;
    return this.#failed.has(node.id) ? { kind: 'failed' } : this.#ended.get(node.id);
  }

  counts(): ActionCounts {
    const total = this.#nodes.size;
    const executed = this.#begun.size - this.#building.size - this.#failed.size;
    return { total, executed, cached: this.#isThrough ? total - executed : 0, failed: this.#failed.size };
  }

  #start(id: number, name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    const building = { node: node.id, label: node.label, startedAt: this.#context.now(), lines: [] };
    this.#building.set(id, building);
    this.#begun.set(name, building);
    this.#context.request.sink({ type: 'started', node: node.id, key: node.key, at: this.#context.now() });
  }

  #stop(id: number): void {
    const building = this.#building.get(id);
    if (building === undefined) return;
    this.#building.delete(id);
    if (this.#failed.has(building.node)) return this.#end(building.node, { kind: 'failed' });
    this.#end(building.node, { kind: 'executed', elapsedMs: this.#context.now() - building.startedAt });
  }

  #read({ level, text }: { readonly level: number; readonly text: string }): void {
    if (level > 0) return;
    const failed = /'([^']+\.drv)'[^']*failed/s.exec(withoutColour(text));
    const building = failed === null ? undefined : this.#begun.get(derivationName(failed[1] ?? ''));
    if (building === undefined || this.#failed.has(building.node)) return;
    this.#failed.add(building.node);
    // Of what was asked for itself Nix says so at the very end.
    if (this.#ended.has(building.node)) this.#context.recorder.see(endedEvent(this.#context, building.node, { kind: 'failed' }));
    this.#failures.push(buildFailed({ label: building.label, derivation: failed?.[1] ?? '', lines: building.lines }));
  }

  #end(node: NodeId, outcome: Outcome): void {
    if (outcome.kind !== 'cached') this.#ended.set(node, outcome);
    this.#context.request.sink(endedEvent(this.#context, node, outcome));
  }
}

function endedEvent(context: RunContext, node: NodeId, outcome: Outcome): Extract<RunEvent, { type: 'ended' }> {
  return { type: 'ended', node, key: undefined, outcome, at: context.now() };
}

/** What a derivation does, in a word. */
export function verbOf(steps: readonly Pick<WrittenStep, 'kind'>[]): string {
  switch (steps.at(-1)?.kind) {
    case 'script':
      return 'run';
    case 'collect':
    case 'collect-wheel':
      return 'link';
    case 'unpack':
      return 'fetch';
    case 'backend':
      return 'build';
    case 'run':
      return 'test';
    case 'pack':
      return 'pack';
    case 'compose':
      return 'compose';
    case 'compile':
    case 'given-script':
    case undefined:
      return 'compile';
  }
}
