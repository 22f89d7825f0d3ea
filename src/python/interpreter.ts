import type { Digest } from '../model/digest.ts';

/**
 * The Python that distributions are chosen and built for, as data: the same on every machine that has such an interpreter.
 * No path and nothing of the host is in it, so it may enter keys.
 */
export interface Interpreter {
  readonly implementation: 'cpython' | 'pypy' | 'graalpy';
  readonly version: PythonVersion;
  /** `t`: no global interpreter lock. */
  readonly freeThreaded: boolean;
  readonly debug: boolean;
  readonly pointerWidth: 32 | 64;
  readonly platform: PythonPlatform;
  /** Values of the variables of PEP 508. */
  readonly markers: MarkerEnvironment;
  /** `EXT_SUFFIX`: `.cpython-311-x86_64-linux-gnu.so`. */
  readonly extensionSuffix: string;
}

export interface PythonVersion {
  readonly major: number;
  readonly minor: number;
  readonly micro: number;
  /** `3.13.0rc1`, as `python_full_version` has it. */
  readonly full: string;
}

/** What wheels' platform tags are judged by. */
export type PythonPlatform =
  | {
      readonly os: 'linux';
      /** As `platform.machine()` says: `x86_64`, `aarch64`. */
      readonly arch: string;
      readonly libc: { readonly kind: 'glibc' | 'musl'; readonly major: number; readonly minor: number };
    }
  | { readonly os: 'macos'; readonly arch: string; readonly major: number; readonly minor: number };

/** PEP 508's variables, `extra` apart. */
export interface MarkerEnvironment {
  readonly implementation_name: string;
  readonly implementation_version: string;
  readonly os_name: string;
  readonly platform_machine: string;
  readonly platform_python_implementation: string;
  readonly platform_release: string;
  readonly platform_system: string;
  readonly platform_version: string;
  readonly python_full_version: string;
  readonly python_version: string;
  readonly sys_platform: string;
}

/** An interpreter on this machine. */
export interface InstalledInterpreter {
  readonly interpreter: Interpreter;
  /** Absolute path of the real program: no shim, no link of a virtual environment. Never in a key. */
  readonly executable: string;
  /** Absolute `sys.base_prefix`. */
  readonly prefix: string;
}

/**
 * An interpreter that actions can run: its program and standard library as a tree of the store, without installed packages, tests
 * and byte code. Mounted at {@link PYTHON_ROOT}; `bin/python3` is the program.
 */
export interface InterpreterTree {
  readonly tree: Digest;
  readonly interpreter: Interpreter;
}

/** Where an {@link InterpreterTree} stands in an action. */
export const PYTHON_ROOT = '/build/python';
