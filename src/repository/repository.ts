import type { FerruleConfig } from './config.ts';

/** A checkout, and what can be built in it. */
export interface Repository {
  /** Absolute directory. */
  readonly root: string;
  readonly config: FerruleConfig;
  /** Sorted by path; at most one of each kind in a directory. */
  readonly members: readonly Member[];
  /** The members whose directory holds the one that was started in; all of them when it is above every member. */
  readonly selected: readonly Member[];
  /** Python files with a lock beside them (`x.py` and `x.py.lock`), relative to the root, sorted. Built when they are named. Not looked for where `ferrule.toml` names the members. */
  readonly scripts: readonly string[];
}

/** A directory with its own manifest and its own lock. */
export interface Member {
  readonly kind: 'rust' | 'python';
  /** Relative to the repository's root, `/`-separated; `.` for the root itself. */
  readonly path: string;
  /** Absolute. */
  readonly directory: string;
  /** File name of the lock in the directory: `Cargo.lock`, `uv.lock`, `pylock.toml`, `script.py.lock`. */
  readonly lock: string;
}
