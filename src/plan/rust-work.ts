import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Engine, KeptSandbox } from '../engine/engine.ts';
import type { EventSink, NodeId } from '../engine/events.ts';
import type { NodeWork, Preparation, RunOutcome } from '../engine/scheduler.ts';
import { type Action, type ActionKey, actionKey, type ActionResult, type Output } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import { EMPTY_TREE } from '../model/tree.ts';
import { explainScriptFailure } from '../rust/script/explain-script-failure.ts';
import { OUTPUT_ROOT, relativeToRoot } from '../rust/layout.ts';
import type { CompileUnit, ScriptRunUnit } from '../rust/planned-unit.ts';
import { YELLOW_WARNING } from '../rust/rustc-messages.ts';
import { dependencyVariables } from '../rust/script/script-environment.ts';
import { overrideOutput } from '../rust/script/script-override.ts';
import type { Package } from '../rust/unit.ts';
import type { Store } from '../store/store.ts';
import { withConfiguredVariables } from './configured-variables.ts';
import { environmentReads, type HostEnvironment, undefinedVariables } from './host-environment.ts';
import { type ActionSources, type ArtifactFile, type FinishedScript, lowerCompile, lowerScriptRun } from './rust-lowering.ts';
import { damagedInputs, damageFound, hasReadableLogs } from './input-damage.ts';
import { NamedByOthers } from './named-places.ts';
import { earlyFile, type RustNode } from './rust-graph.ts';
import { compileFailure, type KnownPaths, scriptFailure, unitMessages, withKeptSandbox } from './rust-outcome.ts';
import { readScript, scriptReads } from './script-result.ts';
import { type NarrowRun, ScriptNarrowing, type ScriptScope, type WholeRun } from './script-narrowing.ts';
import { undeclaredRead } from './undeclared-read.ts';
import { IRREPRODUCIBLE, repeatAction } from './verification.ts';

/** Where the files come from that no action makes: crates, checkouts, the repository itself. */
export interface RustSources {
  /** `named`: further packages whose files it has to see. */
  sourcesOf(node: RustNode, named: readonly Package[]): Promise<Result<FoundSources>>;
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
  /** Told how long an executed unit took. */
  readonly onElapsed: (label: string, elapsedMs: number) => void;
}

/** What is known of a node while the run goes on. */
interface NodeState {
  readonly files: Map<string, ArtifactFile>;
  /** Whether the action may read a variable of cargo's configuration. */
  mayRead: (name: string) => boolean;
  /** Script-run units whose output directories it sees because somebody named them. */
  namedScripts: readonly number[];
  script?: FinishedScript;
  key?: ActionKey;
}

/** A variable found to be read only after the action ran makes it run again, with the variable; more rounds than this cannot be honest. */
const MAX_ROUNDS = 4;

/** Completes, looks up and runs the actions of Rust units. */
export class RustWork implements NodeWork {
  readonly #options: RustWorkOptions;
  readonly #states: readonly NodeState[];
  readonly #named: NamedByOthers;
  readonly #narrowing: ScriptNarrowing;
  /** Actions that run in this process now, by key: the same unit of two workspaces is run once. */
  readonly #running = new Map<string, Promise<RunOutcome>>();

  #foundDamage = false;

  constructor(options: RustWorkOptions) {
    this.#options = options;
    this.#narrowing = new ScriptNarrowing(options.store);
    this.#states = options.nodes.map(() => ({ files: new Map(), mayRead: () => true, namedScripts: [] }));
    this.#named = new NamedByOthers({ depInfo: (id) => this.#depInfoOf(id), script: (id) => this.#scriptOf(id) });
  }

  /** Something failed because the store had lost or damaged what it reads: another attempt makes that again. */
  get foundDamage(): boolean {
    return this.#foundDamage;
  }

  /** Key of a node's action, once it has been prepared. */
  keyOf(node: NodeId): ActionKey | undefined {
    return this.#states[node]?.key;
  }

