import { type Digest, parseSha256, type Sha256 } from '../model/digest.ts';

const CROWDED = 4;
const CROWDED_FLOOR = 500;

/** The files that a tree was made from in this run. */
export interface ListedTree {
  /** Absolute directory that the paths count from. */
  readonly anchor: string;
  readonly files: readonly { readonly path: string; readonly state: { readonly digest: Digest } }[];
}

/** Which tree a list of files with digests gave: so that an unchanged list is not linked together again. */
export class TreeMemory {
  readonly #known: Map<string, Digest>;
  readonly #used = new Map<string, Digest>();
  readonly #lists = new Map<Sha256, ListedTree>();
  #changed = false;

  /** `text` is what an earlier {@link save} gave. */
  constructor(options: { readonly text: string | undefined }) {
    this.#known = parseKnown(options.text);
  }

  get(list: Sha256): Digest | undefined {
    const tree = this.#used.get(list) ?? this.#known.get(list);
    if (tree !== undefined) this.#used.set(list, tree);
    return tree;
  }

  set(list: Sha256, tree: Digest): void {
    this.#used.set(list, tree);
    this.#changed = true;
  }

  /** Remembers, for this run only, what a tree was made from. */
  list(tree: Digest, listed: ListedTree): void {
    this.#lists.set(tree.hash, listed);
  }

  /** `undefined`: it was not made from files of a checkout, or not in this run. */
  listed(tree: Digest): ListedTree | undefined {
    return this.#lists.get(tree.hash);
  }

  /** What to keep for the next run, or `undefined` when nothing has changed. */
  save(): string | undefined {
    if (!this.#changed) return undefined;
    const crowded = this.#known.size > CROWDED * this.#used.size + CROWDED_FLOOR;
    const kept = crowded ? this.#used : new Map([...this.#known, ...this.#used]);
    return [...kept].map(([list, tree]) => `${list} ${formatTree(tree)}`).join('\n');
  }
}

/** A tree's digest as text for a note: `hash size`. */
export function formatTree(tree: Digest): string {
  return `${tree.hash} ${tree.size}`;
}

/** Reads {@link formatTree}; `undefined` for anything else. */
export function parseTree(text: string): Digest | undefined {
  const [hash, size, ...rest] = text.split(' ');
  const parsed = hash === undefined ? undefined : parseSha256(hash);
  if (parsed === undefined || size === undefined || !/^\d+$/.test(size) || rest.length > 0) return undefined;
  return { hash: parsed, size: Number(size) };
}

function parseKnown(text: string | undefined): Map<string, Digest> {
  const known = new Map<string, Digest>();
  for (const line of text?.split('\n') ?? []) {
    const space = line.indexOf(' ');
    const tree = parseTree(line.slice(space + 1));
    if (space > 0 && tree !== undefined) known.set(line.slice(0, space), tree);
  }
  return known;
}
