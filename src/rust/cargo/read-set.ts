/**
 * Everything outside cargo and the toolchain that the facts depend on: while none of it changes, a plan made from them holds.
 * Paths are absolute; any of them may be absent, and its absence is part of what was read. Each list is sorted, without duplicates.
 */
export interface ReadSet {
  /** Files whose content matters: manifests, the lock, cargo's configuration. */
  readonly contents: readonly string[];
  /** Directories whose list of names matters: where cargo finds targets and workspace members by itself. */
  readonly listings: readonly string[];
  /** Paths of which only the existence matters, such as `src/main.rs` and `build.rs`. */
  readonly presence: readonly string[];
  /** Names of environment variables whose value, or absence, matters. */
  readonly variables: readonly string[];
  /** Every variable whose name begins so matters, those not yet set included. */
  readonly variablePrefixes: readonly string[];
}

/** Collects a {@link ReadSet}. */
export class ReadSetBuilder {
  readonly #contents = new Set<string>();
  readonly #listings = new Set<string>();
  readonly #presence = new Set<string>();

  content(path: string): this {
    this.#contents.add(path);
    return this;
  }

  listing(directory: string): this {
    this.#listings.add(directory);
    return this;
  }

  existence(path: string): this {
    this.#presence.add(path);
    return this;
  }

  finish(): ReadSet {
    const presence = [...this.#presence].filter((path) => !this.#contents.has(path) && !this.#listings.has(path));
    return {
      contents: [...this.#contents].toSorted(),
      listings: [...this.#listings].toSorted(),
      presence: presence.toSorted(),
      variables: ENVIRONMENT_VARIABLES,
      variablePrefixes: ENVIRONMENT_PREFIXES,
    };
  }
}

/**
 * Variables cargo and rustc read while planning, besides those with a prefix below. `RUSTC` and `RUSTDOC` are not among them:
 * Ferrule sets them itself. The search for a toolchain reads more, but its answer is an input of its own.
 */
const ENVIRONMENT_VARIABLES: readonly string[] = ['HOME', 'RUSTDOCFLAGS', 'RUSTFLAGS'];
const ENVIRONMENT_PREFIXES: readonly string[] = ['CARGO_', 'RUSTC_'];
