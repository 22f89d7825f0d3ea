import type { ActionKey } from '../model/action.ts';
import { chainLengths, dependentsOf } from './critical-path.ts';
import type { EventSink, NodeId, NodeSummary, Outcome } from './events.ts';
import { OpenNeeds } from './open-needs.ts';

/** A dependency between nodes. `early`: the dependent can start as soon as the other has announced its early output (rustc's metadata). */
export interface Need {
  readonly node: NodeId;
  readonly early: boolean;
}

export interface ScheduledNode extends Omit<NodeSummary, 'dependencies'> {
  readonly needs: readonly Need[];
}

/** What a node turns out to be once everything it needs is there. */
export type Preparation =
  | { readonly kind: 'cached'; readonly key: ActionKey | undefined }
  | { readonly kind: 'failed'; readonly key: ActionKey | undefined }
  /** Has to run, and takes a job token while it does. `run` answers whether it succeeded. */
  | {
      readonly kind: 'run';
      readonly key: ActionKey;
      /**
       * Asked with a token at hand, just before `run`. A promise means that the same work is under way elsewhere: the token goes back, and once
       * the promise settles the node is prepared anew.
       */
      readonly reserve?: () => Promise<void> | undefined;
      readonly run: (onEarly: () => void) => Promise<RunOutcome>;
    };

type Runnable = Extract<Preparation, { kind: 'run' }>;

export interface RunOutcome {
  readonly succeeded: boolean;
  readonly elapsedMs: number;
}

/** The work behind the nodes: the scheduler decides when, this decides what. */
export interface NodeWork {
  /** Called when all a node needs has succeeded, and again when somebody else was found doing its work (see `reserve`). */
  prepare(node: NodeId): Promise<Preparation>;
}

/** Job tokens: {@link Jobserver} in real runs. */
export interface TokenPool {
  tryAcquire(): boolean;
  release(): void;
}

export interface ScheduleOptions {
  readonly nodes: readonly ScheduledNode[];
  readonly work: NodeWork;
  readonly tokens: TokenPool;
  /** How many nodes may be prepared ahead of a free token: preparing costs our own time, and what is prepared late is chosen better. */
  readonly lookahead: number;
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
  readonly sink: EventSink;
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
}

export type Outcomes = readonly Outcome[];

/** A thread of some compiler may hold the token we want; nothing tells us when it gives it back. */
const TOKEN_RETRY_MS = 4;

/**
 * Runs every node after what it needs, the longest remaining chain first.
 *
 * ```
 * waiting ──needs met──▶ ready ──▶ preparing ──▶ cached ─────────────▶ ended
 *    │                                  └──▶ queued ──token──▶ running ──▶ ended
 *    │                     ▲            └──▶ elsewhere     └ early output: dependents that need no more go on
 *    │                     └────settled───────────┘
 *    └──a need failed──▶ skipped
 * ```
 * Without `keepGoing` nothing new starts after a failure, but what runs is let finish. An aborted signal skips what has not started.
 */
export async function schedule(options: ScheduleOptions): Promise<Outcomes> {
  return await new Schedule(options).run();
}

