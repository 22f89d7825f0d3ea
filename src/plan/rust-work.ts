import { type Diagnostic, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Engine } from '../engine/engine.ts';
import type { EventSink, NodeId } from '../engine/events.ts';
import type { NodeWork, Preparation, RunOutcome } from '../engine/scheduler.ts';
import { type Action, type ActionKey, actionKey, type ActionResult } from '../model/action.ts';
import type { Digest, Sha256 } from '../model/digest.ts';
import type { IngredientLog } from '../record/ingredient-notes.ts';
import type { Package } from '../rust/unit.ts';
import { resultText } from '../store/result-text.ts';
import type { Store } from '../store/store.ts';
import { ActionReads } from './action-reads.ts';
import type { HostEnvironment } from './host-environment.ts';
import { hasReadableLogs } from './input-damage.ts';
import { NamedByOthers } from './named-places.ts';
import { NodeStates } from './node-states.ts';
import { type RememberedNode, RememberedNodes, type SettledNode } from './remembered-nodes.ts';
import { RustAcceptance, type UnitWords } from './rust-acceptance.ts';
import { completeAction } from './rust-completion.ts';
import { RustExecution } from './rust-execution.ts';
import type { RustNode } from './rust-graph.ts';
import type { ActionSources, ArtifactFile, FinishedScript } from './rust-lowering.ts';
import type { KnownPaths } from './rust-outcome.ts';
import { type NarrowRun, ScriptNarrowing, type ScriptScope, type WholeRun } from './script-narrowing.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** Where the files come from that no action makes: crates, checkouts, the repository itself. */
export interface RustSources {
  /** `named`: further packages whose files it has to see. */
  sourcesOf(node: RustNode, named: readonly Package[]): Promise<Result<FoundSources>>;
  /**
   * sha256 over everything that {@link sourcesOf} goes by, for a node that no other package is named to: equal fingerprints, equal sources.
   * `undefined`: that cannot be told without working the sources out.
   */
  fingerprintOf(node: RustNode): Promise<Sha256 | undefined>;
  /** Whether this machine has a pkg-config module, declared or not. */
  hasModule(node: RustNode, module: string): boolean;
}

export interface FoundSources {
  readonly sources: Omit<ActionSources, 'environment'>;
  /** Variables of the user that the action is known to read before it runs. */
  readonly reads: readonly string[];
  /** It may read any variable at all: a build script, or what expands procedural macros. */
  readonly readsAnything: boolean;
  /** The files of a build script's run that may turn out not to be read. */
  readonly scope: ScriptScope | undefined;
}

export interface RustWorkOptions {
  readonly nodes: readonly RustNode[];
  readonly sources: RustSources;
  readonly store: Store;
  readonly engine: Engine;
  readonly host: HostEnvironment;
  /** Variables of the user that `ferrule.toml` passes to every action. */
  readonly passEnvironment: readonly string[];
  readonly keepSandbox: boolean;
  /** Whether the run is being stopped: what fails then says nothing. */
  readonly isStopped: () => boolean;
  /** Damage found in the store is an error: another attempt was made already. */
  readonly isLastAttempt: boolean;
  /** Run every action once more than needed, and say which do not give the same bytes. */
  readonly verifyDeterminism: boolean;
  readonly paths: (node: RustNode) => KnownPaths;
  readonly sink: EventSink;
  readonly now: () => number;
  readonly ingredients: IngredientLog;
  /** Whether nodes to which nothing has happened are accepted without working out their actions. */
  readonly recalls: boolean;
  /** Told how long an executed unit took. */
  readonly onElapsed: (label: string, elapsedMs: number) => void;
}

/** A variable found to be read only after the action ran makes it run again, with the variable; more rounds than this cannot be honest. */
const MAX_ROUNDS = 4;

/** Completes, looks up and runs the actions of Rust units. */
export class RustWork implements NodeWork {
  readonly #options: RustWorkOptions;
  readonly #states: NodeStates;
  readonly #named: NamedByOthers;
  readonly #narrowing: ScriptNarrowing;
  readonly #reads: ActionReads;
  readonly #acceptance: RustAcceptance;
  readonly #execution: RustExecution;
  readonly #remembered = new Map<WorkspacePlan, RememberedNodes>();
  /** Actions that run in this process now, by key: the same unit of two workspaces is run once. */
  readonly #running = new Map<string, Promise<RunOutcome>>();

