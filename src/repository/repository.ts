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
}

/** A directory with its own manifest and its own lock. */
export interface Member {
  readonly kind: 'rust' | 'python';
  /** Relative to the repository's root, `/`-separated; `.` for the root itself. */
  readonly path: string;
  /** Absolute. */
  readonly directory: string;
  /** File name of the lock beside the manifest: `Cargo.lock`, `uv.lock`, `pylock.toml`. */
  readonly lock: string;
}
