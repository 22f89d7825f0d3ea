import { type Stats, statSync } from 'node:fs';
import type { ActionKey, ActionResult, Output } from '../model/action.ts';
import type { Blobs } from './blobs.ts';
import { type CheckedFile, readChecked, writeChecked } from './checked-file.ts';
import { removeFile } from './removal.ts';
import { parseResult, resultText } from './result-text.ts';
import { type Shelf, TOUCH_INTERVAL_MS } from './shelf.ts';
import { resultFile } from './store-layout.ts';
import type { Trees } from './trees.ts';

/** The action cache. */
export class Results {
  readonly #shelf: Shelf;
  readonly #blobs: Blobs;
  readonly #trees: Trees;

  constructor(options: { readonly shelf: Shelf; readonly blobs: Blobs; readonly trees: Trees }) {
    this.#shelf = options.shelf;
    this.#blobs = options.blobs;
    this.#trees = options.trees;
  }

  /** A result whose outputs and logs are all kept (their presence is looked at, not their content). */
  get(key: ActionKey): ActionResult | undefined {
    const file = this.#file(key);
    const text = readChecked(file);
    if (text === undefined) return undefined;
    const result = parseResult(text);
    if (result === undefined) removeFile(file.path);
    return result !== undefined && this.#isWhole(result) ? result : undefined;
  }

  /** Throws for a failed action: a programming error. */
  put(key: ActionKey, result: ActionResult): void {
    if (result.exitCode !== 0) throw new Error('internal: results of failed actions are not kept');
    writeChecked(this.#file(key), resultText(result));
  }

  /** Of the file that holds a result: it is replaced, never written to. */
  mark(key: ActionKey): string | undefined {
    const state = statSync(this.#file(key).path, { throwIfNoEntry: false });
    return state === undefined ? undefined : markOf(state);
  }

  /** `false` also when it is time to mark the result as used, which {@link get} does. */
  is(key: ActionKey, known: { readonly result: ActionResult; readonly mark: string }): boolean {
    const state = statSync(this.#file(key).path, { throwIfNoEntry: false });
    if (state === undefined || markOf(state) !== known.mark) return false;
    return this.#shelf.now() - state.mtimeMs < TOUCH_INTERVAL_MS && this.#isWhole(known.result);
  }

  drop(key: ActionKey): void {
    removeFile(this.#file(key).path);
  }

  #isWhole(result: ActionResult): boolean {
    return (
      result.outputs.every((output) => this.#hasOutput(output)) &&
      this.#blobs.has(result.stdout, false) &&
      this.#blobs.has(result.stderr, false)
    );
  }

  #hasOutput(output: Output): boolean {
    return output.kind === 'file' ? this.#blobs.has(output.digest, output.executable) : this.#trees.has(output.digest);
  }

  #file(key: ActionKey): CheckedFile {
    return { shelf: this.#shelf, path: resultFile(this.#shelf.layout, key.hash) };
  }
}

function markOf(state: Stats): string {
  return `${state.ino}:${state.size}:${state.mtimeMs}:${state.ctimeMs}`;
}
