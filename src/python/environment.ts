import type { Span } from '../diagnostics/diagnostic.ts';
import type { DistributionName } from './distribution-name.ts';
import type { InstalledInterpreter } from './interpreter.ts';
import type { UnpackedWheel } from './wheel.ts';

/** An environment to be composed. */
export interface EnvironmentRequest {
  /** Shown in the prompt of an activated shell. */
  readonly name: string;
  readonly interpreter: InstalledInterpreter;
  /** Sorted by name; each distribution once. */
  readonly parts: readonly EnvironmentPart[];
  readonly policy: CompositionPolicy;
}

export type EnvironmentPart =
  | { readonly kind: 'wheel'; readonly wheel: UnpackedWheel; readonly origin: PartOrigin }
  /** Sources used where they lie, its metadata and scripts from a wheel that holds no modules. */
  | {
      readonly kind: 'editable';
      /** `dist-info` (and scripts) of the project; modules found in it are ignored. */
      readonly wheel: UnpackedWheel;
      /** Absolute directories that go on the path. */
      readonly sources: readonly string[];
      /** Extension modules that are not among the sources, by dotted name: absolute path in the store. */
      readonly modules: Readonly<Record<string, string>>;
      readonly origin: PartOrigin;
    };

/** Where a part comes from, for messages and for `direct_url.json`. */
export interface PartOrigin {
  readonly name: DistributionName;
  readonly version: string;
  /** Finds its entry in the lock, which is slow; `undefined`: not from a lock. */
  readonly span: (() => Span) | undefined;
  /** Content of `direct_url.json` (PEP 610); `undefined`: it came from an index. */
  readonly directUrl: string | undefined;
}

/** What `ferrule.toml` says about composing. Patterns are globs over paths below the environment, `/`-separated. */
export interface CompositionPolicy {
  /** What to do where parts disagree about a path: the winner's name, or `ignore` for whoever comes first. */
  readonly collisions: readonly { readonly paths: string; readonly take: DistributionName | 'first' }[];
  /** Paths left out; `distribution` undefined: of all. */
  readonly removals: readonly { readonly distribution: DistributionName | undefined; readonly paths: string }[];
  /** Shared libraries that are there though no distribution has them, such as the driver's `libcuda.so.1`. */
  readonly libraries: readonly string[];
}
