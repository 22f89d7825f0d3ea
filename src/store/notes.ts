import { readChecked, writeChecked } from './checked-file.ts';
import type { Shelf } from './shelf.ts';
import { noteFile } from './store-layout.ts';

/** Small mutable facts by namespace and key. */
export class Notes {
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  get(namespace: string, key: string): string | undefined {
    return readChecked({ shelf: this.#shelf, path: noteFile({ layout: this.#shelf.layout, namespace, key }) });
  }

  put(note: { readonly namespace: string; readonly key: string; readonly value: string }): void {
    const { namespace, key, value } = note;
    writeChecked({ shelf: this.#shelf, path: noteFile({ layout: this.#shelf.layout, namespace, key }), mayBeMissing: true }, value);
  }
}
