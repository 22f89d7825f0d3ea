import { readFileSync } from 'node:fs';
import { type RustScan, scanRust } from './rust-scan.ts';
import type { StatDigestCache } from './stat-digest-cache.ts';

/** Changes whenever `scanRust` finds something else in the same text: older answers are then forgotten. */
const SCANNER_VERSION = 1;

const CROWDED = 4;
const CROWDED_FLOOR = 5000;

/** Scans of Rust files by their content, so that an unchanged file is not read. */
export class ScanCache {
  readonly #digests: StatDigestCache;
  readonly #known: Map<string, RustScan>;
  readonly #used = new Map<string, RustScan>();
  #changed = false;
  #scanned = 0;

  /** `text` is what an earlier {@link save} gave. */
  constructor(options: { readonly text: string | undefined; readonly digests: StatDigestCache }) {
    this.#digests = options.digests;
    this.#known = parseKnown(options.text);
  }

  /** Files that had to be scanned so far. */
  get scanned(): number {
    return this.#scanned;
  }

  /** What the file at an absolute path says; `undefined` when it cannot be read. */
  scan(path: string): RustScan | undefined {
    const state = this.#digests.look(path);
    if (state === undefined) return undefined;
    const hash = state.digest.hash;
    const known = this.#used.get(hash) ?? this.#known.get(hash);
    if (known !== undefined) {
      this.#used.set(hash, known);
      return known;
    }
    const scan = scanFile(path);
    if (scan === undefined) return undefined;
    this.#scanned += 1;
    this.#changed = true;
    this.#used.set(hash, scan);
    return scan;
  }

  /** What to keep for the next run, or `undefined` when nothing has changed. */
  save(): string | undefined {
    if (!this.#changed) return undefined;
    const crowded = this.#known.size > CROWDED * this.#used.size + CROWDED_FLOOR;
    const kept = crowded ? this.#used : new Map([...this.#known, ...this.#used]);
    return JSON.stringify({ version: SCANNER_VERSION, scans: [...kept] });
  }
}

function scanFile(path: string): RustScan | undefined {
  try {
    return scanRust(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function parseKnown(text: string | undefined): Map<string, RustScan> {
  if (text === undefined) return new Map();
  try {
    const note: unknown = JSON.parse(text);
    if (typeof note !== 'object' || note === null || !('version' in note) || note.version !== SCANNER_VERSION || !('scans' in note))
      return new Map();
    return new Map(Array.isArray(note.scans) ? note.scans.filter(isRow) : []);
  } catch (error) {
    // A damaged note is a forgotten one.
    if (!(error instanceof SyntaxError)) throw error;
    return new Map();
  }
}

function isRow(row: unknown): row is readonly [string, RustScan] {
  return Array.isArray(row) && typeof row[0] === 'string' && isScan(row[1]);
}

/** Of a note that we wrote ourselves: its version vouches for what is inside the lists. */
function isScan(value: unknown): value is RustScan {
  if (typeof value !== 'object' || value === null) return false;
  const lists = ['modules', 'paths', 'includes', 'climbing', 'named', 'environment'];
  return 'macroModules' in value && lists.every((name) => name in value);
}