  constructor(options: RustWorkOptions) {
    const { nodes, store, host, paths, sources } = options;
    this.#options = options;
    this.#states = new NodeStates(nodes);
    this.#narrowing = new ScriptNarrowing(store);
    this.#named = new NamedByOthers({ compiledIn: (id) => this.#states.of(id).compiledIn, script: (id) => this.#states.script(id) });
    this.#reads = new ActionReads({ store, host });
    this.#acceptance = new RustAcceptance({ states: this.#states, store, paths });
    this.#execution = new RustExecution({
      ...options,
      states: this.#states,
      reads: this.#reads,
      hasModule: (node, module) => sources.hasModule(node, module),
      report: (node, diagnostics) => this.#report(node.id, diagnostics),
    });
    if (options.recalls && !options.verifyDeterminism) this.#remember();
  }

  /** Something failed because the store had lost or damaged what it reads: another attempt makes that again. */
  get foundDamage(): boolean {
    return this.#execution.foundDamage;
  }

  /** Key of a node's action, once it has been prepared. */
  keyOf(node: NodeId): ActionKey | undefined {
    return this.#states.of(node).key;
  }

  /** A file that a finished node made. */
  fileOf(node: NodeId, file: string): ArtifactFile | undefined {
    return this.#states.of(node).files.get(file);
  }

  /** A build script that has run. */
  scriptOf(node: NodeId): FinishedScript {
    return this.#states.script(node);
  }

  /** Tree of what a finished run of a build script wrote to its output directory. */
  scriptOutputOf(node: NodeId): Digest | undefined {
    return this.#states.of(node).script?.outDirectory.tree;
  }

  async prepare(id: NodeId): Promise<Preparation> {
    const found = await this.#look(id);
    return found.kind === 'pending' ? this.#toRun(found) : found;
  }

  /** What {@link prepare} would find, for who does not want to run anything; then `assume` lets the nodes behind go on. */
  async forecast(id: NodeId): Promise<RustForecast> {
    const { kind, key, action } = await this.#look(id);
    return { kind: kind === 'pending' ? 'run' : kind, key, action };
  }

  /** Takes what a node gave under another key, or nothing at all, for what it is going to give. */
  assume(id: NodeId, earlier: ActionKey | undefined): void {
    const result = earlier === undefined ? undefined : this.#options.store.getResult(earlier);
    this.#acceptance.assume(this.#states.node(id), result);
  }

  async #look(id: NodeId): Promise<PendingAction | (Preparation & { readonly action?: Action })> {
    const node = this.#states.node(id);
    const state = this.#states.of(id);
    if (node.unit.kind === 'run-script' && node.unit.override !== undefined) {
      const accepted = this.#acceptance.acceptOverride(node, node.unit);
      if (!accepted.ok) return this.#failed(id, accepted.diagnostics);
      state.isAsRemembered = true;
      return { kind: 'cached', key: undefined };
    }
    const recalled = await this.#recall(node);
    if (recalled !== undefined) return { kind: 'cached', key: recalled };
    const named = this.#named.placesFor(node);
    state.namedScripts = named.scripts;
    const gathered = await this.#options.sources.sourcesOf(node, named.packages);
    if (!gathered.ok) return this.#failed(id, gathered.diagnostics);
    const sources = { ...gathered.value.sources, platform: { ...gathered.value.sources.platform, ...this.#options.engine.platform } };
    const { reads, readsAnything } = gathered.value;
    const scope = this.#options.verifyDeterminism ? undefined : gathered.value.scope;
    const names = new Set([...this.#options.passEnvironment, ...reads]);
    state.mayRead = (name) => readsAnything || names.has(name);
    const isWhole = named.packages.length === 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const { action, key } = this.#complete(node, { sources, names });
      const known = this.#lookUp(key);
      const narrow = known !== undefined || scope === undefined ? undefined : this.#narrowing.narrow({ action, key, scope });
      const result = known ?? (narrow === undefined ? undefined : this.#lookUp(narrow.key));
      if (result === undefined) return { kind: 'pending', node, action, key, names, sources, scope, narrow, isWhole };
      if (this.#addReads({ node, action, result, names })) continue;
      const foundAt = known === undefined ? narrow?.key : undefined;
      if (foundAt !== undefined) this.#options.ingredients.keepAction(key, action);
      const accepted = this.#accept({ node, key, foundAt, result, isWhole });
      if (!accepted.ok) return this.#failed(id, accepted.diagnostics, key);
      if (this.#options.verifyDeterminism) return { kind: 'run', key, run: () => this.#execution.verify({ node, action, key, result }) };
      return { kind: 'cached', key, action };
    }
    throw new Error(`internal: ${node.unit.label} reads new variables each time it is looked at`);
  }

  /** Writes down how the nodes ended, for the next run. Call it once, when nothing runs any more. */
  async remember(): Promise<void> {
    for (const node of this.#states.nodes) {
      const { settled, isAsRemembered } = this.#states.of(node.id);
      const remembered = this.#remembered.get(node.workspace);
      if (settled === undefined || remembered === undefined) continue;
      const known = isAsRemembered ? remembered.get(node.unit.index) : undefined;
      // Whoever worked out the sources of another unit of its package may have asked more of the disk than was asked before.
      const fingerprint = await this.#options.sources.fingerprintOf(node);
      if (fingerprint === undefined) continue;
      const isSame = known === settled && known.fingerprint === fingerprint;
      remembered.set(node.unit.index, isSame ? known : { ...settled, fingerprint });
    }
    for (const remembered of this.#remembered.values()) remembered.save();
  }

  #remember(): void {
    const { nodes, store, host, engine, passEnvironment } = this.#options;
    const settings = [engine.name, engine.platform, passEnvironment];
    for (const plan of new Set(nodes.map((node) => node.workspace))) {
      const remembered = RememberedNodes.of({ plan, store, host, settings });
      if (remembered !== undefined) this.#remembered.set(plan, remembered);
    }
  }

  /**
   * Accepts a node to which nothing has happened since it was last worked out: nothing below it changed, its own inputs are the same, and its
   * result is there. Its key, or `undefined`: it has to be worked out.
   */
  async #recall(node: RustNode): Promise<ActionKey | undefined> {
    const known = this.#remembered.get(node.workspace)?.get(node.unit.index);
    if (known === undefined) return undefined;
    const isBelowSame = node.unit.unit.dependencies.every(({ index }) => this.#states.of(node.nodeOf(index)).isAsRemembered);
    if (!isBelowSame || (await this.#options.sources.fingerprintOf(node)) !== known.fingerprint) return undefined;
    const { store } = this.#options;
    const settled = this.#find(known);
    if (settled === undefined) return undefined;
    const { result } = settled;
    const state = this.#states.of(node.id);
    if (node.unit.kind === 'run-script') {
      if (!hasReadableLogs(store, result) || !this.#acceptance.accept(node, result).ok) return undefined;
    } else {
      this.#acceptance.enterFiles(node, result);
      state.compiledIn = known.compiledIn;
    }
    state.key = known.key;
    state.settled = settled;
    state.isAsRemembered = true;
    this.#say(node, known.words);
    return known.key;
  }

  /** What is remembered, if its result is still the one that the store has; with a new mark when it had to be read to tell. */
  #find(known: RememberedNode): SettledNode | undefined {
    const { store } = this.#options;
    const key = known.foundAt ?? known.key;
    if (known.mark !== undefined && store.isResult(key, { result: known.result, mark: known.mark })) return known;
    const mark = store.resultMark(key);
    const result = store.getResult(key);
    return result !== undefined && resultText(result) === resultText(known.result) ? { ...known, mark } : undefined;
  }

  /** A known result that can be used: what is read from its logs must be what was printed. */
  #lookUp(key: ActionKey): ActionResult | undefined {
    const { store } = this.#options;
    const result = store.getResult(key);
    return result !== undefined && hasReadableLogs(store, result) ? result : undefined;
  }

  #toRun(pending: PendingAction): Preparation {
    const { key } = pending;
    const { store } = this.#options;
    let release: (() => void) | undefined;
    return {
      kind: 'run',
      key,
      reserve: () => {
        const here = this.#running.get(key.hash);
        if (here !== undefined) return here.then(() => undefined);
        const claim = store.claim(key);
        if (claim.kind === 'theirs') {
          this.#options.sink({ type: 'waiting', node: pending.node.id, at: this.#options.now() });
          return claim.released();
        }
        release = claim.release;
        if (this.#lookUp(key) === undefined) return undefined;
        release();
        return Promise.resolve();
      },
      run: async (onEarly) => {
        const running = this.#run(pending, onEarly).finally(() => {
          this.#running.delete(key.hash);
          release?.();
        });
        this.#running.set(key.hash, running);
        return await running;
      },
    };
  }

  async #run(pending: PendingAction, onEarly: () => void): Promise<RunOutcome> {
    const { node, names, sources, isWhole } = pending;
    let { action, key } = pending;
    let elapsedMs = 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const there = this.#lookUp(key);
      const narrowed = there === undefined && round === 0 ? await this.#tryNarrow(pending) : undefined;
      const known = there ?? narrowed;
      if (there === undefined) this.#options.ingredients.keepAction(key, action);
      const result = known === undefined ? await this.#execution.execute({ node, action, key }, onEarly) : ok(known);
      if (!result.ok) return this.#reportFailure(node.id, result.diagnostics);
      elapsedMs += result.value.elapsedMs;
      if (this.#addReads({ node, action, result: result.value, names })) {
        ({ action, key } = this.#complete(node, { sources, names }));
        continue;
      }
      const foundAt = narrowed === undefined ? undefined : pending.narrow?.key;
      const accepted = this.#accept({ node, key, foundAt, result: result.value, isWhole });
      if (!accepted.ok) return this.#reportFailure(node.id, accepted.diagnostics);
      if (known === undefined && pending.scope !== undefined) this.#learn(node, { action, key, scope: pending.scope });
      this.#options.onElapsed(node.unit.label, result.value.elapsedMs);
      return { succeeded: true, elapsedMs };
    }
    throw new Error(`internal: ${node.unit.label} reads new variables each time it runs`);
  }

  /** Runs a script with nothing to read but what it declares, when its last whole run can tell whether that is enough. */
  async #tryNarrow({ node, action, key, scope, narrow }: PendingAction): Promise<ActionResult | undefined> {
    if (scope === undefined || narrow?.expected === undefined) return undefined;
    const { engine } = this.#options;
    const tried = await engine.run({ action: narrow.action, key: narrow.key, label: node.unit.label, keepSandbox: false });
    return tried.ok && this.#narrowing.judge({ action, key, scope }, narrow, tried.value) ? tried.value : undefined;
  }

  #learn(node: RustNode, run: WholeRun): void {
    const { rerunIfChanged, rerunIfEnvChanged } = this.#states.script(node.id).output;
    if (rerunIfChanged.length + rerunIfEnvChanged.length > 0) this.#narrowing.learn(run, rerunIfChanged);
  }

  #complete(
    node: RustNode,
    found: { readonly sources: Omit<ActionSources, 'environment'>; readonly names: ReadonlySet<string> },
  ): { readonly action: Action; readonly key: ActionKey } {
    const { host } = this.#options;
    const sources = { ...found.sources, environment: host.select(found.names) };
    const action = completeAction({ node, sources, states: this.#states, host });
    const key = actionKey(action);
    this.#states.of(node.id).key = key;
    return { action, key };
  }

  /** Adds the user's variables that the action turned out to read and did not get; `true`: there were some, so it has to be done again. */
  #addReads(options: {
    readonly node: RustNode;
    readonly action: Action;
    readonly result: ActionResult;
    readonly names: Set<string>;
  }): boolean {
    const reads = this.#reads.missed(options);
    for (const name of reads) options.names.add(name);
    return reads.length > 0;
  }

  #accept(ended: {
    readonly node: RustNode;
    readonly key: ActionKey;
    readonly foundAt: ActionKey | undefined;
    readonly result: ActionResult;
    readonly isWhole: boolean;
  }): Result<UnitWords> {
    const { node, key, foundAt, result, isWhole } = ended;
    const words = this.#acceptance.accept(node, result);
    if (!words.ok) return words;
    const state = this.#states.of(node.id);
    if (isWhole) {
      const mark = this.#options.store.resultMark(foundAt ?? key);
      state.settled = { key, foundAt, result, mark, compiledIn: state.compiledIn, words: words.value };
    }
    this.#say(node, words.value);
    return words;
  }

  #say(node: RustNode, words: UnitWords): void {
    if (words.rendered === '') return;
    this.#options.sink({ type: 'messages', node: node.id, ...words, at: this.#options.now() });
  }

  #failed(id: NodeId, diagnostics: readonly Diagnostic[], key?: ActionKey): Preparation {
    this.#report(id, diagnostics);
    return { kind: 'failed', key };
  }

  #reportFailure(id: NodeId, diagnostics: readonly Diagnostic[]): RunOutcome {
    this.#report(id, diagnostics);
    return { succeeded: false, elapsedMs: 0 };
  }

  #report(id: NodeId, diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) this.#options.sink({ type: 'diagnostic', node: id, diagnostic, at: this.#options.now() });
  }
}

/** What a run would find a node to be. */
export interface RustForecast {
  readonly kind: Preparation['kind'];
  readonly key: ActionKey | undefined;
  /** `undefined`: it has none, or did not come so far. */
  readonly action: Action | undefined;
}

/** Has to run. */
interface PendingAction {
  readonly kind: 'pending';
  readonly node: RustNode;
  readonly action: Action;
  readonly key: ActionKey;
  readonly names: Set<string>;
  readonly sources: Omit<ActionSources, 'environment'>;
  readonly scope: ScriptScope | undefined;
  readonly narrow: NarrowRun | undefined;
  /** No other package's files are among its sources. */
  readonly isWhole: boolean;
}
