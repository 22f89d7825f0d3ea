/**
 * Notes that are asked for together, as one text: reading one file costs about what reading one of hundreds does. For notes whose value
 * never changes as long as their key does not.
 */
export class NoteBundle {
  readonly #namespaces: ReadonlySet<string>;
  readonly #values: Map<string, string>;
  readonly #used = new Set<string>();
  #isChanged = false;

  /** `text`: of an earlier {@link text}; `undefined`: there is none. */
  constructor(namespaces: readonly string[], text: string | undefined) {
    this.#namespaces = new Set(namespaces);
    const parts = text === undefined || text === '' ? [] : text.split(SEPARATOR);
    this.#values = new Map();
    for (let at = 0; at + 1 < parts.length; at += 2) this.#values.set(parts[at] ?? '', parts[at + 1] ?? '');
  }

  get(namespace: string, key: string): string | undefined {
    const name = `${namespace} ${key}`;
    const value = this.#values.get(name);
    if (value !== undefined) this.#used.add(name);
    return value;
  }

  /** Adds a note that was found on its own, or written; notes of other namespaces are let be. */
  add(note: { readonly namespace: string; readonly key: string; readonly value: string }): void {
    const { namespace, key, value } = note;
    const name = `${namespace} ${key}`;
    if (!this.#namespaces.has(namespace) || name.includes(SEPARATOR) || value.includes(SEPARATOR)) return;
    this.#isChanged ||= this.#values.get(name) !== value;
    this.#values.set(name, value);
    this.#used.add(name);
  }

  /** What is to be kept; `undefined`: what was read. Once most of it is of no use to anybody, only what was asked for is. */
  text(): string | undefined {
    if (!this.#isChanged) return undefined;
    const isStale = this.#values.size > MOST_UNUSED * this.#used.size;
    const kept = [...this.#values].filter(([name]) => !isStale || this.#used.has(name));
    return kept.flat().join(SEPARATOR);
  }
}

const SEPARATOR = '\0';

/** A bundle may hold so many times what is asked of it. */
const MOST_UNUSED = 4;
