/** Something to build with cargo and with Ferrule, and to run. */
export interface Subject {
  readonly name: string;
  readonly source: RegistrySource | WrittenSource;
  readonly profile: 'dev' | 'release';
  /** What the results are asked; each answer has to be cargo's. */
  readonly commands: readonly Command[];
  /** Programs and libraries the machine needs, by Debian package: the subject is left out, with a word, where one is missing. */
  readonly needs?: readonly MachineNeed[];
  /** Builds that are to fail, beside the good one. */
  readonly refusals?: readonly Refusal[];
}

/** A program as its registry has it, with the lock it ships. */
export interface RegistrySource {
  readonly kind: 'registry';
  readonly version: string;
}

/** A workspace written out in one place; cargo makes its lock. */
export interface WrittenSource {
  readonly kind: 'written';
  /** By path relative to the checkout; `$ROOT` in a content is the directory above it. */
  readonly files: Readonly<Record<string, string>>;
  /** Files of a git repository beside the checkout, at `$ROOT/repository`, with one commit; `undefined`: there is none. */
  readonly repository?: Readonly<Record<string, string>>;
  /** Dependencies are put into the checkout by `cargo vendor`. */
  readonly vendored?: boolean;
}

/** A program of the result (`bin/NAME`) or of the machine; `$RESULT` stands for the directory that holds `bin` and `lib`. Runs in the checkout. */
export interface Command {
  readonly words: readonly string[];
  /** Standard input; nothing when left out. */
  readonly input?: string;
  /** It prints times: only that it succeeds is compared. */
  readonly ignoreOutput?: boolean;
}

export interface MachineNeed {
  /** A path, or a program on the search path. */
  readonly present: string;
  readonly debian: string;
}

/** Something is taken away, and the build has to say so. */
export interface Refusal {
  /** Contents to write first, by path relative to the checkout. */
  readonly files?: Readonly<Record<string, string>>;
  /** A directory of the machine that is empty meanwhile; needs bubblewrap. */
  readonly hide?: string;
  /** Code of a diagnostic that has to come. */
  readonly code: string;
  /** Words of its message and hints. */
  readonly says: readonly string[];
}
