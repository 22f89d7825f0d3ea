import type { Action, ActionKey } from '../model/action.ts';
import type { Store } from '../store/store.ts';
import { INGREDIENTS } from '../store/store-layout.ts';
import { actionIngredients, type TreeFiles } from './action-ingredients.ts';
import type { Ingredients } from './run-record.ts';

/**
 * Ingredients of keys, in the store: written when an action runs, for that takes so long that this does not matter, and never again. A key
 * stands for its ingredients, so every later run shares them; they are kept as long as the action's result.
 */
export class IngredientNotes {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  keep(key: ActionKey, ingredients: Ingredients): void {
    this.#store.putNote(INGREDIENTS, key.hash, JSON.stringify(ingredients));
  }

  /** `undefined`: collected, or made before anything was written down. `key` is hexadecimal. */
  get(key: string): Ingredients | undefined {
    const note = this.#store.getNote(INGREDIENTS, key);
    const value: unknown = note === undefined ? undefined : JSON.parse(note);
    return isIngredients(value) ? value : undefined;
  }
}

/** Writes down the ingredients of what runs. */
export class IngredientLog {
  readonly #notes: IngredientNotes;
  readonly #filesOf: TreeFiles;

  constructor(options: { readonly store: Store; readonly filesOf: TreeFiles }) {
    this.#notes = new IngredientNotes(options.store);
    this.#filesOf = options.filesOf;
  }

  of(action: Action): Ingredients {
    return actionIngredients(action, this.#filesOf);
  }

  keepAction(key: ActionKey, action: Action): void {
    this.#notes.keep(key, this.of(action));
  }

  keep(key: ActionKey, ingredients: Ingredients): void {
    this.#notes.keep(key, ingredients);
  }
}

function isIngredients(value: unknown): value is Ingredients {
  return typeof value === 'object' && value !== null && 'arguments' in value && 'inputs' in value && 'platform' in value;
}