  /** A file that a finished node made. */
  fileOf(node: NodeId, file: string): ArtifactFile | undefined {
    return this.#states[node]?.files.get(file);
  }

  /** Tree of what a finished run of a build script wrote to its output directory. */
  scriptOutputOf(node: NodeId): Digest | undefined {
    return this.#states[node]?.script?.outDirectory.tree;
  }

  async prepare(id: NodeId): Promise<Preparation> {
    const node = this.#node(id);
    if (node.unit.kind === 'run-script' && node.unit.override !== undefined) return this.#acceptOverride(node, node.unit);
    const named = this.#named.placesFor(node);
    this.#state(id).namedScripts = named.scripts;
    const gathered = await this.#options.sources.sourcesOf(node, named.packages);
    if (!gathered.ok) return this.#failed(id, gathered.diagnostics);
    const sources = { ...gathered.value.sources, platform: { ...gathered.value.sources.platform, ...this.#options.engine.platform } };
    const { reads, readsAnything } = gathered.value;
    const scope = this.#options.verifyDeterminism ? undefined : gathered.value.scope;
    const names = new Set([...this.#options.passEnvironment, ...reads]);
    this.#state(id).mayRead = (name) => readsAnything || names.has(name);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const environment = this.#options.host.select(names);
      const action = this.#lower(node, { ...sources, environment });
      const key = actionKey(action);
      this.#state(id).key = key;
      const known = this.#lookUp(key);
      const narrow = known !== undefined || scope === undefined ? undefined : this.#narrowing.narrow({ action, key, scope });
      const result = known ?? (narrow === undefined ? undefined : this.#lookUp(narrow.key));
      if (result === undefined) return this.#toRun({ node, action, key, names, sources, scope, narrow });
      if (this.#addReads({ node, action, result, names })) continue;
      const accepted = this.#accept(node, result);
      if (!accepted.ok) return this.#failed(id, accepted.diagnostics, key);
      if (this.#options.verifyDeterminism) return { kind: 'run', key, run: () => this.#verify({ node, action, key, result }) };
      return { kind: 'cached', key };
    }
    throw new Error(`internal: ${node.unit.label} reads new variables each time it is looked at`);
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
    const { node, names, sources } = pending;
    let { action, key } = pending;
    let elapsedMs = 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const known = this.#lookUp(key) ?? (round === 0 ? await this.#tryNarrow(pending) : undefined);
      const result = known === undefined ? await this.#execute({ node, action, key, onEarly }) : ok(known);
      if (!result.ok) return this.#reportFailure(node.id, result.diagnostics);
      elapsedMs += result.value.elapsedMs;
      if (this.#addReads({ node, action, result: result.value, names })) {
        action = this.#lower(node, { ...sources, environment: this.#options.host.select(names) });
        key = actionKey(action);
        this.#state(node.id).key = key;
        continue;
      }
      const accepted = this.#accept(node, result.value);
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
    const { rerunIfChanged, rerunIfEnvChanged } = this.#scriptOf(node.id).output;
    if (rerunIfChanged.length + rerunIfEnvChanged.length > 0) this.#narrowing.learn(run, rerunIfChanged);
  }

  async #execute(options: {
    readonly node: RustNode;
    readonly action: Action;
    readonly key: ActionKey;
    readonly onEarly: () => void;
  }): Promise<Result<ActionResult>> {
    const { node, action, key, onEarly } = options;
    const { engine, store, keepSandbox } = this.#options;
    let sandbox: KeptSandbox | undefined;
    const early = node.unit.kind === 'compile' ? earlyFile(node.unit) : undefined;
    const witness = node.unit.kind === 'compile' ? node.unit.outputs.find((file) => file.kind === 'dep-info')?.name : undefined;
    const result = await engine.run({
      action,
      key,
      label: node.unit.label,
      keepSandbox,
      onSandboxKept: (kept) => {
        sandbox = kept;
      },
      ...(early === undefined || witness === undefined
        ? {}
        : {
            early: {
              path: `${relativeToRoot(OUTPUT_ROOT)}/${early}`,
              witness: `${relativeToRoot(OUTPUT_ROOT)}/${witness}`,
              onEarly: (digest, depInfo) => {
                if (depInfo !== undefined && this.#unknownReads(node, action, environmentReads(depInfo.toString('utf8'))).length > 0)
                  return;
                this.#state(node.id).files.set(early, { digest, executable: false });
                onEarly();
              },
            },
          }),
    });
    if (!result.ok || result.value.exitCode !== 0) {
      const damage = this.#damageOf(node.unit.label, action);
      if (damage !== undefined) return fail(damage);
    }
    if (!result.ok) return sandbox === undefined ? result : fail(...withKeptSandbox(result.diagnostics, sandbox));
    if (result.value.exitCode === 0) {
      store.putResult(key, result.value);
      if (this.#options.verifyDeterminism) await this.#verify({ node, action, key, result: result.value });
      return result;
    }
    if (this.#readsOfFailure(node, action, result.value).length > 0) return result;
    const failure = { node, result: result.value, action, sandbox, store, paths: this.#options.paths(node) };
    if (node.unit.kind === 'compile') return fail(compileFailure({ ...failure, unit: node.unit }));
    const { name: crate, version } = node.unit.unit.package;
    const failed = {
      stdout: store.readBlob(result.value.stdout)?.toString('utf8') ?? '',
      stderr: store.readBlob(result.value.stderr)?.toString('utf8') ?? '',
      crate,
      version,
      packageRoot: node.unit.workingDirectory,
      hasModule: (module: string) => this.#options.sources.hasModule(node, module),
    };
    const explanation = explainScriptFailure(failed);
    const reason = explanation ?? undeclaredRead({ ...failure, printed: failure.paths(`${failed.stderr}\n${failed.stdout}`) });
    return fail(scriptFailure({ ...failure, unit: node.unit }), ...(reason === undefined ? [] : [reason]));
  }

  /** Before anybody is blamed for a failure: were the inputs what they should be? */
  #damageOf(label: string, action: Action): Diagnostic | undefined {
    const { store, isStopped, isLastAttempt } = this.#options;
    const inputs = isStopped() ? [] : damagedInputs(store, action);
    if (inputs.length === 0) return undefined;
    this.#foundDamage = true;
    return damageFound({ what: `inputs of ${label}`, paths: inputs, severity: isLastAttempt ? 'error' : 'warning' });
  }

  /** Runs a known action again. What it gave before goes on to be used, so that each action that differs is found by itself. */
  async #verify(known: {
    readonly node: RustNode;
    readonly action: Action;
    readonly key: ActionKey;
    readonly result: ActionResult;
  }): Promise<RunOutcome> {
    const { node, ...rest } = known;
    const { engine, store, sink, now } = this.#options;
    const procMacros = procMacrosOf(node);
    const repeated = { ...rest, label: node.unit.label, speaks: node.unit.kind === 'run-script', procMacros };
    const diagnostic = await repeatAction({ repeated, engine, store });
    if (diagnostic !== undefined) sink({ type: 'diagnostic', node: node.id, diagnostic, at: now() });
    return { succeeded: diagnostic === undefined || diagnostic.code === IRREPRODUCIBLE, elapsedMs: known.result.elapsedMs };
  }

  /** Adds the user's variables that the action turned out to read and did not get; `true`: there were some, so it has to be done again. */
  #addReads(options: {
    readonly node: RustNode;
    readonly action: Action;
    readonly result: ActionResult;
    readonly names: Set<string>;
  }): boolean {
    const { node, action, result, names } = options;
    const reads =
      result.exitCode === 0 ? this.#unknownReads(node, action, this.#readsOf(node, result)) : this.#readsOfFailure(node, action, result);
    for (const name of reads) names.add(name);
    return reads.length > 0;
  }

  #unknownReads(node: RustNode, action: Action, names: readonly string[]): readonly string[] {
    const known = new Set([
      ...Object.keys(this.#options.host.select(names)),
      ...node.workspace.facts.configEnvironment.map((variable) => variable.name),
    ]);
    return names.filter((name) => known.has(name) && action.command.environment[name] === undefined);
  }

  #readsOf(node: RustNode, result: ActionResult): readonly string[] {
    const { store } = this.#options;
    if (node.unit.kind === 'run-script') return scriptReads(store.readBlob(result.stdout) ?? Buffer.alloc(0));
    const depInfo = result.outputs.find((output) => output.kind === 'file' && output.path.endsWith('.d'));
    const text = depInfo === undefined ? undefined : store.readBlob(depInfo.digest);
    return text === undefined ? [] : environmentReads(text.toString('utf8'));
  }

  #readsOfFailure(node: RustNode, action: Action, result: ActionResult): readonly string[] {
    if (node.unit.kind === 'run-script') return this.#unknownReads(node, action, this.#readsOf(node, result));
    const stderr = this.#options.store.readBlob(result.stderr)?.toString('utf8') ?? '';
    return this.#unknownReads(node, action, undefinedVariables(stderr));
  }

  #lower(node: RustNode, sources: ActionSources): Action {
    const environment = withConfiguredVariables({
      environment: node.unit.environment,
      configured: node.workspace.facts.configEnvironment,
      mayRead: this.#state(node.id).mayRead,
      host: this.#options.host,
    });
    const script = (unit: number): FinishedScript => this.#scriptOf(node.nodeOf(unit));
    const { namedScripts } = this.#state(node.id);
    if (node.unit.kind === 'compile') {
      return lowerCompile({
        unit: { ...node.unit, environment },
        sources,
        script,
        namedScripts,
        artifact: (unit, file) => this.#artifact(node.nodeOf(unit), file),
      });
    }
    const unit = { ...node.unit, environment };
    if (unit.script === undefined) throw new Error(`internal: ${unit.label} has no program to run`);
    const visible = new Set([...unit.dependencyScripts.map((dependency) => dependency.unit), ...unit.pluginScripts, ...namedScripts]);
    return lowerScriptRun({
      unit,
      sources,
      program: { path: unit.script.path, digest: this.#artifact(node.nodeOf(unit.script.unit), unit.script.file).digest },
      dependencyEnvironment: dependencyVariables(unit, (index) => script(index).output),
      dependencyDirectories: [...visible].map((index) => script(index).outDirectory),
    });
  }

  #accept(node: RustNode, result: ActionResult): Result<undefined> {
    return node.unit.kind === 'compile' ? this.#acceptCompile(node, node.unit, result) : this.#acceptScript(node, node.unit, result);
  }

