import { onTestFinished } from 'vitest';
import { readDirectories } from '../../src/repository/directory-listings.ts';
import { DiskProbe } from '../../src/source/disk-probe.ts';
import { ScanCache } from '../../src/source/scan-cache.ts';
import { StatDigestCache } from '../../src/source/stat-digest-cache.ts';
import { packageSources, type PackageSources, type SourceTarget } from '../../src/source/unit-sources.ts';
import { type DirectoryStore, openStore } from '../../src/store/directory-store.ts';
import { temporaryDirectory } from '../repository/temporary-directory.ts';

/** A clock so far ahead that every file looks quiet. */
export function laterClock(): number {
  return Date.now() + 60_000;
}

/** A new store in a directory of its own. */
export function temporaryStore(): DirectoryStore {
  const store = openStore({ directory: `${temporaryDirectory()}/store`, now: () => Date.now(), processId: process.pid });
  onTestFinished(() => {
    if ('close' in store && typeof store.close === 'function') store.close();
  });
  return store;
}

/** A target by its path relative to the package. */
export function target(packageRoot: string, kind: string, path: string): SourceTarget {
  return { kinds: [kind], sourcePath: `${packageRoot}/${path}` };
}

/** Sources of a package below `root`, with everything fresh. */
export function sourcesOf(options: {
  readonly root: string;
  readonly package: string;
  readonly targets: readonly SourceTarget[];
}): PackageSources {
  const digests = new StatDigestCache({ text: undefined, now: laterClock });
  const scans = new ScanCache({ text: undefined, digests });
  return packageSources({
    packageRoot: options.package === '' ? options.root : `${options.root}/${options.package}`,
    workspaceRoot: options.root,
    repositoryRoot: options.root,
    anchor: options.root,
    targets: options.targets,
    directories: readDirectories,
    probe: new DiskProbe(),
    scan: (path) => scans.scan(path),
  });
}
