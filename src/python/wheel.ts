import type { Digest } from '../model/digest.ts';
import type { DistributionName } from './distribution-name.ts';

/**
 * A wheel in the store, ready to be composed: one tree for every environment on every machine.
 *
 * ```
 * site/      what goes to site-packages: the archive's top, `.data/purelib` and `.data/platlib` (read-only, may be linked to as a whole)
 * scripts/   `.data/scripts`: a first line `#!python` still stands
 * headers/   `.data/headers`
 * data/      `.data/data`: what goes to the environment's own top
 * ```
 * Directories without content are absent.
 */
export interface UnpackedWheel {
  readonly tree: Digest;
  readonly facts: WheelFacts;
}

/** What is known of a wheel once it was unpacked; kept as JSON beside its tree. */
export interface WheelFacts {
  readonly name: DistributionName;
  /** As its METADATA has it. */
  readonly metadataName: string;
  readonly version: string;
  /** `numpy-2.1.0.dist-info`, in `site/`. */
  readonly distInfo: string;
  /** `Tag` lines of its WHEEL file. */
  readonly tags: readonly string[];
  readonly entryPoints: EntryPoints;
  readonly nativeObjects: readonly NativeObject[];
  /** Sorted paths in `site/` of directories that have no `__init__.py` but hold modules at some depth: they may be shared with other wheels (PEP 420). */
  readonly namespaces: readonly string[];
  /** What its RECORD says wrongly, by path; only ever a warning. */
  readonly recordProblems: readonly string[];
}

export interface EntryPoints {
  readonly console: readonly EntryPoint[];
  readonly gui: readonly EntryPoint[];
}

/** `name = module:attribute` */
export interface EntryPoint {
  readonly name: string;
  readonly module: string;
  /** Dotted; `undefined`: the module is run for its effects, which the specification does not allow for scripts. */
  readonly attribute: string | undefined;
}

/** An ELF file of a wheel. */
export interface NativeObject {
  /** Relative to the wheel's tree: `site/numpy/_core/_multiarray.so`. */
  readonly path: string;
  readonly soname: string | undefined;
  /** `DT_NEEDED`. */
  readonly needed: readonly string[];
  /** `DT_RUNPATH`, else `DT_RPATH`, as written: with `$ORIGIN`. */
  readonly runpath: readonly string[];
  /** Versions it asks of others' symbols, by library: `libc.so.6` → `GLIBC_2.17`. */
  readonly symbolVersions: Readonly<Record<string, readonly string[]>>;
  readonly machine: string;
}
