import type { EventSink } from '../engine/events.ts';

/** What is asked of the pipeline. Options that were not given are `undefined`: `ferrule.toml` and then the defaults decide. */
export interface BuildRequest {
  /** Absolute. */
  readonly directory: string;
  /** As typed; empty: the default output of every member. */
  readonly targets: readonly string[];
  readonly profile: string | undefined;
  readonly target: string | undefined;
  readonly features: readonly string[];
  readonly allFeatures: boolean;
  readonly noDefaultFeatures: boolean;
  readonly jobs: number | undefined;
  readonly keepGoing: boolean;
  readonly sandbox: 'auto' | 'on' | 'off' | undefined;
  readonly keepSandbox: boolean;
  readonly offline: boolean;
  /** Milliseconds an action may take; `undefined`: as long as it likes. */
  readonly timeoutMs: number | undefined;
  readonly verifyDeterminism: boolean;
  /** Target triple of a machine to plan for as if it were this one; absent: this machine. */
  readonly host?: string;
  /** Absolute. */
  readonly storeDirectory: string;
  /** The user's environment, unfiltered. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of the link to make; `undefined`: `result` in the directory. */
  readonly output: string | undefined;
  /**
   * `run`: what is built is used at once, so no links are made, and a Python project means its environment. `check`: nothing is handed out.
   * `develop`: Python projects mean their editable environment, without targets one of all that are selected, and crates nothing.
   */
  readonly purpose: 'build' | 'run' | 'check' | 'develop';
  /** With purpose `check`: which; absent: all. */
  readonly checks?: CheckRequest;
  readonly sink: EventSink;
  /** Aborted by Ctrl-C: everything stops, and the promise settles soon. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Absolute path of the program for threads that unpack wheels; `undefined`: they are unpacked in the main thread. */
  readonly unpackProgram?: string | undefined;
  /** Name under which the run is remembered for {@link recallRun}; `undefined`: it is not. */
  readonly question?: string;
  /** Absolute path of a file for the run's record; absent: none. */
  readonly record?: string;
}

/** What surrounds a run, whatever it is asked. */
export type RunSurroundings = Pick<
  BuildRequest,
  'directory' | 'storeDirectory' | 'environment' | 'offline' | 'sandbox' | 'sink' | 'signal' | 'now'
>;

/** The rest of a request that asks for nothing: for what plans without building. */
export const NOTHING_ASKED: Omit<BuildRequest, keyof RunSurroundings> = {
  targets: [],
  profile: undefined,
  target: undefined,
  features: [],
  allFeatures: false,
  noDefaultFeatures: false,
  jobs: undefined,
  keepGoing: false,
  keepSandbox: false,
  timeoutMs: undefined,
  verifyDeterminism: false,
  output: undefined,
  purpose: 'build',
};

/** Files about the lines that tests have executed, each by its absolute path; absent: that one is not written. */
export interface CoverageRequest {
  /** A tracefile (LCOV). */
  readonly lcov?: string;
  /** XML as Cobertura has it. */
  readonly cobertura?: string;
}

/** What `ferrule check` is asked. */
export interface CheckRequest {
  /** Names of checks; empty: all that are switched on. */
  readonly only: readonly string[];
  /** `count:M/N`, as written: the M-th of N shares; absent: everything. */
  readonly partition?: string;
  /** Absolute path of a file for a JUnit report; absent: none. */
  readonly junit?: string;
  /** `nix`: they are planned for the Nix daemon; absent: for this machine. */
  readonly engine?: 'nix';
  /** What runs Rust's test programs; absent: what `ferrule.toml` says, else their own harness. */
  readonly runner?: 'cargo' | 'nextest';
  /** What tests execute is measured; absent: it is not. */
  readonly coverage?: CoverageRequest;
}
