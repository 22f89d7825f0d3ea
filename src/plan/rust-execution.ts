import { type Diagnostic, fail, type Result } from '../diagnostics/diagnostic.ts';
import type { EarlyOutput, Engine, KeptSandbox } from '../engine/engine.ts';
import type { RunOutcome } from '../engine/scheduler.ts';
import type { Action, ActionKey, ActionResult } from '../model/action.ts';
import { OUTPUT_ROOT, relativeToRoot } from '../rust/layout.ts';
import { explainScriptFailure } from '../rust/script/explain-script-failure.ts';
import type { ScriptRunUnit } from '../rust/planned-unit.ts';
import type { Store } from '../store/store.ts';
import type { ActionReads } from './action-reads.ts';
import { environmentReads } from './host-environment.ts';
import { damagedInputs, damageFound } from './input-damage.ts';
import type { NodeStates } from './node-states.ts';
import { earlyFile, type RustNode } from './rust-graph.ts';
import { compileFailure, type KnownPaths, scriptFailure, withKeptSandbox } from './rust-outcome.ts';
import { undeclaredRead } from './undeclared-read.ts';
import { IRREPRODUCIBLE, repeatAction } from './verification.ts';

export interface RustExecutionOptions {
  readonly states: NodeStates;
  readonly store: Store;
  readonly engine: Engine;
  readonly reads: ActionReads;
  readonly keepSandbox: boolean;
  /** Run every action once more than needed, and say which do not give the same bytes. */
  readonly verifyDeterminism: boolean;
  /** Whether the run is being stopped: what fails then says nothing. */
  readonly isStopped: () => boolean;
  /** Damage found in the store is an error: another attempt was made already. */
  readonly isLastAttempt: boolean;
  readonly paths: (node: RustNode) => KnownPaths;
  /** Whether this machine has a pkg-config module, declared or not. */
  readonly hasModule: (node: RustNode, module: string) => boolean;
  readonly report: (node: RustNode, diagnostics: readonly Diagnostic[]) => void;
}

/** A node's action that has to run. */
export interface ExecutedAction {
  readonly node: RustNode;
  readonly action: Action;
  readonly key: ActionKey;
}

/** Runs the actions of Rust units on an engine, keeps what succeeds, and says why the others failed. */
export class RustExecution {
  readonly #options: RustExecutionOptions;
  #foundDamage = false;

  constructor(options: RustExecutionOptions) {
    this.#options = options;
  }

  /** Something failed because the store had lost or damaged what it reads: another attempt makes that again. */
  get foundDamage(): boolean {
    return this.#foundDamage;
  }

