import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { NodeId, Outcome } from '../engine/events.ts';
import { digestOf } from '../model/digest.ts';
import type { ActionCounts } from '../plan/build-report.ts';
import { withoutColour } from '../rust/cargo/cargo-failure.ts';
import type { RunContext } from '../plan/run-context.ts';
import { buildFailed } from './nix-diagnostics.ts';
import { derivationName, type NixLogEvent } from './nix-log.ts';
import type { NixNode, NixPlan } from './plan-file.ts';

/** Nix has keys of its own. */
const NO_KEY = digestOf('');

interface Building {
  readonly node: NodeId;
  readonly label: string;
  readonly startedAt: number;
  readonly lines: string[];
}

/** Turns what Nix says into the events of a run: the nodes are the derivations of the plan. */
export class NixProgress {
  readonly #context: RunContext;
  readonly #nodes = new Map<string, { readonly id: NodeId; readonly label: string }>();
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

  begin(plan: NixPlan): void {
    const { sink } = this.#context.request;
    for (const [name, { label }] of Object.entries(plan.nodes)) this.#nodes.set(name, { id: this.#nodes.size, label });
    const nodes = Object.values(plan.nodes).map(({ label, needs, steps }, id) => ({
      id,
      label,
      verb: verbOf(steps),
      estimateMs: 1000,
      dependencies: needs.flatMap((need) => this.#nodes.get(need)?.id ?? []),
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
    const ran = new Set([...this.#begun.values()].map(({ node }) => node));
    for (const { id } of this.#nodes.values()) {
      if (!ran.has(id)) this.#end(id, { kind: 'cached' });
    }
  }

  failures(): readonly Diagnostic[] {
    return this.#failures;
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
    this.#context.request.sink({ type: 'started', node: node.id, key: NO_KEY, at: this.#context.now() });
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
    this.#failures.push(buildFailed({ label: building.label, derivation: failed?.[1] ?? '', lines: building.lines }));
  }

  #end(node: NodeId, outcome: Outcome): void {
    if (outcome.kind !== 'cached') this.#ended.set(node, outcome);
    this.#context.request.sink({ type: 'ended', node, key: undefined, outcome, at: this.#context.now() });
  }
}

function verbOf(steps: NixNode['steps']): string {
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
