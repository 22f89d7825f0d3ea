import type { Span } from '../diagnostics/diagnostic.ts';
import type { Artifact } from './artifact.ts';
import type { DistributionName } from './distribution-name.ts';

/** What is asked of a lock: which project, with which extras and dependency groups, for which interpreter. */
export interface ResolutionRequest {
  /**
   * Name of the project in the lock that is asked for; the lock's members are its candidates. `undefined`: the lock as a whole, as at
   * the root of a workspace that is no project itself: every member, and what the lock's own `[manifest]` asks for.
   */
  readonly root: DistributionName | undefined;
  readonly extras: readonly DistributionName[];
  /** PEP 735 groups by name. The caller has added the project's default groups where they are wanted. */
  readonly groups: readonly DistributionName[];
  /** Whether the project itself and its `dependencies` count, or its groups alone (`uv sync --only-group`). */
  readonly withProject: boolean;
}

/** Everything a request needs, each distribution once: what a traversal of a lock gives. Sorted by name. */
export interface Resolution {
  readonly distributions: readonly ResolvedDistribution[];
}

export interface ResolvedDistribution {
  readonly name: DistributionName;
  /** As the lock has it; `undefined`: a local project whose version is dynamic. */
  readonly version: string | undefined;
  /** Extras that somebody asked of it, sorted. */
  readonly extras: readonly DistributionName[];
  /** Names of the distributions it needs here, sorted. */
  readonly dependencies: readonly DistributionName[];
  readonly source: ResolvedSource;
  /** Position of its entry among those of the lock, from 0. */
  readonly entry: number;
  /** Its entry in the lock. Looked for when it is asked for. */
  readonly span: () => Span;
}

export type ResolvedSource =
  | { readonly kind: 'wheel'; readonly artifact: Artifact }
  /** A source distribution: an archive to be built. `subdirectory`: where in it the project is. */
  | { readonly kind: 'sdist'; readonly artifact: Artifact; readonly subdirectory: string | undefined }
  | {
      readonly kind: 'git';
      readonly url: string;
      /** Full commit. */
      readonly revision: string;
      readonly subdirectory: string | undefined;
      readonly lfs: boolean;
    }
  /** A project beside the lock, in this or another member. */
  | { readonly kind: 'directory'; /** Absolute. */ readonly directory: string; readonly editable: boolean }
  /** Never built or installed: it stands for its dependencies only. */
  | { readonly kind: 'virtual'; /** Absolute. */ readonly directory: string };
