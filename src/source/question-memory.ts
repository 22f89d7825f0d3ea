import type { SourceQuestion } from './source-trace.ts';

const CROWDED = 4;
const CROWDED_FLOOR = 500;

/** What working out the sources of each package has asked of the disk: see {@link SourceTrace}. */
export class QuestionMemory {
  readonly #known: ReadonlyMap<string, readonly SourceQuestion[]>;
  readonly #used = new Map<string, readonly SourceQuestion[]>();
  #changed = false;

  /** `text` is what an earlier {@link save} gave. */
  constructor(options: { readonly text: string | undefined }) {
    this.#known = parseKnown(options.text);
  }

  /** By a name of the package; `undefined`: it was never worked out. */
  get(name: string): readonly SourceQuestion[] | undefined {
    const questions = this.#used.get(name) ?? this.#known.get(name);
    if (questions !== undefined) this.#used.set(name, questions);
    return questions;
  }

  set(name: string, questions: readonly SourceQuestion[]): void {
    const known = this.#used.get(name) ?? this.#known.get(name);
    if (known?.length === questions.length && known.every((question, index) => question === questions[index])) return;
    this.#used.set(name, questions);
    this.#changed = true;
  }

  /** What to keep for the next run, or `undefined` when nothing has changed. */
  save(): string | undefined {
    if (!this.#changed) return undefined;
    const crowded = this.#known.size > CROWDED * this.#used.size + CROWDED_FLOOR;
    return JSON.stringify([...(crowded ? this.#used : new Map([...this.#known, ...this.#used]))]);
  }
}

function parseKnown(text: string | undefined): ReadonlyMap<string, readonly SourceQuestion[]> {
  if (text === undefined) return new Map();
  try {
    const rows: unknown = JSON.parse(text);
    return new Map(Array.isArray(rows) ? rows.filter(isRow) : []);
  } catch (error) {
    // A damaged note is a forgotten one.
    if (!(error instanceof SyntaxError)) throw error;
    return new Map();
  }
}

function isRow(row: unknown): row is readonly [string, readonly SourceQuestion[]] {
  return Array.isArray(row) && typeof row[0] === 'string' && Array.isArray(row[1]);
}
