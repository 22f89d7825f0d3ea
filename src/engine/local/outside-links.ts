import { copyFileSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import { copyWritable } from '../../store/tree-copy.ts';

/** How an action saw its files. */
export interface RootView {
  /** Path of a declared output as the action saw it. */
  readonly pathOf: (output: string) => string;
  /** Where on this machine lies what the action saw at an absolute path. */
  readonly hostPath: (path: string) => string;
  /** Whether a path belongs to the action's own root, and not to the system. */
  readonly isOwn: (path: string) => boolean;
}

/**
 * Makes what an action left in a directory whole in itself, so that it means the same everywhere: a link that leaves the directory
 * becomes a copy of what the action saw behind it, an absolute link that stays becomes a relative one, a link to nothing goes.
 * (`cxx-build` links headers and whole packages into OUT_DIR.) Links to directories of the system stay as they are: the store
 * refuses them by name.
 */
export function bringLinksHome(options: { readonly directory: string; readonly path: string; readonly view: RootView }): void {
  visit({ ...options, top: options.path });
}

interface Place {
  readonly directory: string;
  /** The same directory as the action saw it. */
  readonly path: string;
  readonly top: string;
  readonly view: RootView;
}

function visit(place: Place): void {
  for (const entry of readdirSync(place.directory, { withFileTypes: true })) {
    const child = { ...place, directory: join(place.directory, entry.name), path: `${place.path}/${entry.name}` };
    if (entry.isDirectory()) visit(child);
    else if (entry.isSymbolicLink()) settle({ ...place, link: child.directory, at: place.path });
  }
}

function settle(options: Place & { readonly link: string; readonly at: string }): void {
  const { link, at, top, view } = options;
  const target = readlinkSync(link);
  const absolute = posix.resolve(at, target);
  if (absolute === top || absolute.startsWith(`${top}/`)) {
    if (!target.startsWith('/')) return;
    unlinkSync(link);
    symlinkSync(posix.relative(at, absolute) || '.', link);
    return;
  }
  const source = view.hostPath(absolute);
  const state = stateOf(source);
  if (state?.isDirectory() === true && !view.isOwn(absolute)) return;
  unlinkSync(link);
  // What is copied may be reached through a link itself, where inputs are links into the store.
  if (state?.isDirectory() === true) copyWritable(realpathSync(source), link);
  else if (state?.isFile() === true) copyFileSync(source, link);
}

function stateOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A link that leads in a circle, or through a file.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** The view of an action in a sandbox: mounts over a scratch directory, and the system's directories where they always are. */
export function mountedView(options: {
  readonly scratch: string;
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
}): RootView {
  const deepestFirst = options.mounts.toSorted((left, right) => right.target.length - left.target.length);
  return {
    pathOf: (output) => `/${output}`,
    isOwn: isBelowBuild,
    hostPath: (path) => {
      const mount = deepestFirst.find(({ target }) => path === target || path.startsWith(`${target}/`));
      if (mount !== undefined) return mount.source + path.slice(mount.target.length);
      return isBelowBuild(path) ? join(options.scratch, path) : path;
    },
  };
}

function isBelowBuild(path: string): boolean {
  return path.startsWith('/build/');
}