  /** `onEarly`: the metadata is there, and its files are entered. A result with another exit code than 0 missed a variable. */
  async execute(executed: ExecutedAction, onEarly: () => void): Promise<Result<ActionResult>> {
    const { node, action, key } = executed;
    const { engine, store, keepSandbox, verifyDeterminism, reads } = this.#options;
    let sandbox: KeptSandbox | undefined;
    const early = this.#earlyOutput(executed, onEarly);
    const result = await engine.run({
      action,
      key,
      label: node.unit.label,
      keepSandbox,
      onSandboxKept: (kept) => {
        sandbox = kept;
      },
      ...(early === undefined ? {} : { early }),
    });
    if (!result.ok || result.value.exitCode !== 0) {
      const damage = this.#damageOf(node.unit.label, action);
      if (damage !== undefined) return fail(damage);
    }
    if (!result.ok) return sandbox === undefined ? result : fail(...withKeptSandbox(result.diagnostics, sandbox));
    if (result.value.exitCode === 0) {
      store.putResult(key, result.value);
      if (verifyDeterminism) await this.verify({ ...executed, result: result.value });
      return result;
    }
    if (reads.missedByFailure({ node, action, result: result.value }).length > 0) return result;
    return fail(...this.#explain({ executed, result: result.value, sandbox }));
  }

  /** Runs a known action again. What it gave before goes on to be used, so that each action that differs is found by itself. */
  async verify(known: ExecutedAction & { readonly result: ActionResult }): Promise<RunOutcome> {
    const { node, ...rest } = known;
    const { engine, store, report } = this.#options;
    const repeated = { ...rest, label: node.unit.label, speaks: node.unit.kind === 'run-script', procMacros: procMacrosOf(node) };
    const diagnostic = await repeatAction({ repeated, engine, store });
    if (diagnostic !== undefined) report(node, [diagnostic]);
    return { succeeded: diagnostic === undefined || diagnostic.code === IRREPRODUCIBLE, elapsedMs: known.result.elapsedMs };
  }

  /** Metadata that dependents can start with, unless the unit turns out to have missed a variable. */
  #earlyOutput({ node, action }: ExecutedAction, onEarly: () => void): EarlyOutput | undefined {
    if (node.unit.kind !== 'compile') return undefined;
    const file = earlyFile(node.unit);
    const witness = node.unit.outputs.find((output) => output.kind === 'dep-info')?.name;
    if (file === undefined || witness === undefined) return undefined;
    return {
      path: `${relativeToRoot(OUTPUT_ROOT)}/${file}`,
      witness: `${relativeToRoot(OUTPUT_ROOT)}/${witness}`,
      onEarly: (digest, depInfo) => {
        const { reads, states } = this.#options;
        if (depInfo !== undefined && reads.unknown(node, action, environmentReads(depInfo.toString('utf8'))).length > 0) return;
        states.of(node.id).files.set(file, { digest, executable: false });
        onEarly();
      },
    };
  }

  /** Before anybody is blamed for a failure: were the inputs what they should be? */
  #damageOf(label: string, action: Action): Diagnostic | undefined {
    const { store, isStopped, isLastAttempt } = this.#options;
    const inputs = isStopped() ? [] : damagedInputs(store, action);
    if (inputs.length === 0) return undefined;
    this.#foundDamage = true;
    return damageFound({ what: `inputs of ${label}`, paths: inputs, severity: isLastAttempt ? 'error' : 'warning' });
  }

  #explain(failed: {
    readonly executed: ExecutedAction;
    readonly result: ActionResult;
    readonly sandbox: KeptSandbox | undefined;
  }): readonly Diagnostic[] {
    const { executed, result, sandbox } = failed;
    const { node, action } = executed;
    const { store } = this.#options;
    const failure = { node, result, action, sandbox, store, paths: this.#options.paths(node) };
    if (node.unit.kind === 'compile') return [compileFailure({ ...failure, unit: node.unit })];
    const printed = {
      stdout: store.readBlob(result.stdout)?.toString('utf8') ?? '',
      stderr: store.readBlob(result.stderr)?.toString('utf8') ?? '',
    };
    const reason =
      this.#explainScript(node, node.unit, printed) ??
      undeclaredRead({ ...failure, printed: failure.paths(`${printed.stderr}\n${printed.stdout}`) });
    return [scriptFailure({ ...failure, unit: node.unit }), ...(reason === undefined ? [] : [reason])];
  }

  #explainScript(
    node: RustNode,
    unit: ScriptRunUnit,
    printed: { readonly stdout: string; readonly stderr: string },
  ): Diagnostic | undefined {
    const { name: crate, version } = unit.unit.package;
    return explainScriptFailure({
      ...printed,
      crate,
      version,
      packageRoot: unit.workingDirectory,
      hasModule: (module) => this.#options.hasModule(node, module),
    });
  }
}

function procMacrosOf(node: RustNode): readonly string[] {
  const dependencies = node.unit.unit.dependencies.map((dependency) => node.workspace.units[dependency.index]);
  return dependencies.flatMap((unit) => (unit?.unit.target.kinds.includes('proc-macro') === true ? [unit.label] : []));
}
