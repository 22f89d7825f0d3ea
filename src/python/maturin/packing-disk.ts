import { statSync } from 'node:fs';
import { type DirectoryReader, readDirectories } from '../../repository/directory-listings.ts';
import { DiskProbe } from '../../source/disk-probe.ts';
import type { FileState } from '../../source/stat-digest-cache.ts';
import type { Store } from '../../store/store.ts';

/** How the packer sees a project's files. */
export interface PackingDisk {
  readonly directories: DirectoryReader;
  readonly probe: Pick<DiskProbe, 'kind'>;
  /** Digest of a file, links followed, whose content is in the store by the time the wheel is; `undefined`: no readable regular file. */
  keep(path: string): FileState | undefined;
}

/** Looks at the disk every time and copies each file into the store. For a run, something with a memory is faster. */
export function plainDisk(store: Pick<Store, 'copyFile'>): PackingDisk {
  return {
    directories: readDirectories,
    probe: new DiskProbe(),
    keep: (path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isFile() !== true) return undefined;
      const executable = (stats.mode & 0o100) !== 0;
      return { digest: store.copyFile(path, { executable }), executable };
    },
  };
}
