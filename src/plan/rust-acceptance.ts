import { basename } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { ActionResult, Output } from '../model/action.ts';
import { digestOf } from '../model/digest.ts';
import { EMPTY_TREE } from '../model/tree.ts';
import { OUTPUT_ROOT, relativeToRoot } from '../rust/layout.ts';
import type { CompileUnit, ScriptRunUnit } from '../rust/planned-unit.ts';
import { YELLOW_WARNING } from '../rust/rustc-messages.ts';
import { overrideOutput } from '../rust/script/script-override.ts';
import type { Store } from '../store/store.ts';
import { depInfoOf } from './action-reads.ts';
import { compiledInPaths } from './named-places.ts';
import type { NodeStates } from './node-states.ts';
import type { RustNode } from './rust-graph.ts';
import { type KnownPaths, unitMessages } from './rust-outcome.ts';
import { readScript } from './script-result.ts';

/** What a unit has to say although it succeeded; `rendered` is empty when it says nothing. */
export interface UnitWords {
  readonly rendered: string;
  readonly warnings: number;
}

/** Reads what a successful action gave, and enters it where the nodes behind look for it. */
export class RustAcceptance {
  readonly #states: NodeStates;
  readonly #store: Store;
  readonly #paths: (node: RustNode) => KnownPaths;

  constructor(options: { readonly states: NodeStates; readonly store: Store; readonly paths: (node: RustNode) => KnownPaths }) {
    this.#states = options.states;
    this.#store = options.store;
    this.#paths = options.paths;
  }

  /** F0403: a file is missing; the diagnostics of {@link readScript} for a script that says something wrong. */
  accept(node: RustNode, result: ActionResult): Result<UnitWords> {
    return node.unit.kind === 'compile' ? this.#acceptCompile(node, node.unit, result) : this.#acceptScript(node, node.unit, result);
  }

  /** Enters the files of a compilation without reading what it printed. */
  enterFiles(node: RustNode, result: ActionResult): void {
    const prefix = `${relativeToRoot(OUTPUT_ROOT)}/`;
    const { files } = this.#states.of(node.id);
    for (const output of result.outputs) {
      if (output.kind === 'file') files.set(output.path.slice(prefix.length), { digest: output.digest, executable: output.executable });
    }
  }

  /** Enters what a node gave in another run, `undefined` for nothing known, in the place of what it has not given yet. */
  assume(node: RustNode, earlier: ActionResult | undefined): void {
    const { unit } = node;
    if (unit.kind === 'run-script') {
      const entered = this.#acceptScript(node, unit, earlier ?? NOTHING_GIVEN);
      if (!entered.ok) this.#acceptScript(node, unit, NOTHING_GIVEN);
      return;
    }
    const given = (earlier?.outputs ?? []).flatMap((output) => (output.kind === 'file' ? [output] : []));
    const { files } = this.#states.of(node.id);
    for (const { name } of unit.outputs) {
      const same = given.find((output) => withoutHash(basename(output.path)) === withoutHash(name));
      files.set(name, { digest: same?.digest ?? NOTHING_GIVEN.stdout, executable: same?.executable ?? false });
    }
  }

  /** What cargo's configuration says in the place of a script's run. */
  acceptOverride(node: RustNode, unit: ScriptRunUnit): Result<undefined> {
    const output = overrideOutput(unit);
    if (!output.ok) return output;
    this.#states.of(node.id).script = { output: output.value, outDirectory: { path: unit.outDirectory, tree: EMPTY_TREE } };
    return ok(undefined);
  }

  #acceptCompile(node: RustNode, unit: CompileUnit, result: ActionResult): Result<UnitWords> {
    const state = this.#states.of(node.id);
    this.enterFiles(node, result);
    const missing = unit.outputs.find((file) => !file.optional && !state.files.has(file.name));
    if (missing !== undefined) return fail(missingOutput(unit.label, missing.name));
    state.compiledIn = compiledInPaths(depInfoOf(this.#store, result));
    return ok(unit.showWarnings ? unitMessages({ unit, result, store: this.#store, paths: this.#paths(node) }) : SILENCE);
  }

  #acceptScript(node: RustNode, unit: ScriptRunUnit, result: ActionResult): Result<UnitWords> {
    const script = readScript({ unit, result, store: this.#store, nightly: isNightly(node) });
    if (!script.ok) return script;
    const outDirectory = result.outputs.find((output): output is Extract<Output, { kind: 'tree' }> => output.kind === 'tree');
    this.#states.of(node.id).script = {
      output: script.value,
      outDirectory: { path: unit.outDirectory, tree: outDirectory?.digest ?? EMPTY_TREE },
    };
    const { warnings } = script.value;
    if (node.unit.unit.package.source.kind !== 'path' || warnings.length === 0) return ok(SILENCE);
    const { name, version } = unit.unit.package;
    const rendered = warnings.map((warning) => `${YELLOW_WARNING}: ${name}@${version}: ${warning}\n`);
    return ok({ rendered: rendered.join(''), warnings: rendered.length });
  }
}

const NOTHING_GIVEN: ActionResult = { exitCode: 0, outputs: [], stdout: digestOf(''), stderr: digestOf(''), elapsedMs: 0 };

/** The name of a unit's file without what changes with its features and dependencies: `libbase.rlib` of `libbase-0123456789abcdef.rlib`. */
function withoutHash(file: string): string {
  return file.replace(/-[0-9a-f]{16}(?=\.|$)/, '');
}

const SILENCE: UnitWords = { rendered: '', warnings: 0 };

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
