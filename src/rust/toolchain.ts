import type { Digest } from '../model/digest.ts';

/** A Rust toolchain as the plan and the keys see it. */
export interface Toolchain {
  /** Absolute sysroot on this machine; mounted at `/build/toolchain`. Never in a key. */
  readonly sysroot: string;
  /** Absolute paths on this machine of the real programs, not rustup's proxies. */
  readonly cargo: string;
  readonly rustc: string;
  /** Full text of `rustc -vV`. */
  readonly rustcVerboseVersion: string;
  readonly rustcVersion: string;
  readonly cargoVersion: string;
  /** Host triple. */
  readonly host: string;
  /**
   * Root of the Merkle tree of what can change an output: programs, libraries, standard libraries of the installed targets. Asking for
   * it the first time on a machine reads all of them, which takes about half a second: ask when there is something to wait for.
   */
  readonly tree: Digest;
}
