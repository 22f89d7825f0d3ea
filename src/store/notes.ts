import { readChecked, writeChecked } from './checked-file.ts';
import { NoteBundle } from './note-bundle.ts';
import type { Shelf } from './shelf.ts';
import { noteFile } from './store-layout.ts';

const BUNDLES = 'bundle';

/** Small mutable facts by namespace and key. */
export class Notes {
  readonly #shelf: Shelf;
  #bundle: { readonly name: string; readonly notes: NoteBundle } | undefined;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  get(namespace: string, key: string): string | undefined {
    const bundle = this.#bundle?.notes;
    const known = bundle?.get(namespace, key);
    if (known !== undefined) return known;
    const value = readChecked({ shelf: this.#shelf, path: noteFile({ layout: this.#shelf.layout, namespace, key }) });
    if (value !== undefined) bundle?.add({ namespace, key, value });
    return value;
  }

  /** See `DirectoryStore.openBundle`. */
  openBundle(name: string, namespaces: readonly string[]): void {
    this.closeBundle();
    this.#bundle = { name, notes: new NoteBundle(namespaces, this.get(BUNDLES, name)) };
  }

  closeBundle(): void {
    const bundle = this.#bundle;
    this.#bundle = undefined;
    const value = bundle?.notes.text();
    if (bundle !== undefined && value !== undefined) this.put({ namespace: BUNDLES, key: bundle.name, value });
  }

  put(note: { readonly namespace: string; readonly key: string; readonly value: string }): void {
    const { namespace, key, value } = note;
    this.#bundle?.notes.add(note);
    writeChecked({ shelf: this.#shelf, path: noteFile({ layout: this.#shelf.layout, namespace, key }), mayBeMissing: true }, value);
  }
}
