import type { Action, ActionResult } from '../model/action.ts';
import type { Store } from '../store/store.ts';
import { environmentReads, type HostEnvironment, undefinedVariables } from './host-environment.ts';
import type { RustNode } from './rust-graph.ts';
import { scriptReads } from './script-result.ts';

/** A finished action of a node. */
export interface FinishedAction {
  readonly node: RustNode;
  readonly action: Action;
  readonly result: ActionResult;
}

/** Finds the user's variables that an action turned out to read and did not get. */
export class ActionReads {
  readonly #store: Store;
  readonly #host: HostEnvironment;

  constructor(options: { readonly store: Store; readonly host: HostEnvironment }) {
    this.#store = options.store;
    this.#host = options.host;
  }

  /** Variables that are set but were not passed: with any, the action has to be done again. */
  missed(finished: FinishedAction): readonly string[] {
    const { node, action, result } = finished;
    return result.exitCode === 0 ? this.unknown(node, action, this.#readsOf(node, result)) : this.missedByFailure(finished);
  }

  /** What of `names` is set by the user or by cargo's configuration, and not in the action's environment. */
  unknown(node: RustNode, action: Action, names: readonly string[]): readonly string[] {
    if (names.length === 0) return names;
    const known = new Set([
      ...Object.keys(this.#host.select(names)),
      ...node.workspace.facts.configEnvironment.map((variable) => variable.name),
    ]);
    return names.filter((name) => known.has(name) && action.command.environment[name] === undefined);
  }

  /** A failed action tells less: rustc says which variable is not defined. */
  missedByFailure({ node, action, result }: FinishedAction): readonly string[] {
    if (node.unit.kind === 'run-script') return this.unknown(node, action, this.#readsOf(node, result));
    const stderr = this.#store.readBlob(result.stderr)?.toString('utf8') ?? '';
    return this.unknown(node, action, undefinedVariables(stderr));
  }

  #readsOf(node: RustNode, result: ActionResult): readonly string[] {
    if (node.unit.kind === 'run-script') return scriptReads(this.#store.readBlob(result.stdout) ?? Buffer.alloc(0));
    return environmentReads(depInfoOf(this.#store, result));
  }
}

/** Text of the dep-info that rustc wrote; empty when there is none. */
export function depInfoOf(store: Store, result: ActionResult): string {
  const file = result.outputs.find((output) => output.kind === 'file' && output.path.endsWith('.d'));
  return file === undefined ? '' : (store.readBlob(file.digest)?.toString('utf8') ?? '');
}