  #acceptCompile(node: RustNode, unit: CompileUnit, result: ActionResult): Result<undefined> {
    const prefix = `${relativeToRoot(OUTPUT_ROOT)}/`;
    const state = this.#state(node.id);
    for (const output of result.outputs) {
      if (output.kind === 'file')
        state.files.set(output.path.slice(prefix.length), { digest: output.digest, executable: output.executable });
    }
    const missing = unit.outputs.find((file) => !file.optional && !state.files.has(file.name));
    if (missing !== undefined) return fail(missingOutput(unit.label, missing.name));
    if (unit.showWarnings)
      this.#emitMessages(node, unitMessages({ unit, result, store: this.#options.store, paths: this.#options.paths(node) }));
    return ok(undefined);
  }

  #acceptScript(node: RustNode, unit: ScriptRunUnit, result: ActionResult): Result<undefined> {
    const script = readScript({ unit, result, store: this.#options.store, nightly: isNightly(node) });
    if (!script.ok) return script;
    const outDirectory = result.outputs.find((output): output is Extract<Output, { kind: 'tree' }> => output.kind === 'tree');
    this.#state(node.id).script = {
      output: script.value,
      outDirectory: { path: unit.outDirectory, tree: outDirectory?.digest ?? EMPTY_TREE },
    };
    if (node.unit.unit.package.source.kind === 'path' && script.value.warnings.length > 0) {
      const { name, version } = unit.unit.package;
      const rendered = script.value.warnings.map((warning) => `${YELLOW_WARNING}: ${name}@${version}: ${warning}\n`);
      this.#emitMessages(node, { rendered: rendered.join(''), warnings: rendered.length });
    }
    return ok(undefined);
  }

  #acceptOverride(node: RustNode, unit: ScriptRunUnit): Preparation {
    const output = overrideOutput(unit);
    if (!output.ok) return this.#failed(node.id, output.diagnostics);
    this.#state(node.id).script = { output: output.value, outDirectory: { path: unit.outDirectory, tree: EMPTY_TREE } };
    return { kind: 'cached', key: undefined };
  }

  #emitMessages(node: RustNode, messages: { readonly rendered: string; readonly warnings: number }): void {
    if (messages.rendered === '') return;
    this.#options.sink({ type: 'messages', node: node.id, ...messages, at: this.#options.now() });
  }

  #failed(id: NodeId, diagnostics: readonly Diagnostic[], key?: ActionKey): Preparation {
    this.#reportFailure(id, diagnostics);
    return { kind: 'failed', key };
  }

  #reportFailure(id: NodeId, diagnostics: readonly Diagnostic[]): RunOutcome {
    for (const diagnostic of diagnostics) this.#options.sink({ type: 'diagnostic', node: id, diagnostic, at: this.#options.now() });
    return { succeeded: false, elapsedMs: 0 };
  }

  #depInfoOf(id: NodeId): string {
    const file = [...this.#state(id).files].find(([name]) => name.endsWith('.d'))?.[1];
    return file === undefined ? '' : (this.#options.store.readBlob(file.digest)?.toString('utf8') ?? '');
  }

  #artifact(id: NodeId, file: string): ArtifactFile {
    const found = this.#state(id).files.get(file);
    if (found === undefined) throw new Error(`internal: ${this.#node(id).unit.label} has no \`${file}\` yet`);
    return found;
  }

  #scriptOf(id: NodeId): FinishedScript {
    const { script } = this.#state(id);
    if (script === undefined) throw new Error(`internal: ${this.#node(id).unit.label} has not run yet`);
    return script;
  }

  #node(id: NodeId): RustNode {
    const node = this.#options.nodes[id];
    if (node === undefined) throw new Error(`internal: there is no node ${id}`);
    return node;
  }

  #state(id: NodeId): NodeState {
    const state = this.#states[id];
    if (state === undefined) throw new Error(`internal: there is no node ${id}`);
    return state;
  }
}

interface PendingAction {
  readonly node: RustNode;
  readonly action: Action;
  readonly key: ActionKey;
  readonly names: Set<string>;
  readonly sources: Omit<ActionSources, 'environment'>;
  readonly scope: ScriptScope | undefined;
  readonly narrow: NarrowRun | undefined;
}

function procMacrosOf(node: RustNode): readonly string[] {
  const dependencies = node.unit.unit.dependencies.map((dependency) => node.workspace.units[dependency.index]);
  return dependencies.flatMap((unit) => (unit?.unit.target.kinds.includes('proc-macro') === true ? [unit.label] : []));
}

function isNightly(node: RustNode): boolean {
  return /-(nightly|dev)\b/.test(node.workspace.facts.toolchain.rustcVersion);
}

function missingOutput(label: string, file: string): Diagnostic {
  return {
    code: 'F0403',
    severity: 'error',
    blame: 'infrastructure',
    message: `${label} succeeded without writing \`${file}\``,
    hints: ['this is a mistake in Ferrule: please report it with the output of `ferrule build -v`'],
  };
}
