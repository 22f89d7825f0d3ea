import type { Span } from '../../diagnostics/diagnostic.ts';
import type { TomlPath } from '../../repository/toml-span.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { TomlTable } from '../project/toml-reader.ts';
import type { LockedSource } from './locked-source.ts';
import type { Pylock } from './pylock.ts';

/** A lock that was read: uv's own format, or that of PEP 751. */
export type PythonLock = UvLock | Pylock;

/** `uv.lock`, version 1, any revision. */
export interface UvLock {
  readonly kind: 'uv';
  /** Absolute directory of the file: what its relative paths start from. */
  readonly directory: string;
  /** The file as it is shown to the user. */
  readonly file: string;
  readonly text: string;
  /** 0 when the lock does not say. */
  readonly revision: number;
  /** A version specifier; `undefined`: not said. */
  readonly requiresPython: string | undefined;
  /** Markers of the forks of the resolution: it covers their union. Empty: everything. */
  readonly forks: readonly string[];
  /** Markers (`tool.uv.environments`): it covers their union. Empty: everything. */
  readonly supported: readonly string[];
  /** Markers (`tool.uv.required-environments`): in each of them every distribution has a file that fits. */
  readonly required: readonly string[];
  readonly conflicts: readonly (readonly LockConflict[])[];
  readonly manifest: LockManifest;
  readonly packages: readonly LockedPackage[];
  readonly byName: ReadonlyMap<DistributionName, readonly LockedPackage[]>;
  /** The place of an entry, or of something in it. Slow: for diagnostics. */
  readonly spanOf: (entry: LockedPackage, path?: TomlPath) => Span;
  /** The place of something outside of the entries: `['requires-python']`. */
  readonly spanAtTop: (path: TomlPath) => Span;
}

/** `[manifest]`, as far as it is of use here. */
export interface LockManifest {
  /** Names of the workspace's members; empty: a single project. */
  readonly members: readonly DistributionName[];
  /** What `tool.uv` said when the lock was written. */
  readonly constraints: readonly LockedRequirement[];
  readonly overrides: readonly LockedRequirement[];
  readonly buildConstraints: readonly LockedRequirement[];
  /** Of a script (PEP 723), which has no entry of its own. */
  readonly requirements: readonly LockedRequirement[];
  /** Dependency groups of a workspace's root that is no project and so has no entry. */
  readonly groups: ReadonlyMap<DistributionName, readonly LockedRequirement[]>;
}

/** Something that must not be asked for together with the others of its set; neither extra nor group: the project's own dependencies. */
export interface LockConflict {
  readonly package: DistributionName;
  readonly extra: DistributionName | undefined;
  readonly group: DistributionName | undefined;
}

/** One `[[package]]`. */
export interface LockedPackage {
  /** Position among the entries, from 0. */
  readonly index: number;
  readonly name: DistributionName;
  /** `undefined`: a source tree whose version is dynamic. */
  readonly version: string | undefined;
  readonly source: LockedSource;
  /** Markers of the forks it belongs to; empty: all. Of use only where no edge says which of several entries is meant. */
  readonly forks: readonly string[];
  readonly dependencies: readonly LockEdge[];
  readonly extras: ReadonlyMap<DistributionName, readonly LockEdge[]>;
  readonly groups: ReadonlyMap<DistributionName, readonly LockEdge[]>;
  /** As they stand in the document: only those of distributions that are needed get a closer look. */
  readonly sdist: TomlTable | undefined;
  readonly wheels: readonly unknown[];
  /** `[package.metadata]`: what the project declared when the lock was written; `undefined`: not recorded. */
  readonly metadata: LockedMetadata | undefined;
}

/** A dependency of an entry. */
export interface LockEdge {
  readonly name: DistributionName;
  /** Only where several entries have the name. */
  readonly version: string | undefined;
  /** Identity of the source ({@link LockedSource}`.key`); only where several entries have the name. */
  readonly source: string | undefined;
  readonly extras: readonly DistributionName[];
  /**
   * Simplified by what holds wherever the edge can be reached: it says nothing except to a walk that came here.
   * `undefined`: always.
   */
  readonly marker: string | undefined;
}

export interface LockedMetadata {
  readonly requiresDist: readonly LockedRequirement[];
  readonly providesExtras: readonly DistributionName[];
  readonly requiresDev: ReadonlyMap<DistributionName, readonly LockedRequirement[]>;
}

/** A requirement as uv records it once `tool.uv.sources` has had its say. */
export interface LockedRequirement {
  readonly name: DistributionName;
  readonly extras: readonly DistributionName[];
  readonly marker: string | undefined;
  readonly specifier: string | undefined;
  readonly origin: RequirementOrigin;
  /** Where it stands in its entry, or in the lock. */
  readonly path: TomlPath;
}

/** Paths are as the lock has them: relative to its directory. */
export type RequirementOrigin =
  | { readonly kind: 'registry'; /** Address; `undefined`: whichever has it. */ readonly index: string | undefined }
  | { readonly kind: 'git' | 'url'; readonly url: string }
  | { readonly kind: 'path'; readonly path: string; readonly form: 'archive' | 'directory' | 'editable' | 'virtual' };
