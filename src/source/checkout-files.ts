import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import type { Store, TreeEntry } from '../store/store.ts';

export interface CheckoutFiles {
  /** Relative paths. */
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** Links that lead out of the directory, as `path -> target`: left out, for nothing could be read through them. */
  readonly strayLinks: readonly string[];
}

/** Copies a directory that a tool wrote and nobody edits into the store, entry by entry. `skip` is asked with relative paths. */
export function copyCheckout(options: {
  readonly store: Store;
  readonly directory: string;
  readonly skip: (path: string, name: string) => boolean;
}): CheckoutFiles {
  const entries = new Map<string, TreeEntry>();
  const strayLinks: string[] = [];
  const visit = (prefix: string): void => {
    for (const entry of readdirSync(`${options.directory}/${prefix}`, { withFileTypes: true })) {
      const path = prefix + entry.name;
      const absolute = `${options.directory}/${path}`;
      if (options.skip(path, entry.name)) continue;
      if (entry.isDirectory()) visit(`${path}/`);
      else if (entry.isFile()) {
        const executable = (statSync(absolute).mode & 0o100) !== 0;
        entries.set(path, { kind: 'file', digest: options.store.copyFile(absolute, { executable }), executable });
      } else if (entry.isSymbolicLink()) {
        const target = readlinkSync(absolute);
        if (leadsOut(path, target)) strayLinks.push(`${path} -> ${target}`);
        else entries.set(path, { kind: 'symlink', target });
      }
    }
  };
  visit('');
  return { entries, strayLinks };
}

/** Whether a link's target, seen from its place in a tree, lies outside the tree. */
export function leadsOut(path: string, target: string): boolean {
  if (posix.isAbsolute(target)) return true;
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  return resolved === '..' || resolved.startsWith('../');
}
