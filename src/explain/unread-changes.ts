import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedInput } from '../record/run-record.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { DiskProbe } from '../source/disk-probe.ts';
import { packageFiles } from '../source/package-files.ts';
import type { StateNode } from './run-state.ts';

/** A file that was written to since a run, and does not count. */
export interface UnreadChange {
  /** Relative to the repository. */
  readonly path: string;
  /** `same`: it is read, and holds what it held. `unread`: no unit of the target may read it. */
  readonly because: 'same' | 'unread';
}

/** Files of the checkout, those that git ignores left out, that were written to after a time (milliseconds since the epoch). */
export function unreadChanges(options: {
  /** Absolute. */
  readonly root: string;
  readonly since: number;
  /** The target's nodes, of which none has changed. */
  readonly nodes: readonly StateNode[];
}): readonly UnreadChange[] {
  const { root, since, nodes } = options;
  const read = new Set(nodes.flatMap((node) => Object.values(node.ingredients()?.inputs ?? {}).flatMap(filesOf)));
  const { paths } = packageFiles({
    packageRoot: root,
    repositoryRoot: root,
    directories: readDirectories,
    probe: new DiskProbe(),
    nestedPackages: 'enter',
  });
  return paths.flatMap((path): readonly UnreadChange[] => {
    const state = statSync(join(root, path), { throwIfNoEntry: false });
    if (state === undefined || state.mtimeMs <= since) return [];
    return [{ path, because: read.has(path) ? 'same' : 'unread' }];
  });
}

function filesOf(input: RecordedInput): readonly string[] {
  return typeof input === 'string' ? [] : Object.keys(input.files);
}