class Schedule {
  readonly #options: ScheduleOptions;
  readonly #priorities: readonly number[];
  readonly #dependents: readonly (readonly NodeId[])[];
  readonly #outcomes: (Outcome | undefined)[];
  readonly #needs: OpenNeeds;
  readonly #begun: boolean[];
  readonly #ready: NodeId[] = [];
  readonly #queue: { readonly node: NodeId; readonly preparation: Runnable }[] = [];
  /** Nodes whose work is under way elsewhere. */
  readonly #elsewhere = new Set<NodeId>();
  #preparing = 0;
  #unfinished: number;
  #halted = false;
  /** Whether any node has failed or was skipped. */
  #failures = false;
  #retry: NodeJS.Timeout | undefined;
  #finish: () => void = () => undefined;
  #crash: (error: unknown) => void = () => undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    const weighted = options.nodes.map((node) => ({ estimateMs: node.estimateMs, dependencies: node.needs.map((need) => need.node) }));
    this.#priorities = chainLengths(weighted);
    this.#dependents = dependentsOf(weighted);
    this.#outcomes = options.nodes.map(() => undefined);
    this.#needs = new OpenNeeds(options.nodes.map((node) => node.needs));
    this.#begun = options.nodes.map(() => false);
    this.#unfinished = options.nodes.length;
  }

  async run(): Promise<Outcomes> {
    const { nodes, signal } = this.#options;
    const halt = (): void => this.#halt();
    signal.addEventListener('abort', halt, { once: true });
    if (signal.aborted) this.#halted = true;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = resolve;
        this.#crash = reject;
        if (this.#unfinished === 0) resolve();
        for (const id of nodes.keys()) this.#consider(id);
        this.#pump();
      });
    } finally {
      clearTimeout(this.#retry);
      signal.removeEventListener('abort', halt);
    }
    return this.#outcomes.map((outcome) => outcome ?? { kind: 'skipped', because: undefined });
  }

  #consider(id: NodeId): void {
    if (this.#begun[id] === true || this.#outcomes[id] !== undefined) return;
    const broken = this.#failures ? this.#options.nodes[id]?.needs.find((need) => isFailure(this.#outcomes[need.node])) : undefined;
    if (broken !== undefined) return this.#end(id, undefined, { kind: 'skipped', because: broken.node });
    if (this.#halted) return this.#end(id, undefined, { kind: 'skipped', because: undefined });
    if (!this.#needs.areMet(id)) return;
    this.#begun[id] = true;
    this.#ready.splice(this.#place(this.#ready, id), 0, id);
  }

  /** Where a node belongs in a list that is sorted by priority, the first of equals first. */
  #place(list: readonly NodeId[], id: NodeId): number {
    const priority = this.#priorities[id] ?? 0;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#priorities[list[middle] ?? 0] ?? 0) >= priority) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #pump(): void {
    while (this.#halted && this.#ready.length > 0) this.#skip(this.#ready.shift());
    while (this.#ready.length > 0 && this.#preparing + this.#queue.length < this.#options.lookahead) {
      const id = this.#ready.shift();
      if (id === undefined) return;
      this.#preparing += 1;
      this.#prepare(id).catch(this.#crash);
    }
  }

  #skip(id: NodeId | undefined): void {
    if (id !== undefined) this.#end(id, undefined, { kind: 'skipped', because: undefined });
  }

  async #prepare(id: NodeId): Promise<void> {
    const preparation = await this.#options.work.prepare(id);
    this.#preparing -= 1;
    switch (preparation.kind) {
      case 'cached':
        return this.#end(id, preparation.key, { kind: 'cached' });
      case 'failed':
        return this.#end(id, preparation.key, { kind: 'failed' });
      case 'run':
        return this.#enqueue(id, preparation);
    }
  }

  #enqueue(id: NodeId, preparation: Runnable): void {
    const nodes = this.#queue.map((queued) => queued.node);
    this.#queue.splice(this.#place(nodes, id), 0, { node: id, preparation });
    this.#dispatch();
    this.#pump();
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      if (this.#halted) {
        this.#skip(this.#queue.shift()?.node);
        continue;
      }
      if (!this.#options.tokens.tryAcquire()) {
        this.#retry ??= setTimeout(() => {
          this.#retry = undefined;
          this.#dispatch();
          this.#pump();
        }, TOKEN_RETRY_MS);
        return;
      }
      this.#begin(this.#queue.shift());
    }
  }

  #begin(queued: { readonly node: NodeId; readonly preparation: Runnable } | undefined): void {
    if (queued === undefined) return;
    const { node, preparation } = queued;
    try {
      const settled = preparation.reserve?.();
      if (settled !== undefined) return this.#park(node, settled);
    } catch (error) {
      this.#options.tokens.release();
      this.#crash(error);
      return;
    }
    this.#start(node, preparation).catch(this.#crash);
  }

  #park(id: NodeId, settled: Promise<void>): void {
    this.#options.tokens.release();
    this.#elsewhere.add(id);
    settled.then(() => this.#resume(id)).catch(this.#crash);
  }

  #resume(id: NodeId): void {
    if (!this.#elsewhere.delete(id)) return;
    this.#ready.splice(this.#place(this.#ready, id), 0, id);
    this.#pump();
  }

  async #start(id: NodeId, preparation: Runnable): Promise<void> {
    const { sink, now, tokens } = this.#options;
    sink({ type: 'started', node: id, key: preparation.key, at: now() });
    const outcome = await preparation.run(() => this.#announceEarly(id)).finally(() => tokens.release());
    this.#end(id, preparation.key, outcome.succeeded ? { kind: 'executed', elapsedMs: outcome.elapsedMs } : { kind: 'failed' });
  }

  #announceEarly(id: NodeId): void {
    this.#needs.meetEarly(id);
    this.#options.sink({ type: 'early', node: id, at: this.#options.now() });
    for (const dependent of this.#dependents[id] ?? []) this.#consider(dependent);
    this.#pump();
  }

  #end(id: NodeId, key: ActionKey | undefined, outcome: Outcome): void {
    const { sink, now, keepGoing } = this.#options;
    this.#outcomes[id] = outcome;
    this.#needs.meet(id);
    this.#failures ||= isFailure(outcome);
    this.#unfinished -= 1;
    sink({ type: 'ended', node: id, key, outcome, at: now() });
    if (outcome.kind === 'failed' && !keepGoing) this.#halt();
    for (const dependent of this.#dependents[id] ?? []) this.#consider(dependent);
    if (this.#unfinished === 0) return this.#finish();
    this.#dispatch();
    this.#pump();
  }

  #halt(): void {
    if (this.#halted) return;
    this.#halted = true;
    for (const id of this.#options.nodes.keys()) this.#consider(id);
    for (const id of this.#elsewhere) {
      this.#elsewhere.delete(id);
      this.#skip(id);
    }
    this.#dispatch();
    this.#pump();
  }
}

function isFailure(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'failed' || outcome?.kind === 'skipped';
}
