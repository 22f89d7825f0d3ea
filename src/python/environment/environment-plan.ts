import type { Digest } from '../../model/digest.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { NativeReport } from './native-libraries.ts';
import type { PlannedDirectory } from './planned-entry.ts';

/** An environment decided to the last file: what is left is writing it down. */
export interface EnvironmentPlan {
  /** Names the environment in this store: digest of its directory as it will stand. Holds paths of this machine. */
  readonly key: Digest;
  /** Decided when it is asked for: an environment that is in the store already needs none. */
  readonly root: () => PlannedDirectory;
  readonly description: EnvironmentDescription;
  /** `undefined`: the environment was composed before, and there was nothing to report. */
  readonly native: NativeReport | undefined;
}

/** What an environment is, in words that are the same on every machine. */
export interface EnvironmentDescription {
  /** Digest of the merged directory that the environment stands for, with nothing of this machine in it: two machines agree. */
  readonly digest: Digest;
  /** `CPython 3.11.2`-like: implementation and full version. */
  readonly python: string;
  /** Sorted by name. */
  readonly distributions: readonly {
    readonly name: DistributionName;
    readonly version: string;
    readonly editable: boolean;
    readonly tree: Digest;
  }[];
}

/** An environment in the store. */
export interface ComposedEnvironment {
  /** Absolute; what result links point to. */
  readonly directory: string;
  /** For `Store.linkEnvironment`. */
  readonly key: Digest;
  /** {@link EnvironmentDescription.digest} */
  readonly digest: Digest;
  readonly description: EnvironmentDescription;
}
