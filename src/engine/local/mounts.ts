import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type Action, WRITABLE_INPUT } from '../../model/action.ts';
import { EMPTY_TREE } from '../../model/tree.ts';
import { copyInto, linkInto } from '../../store/shelf.ts';
import { copyWritable } from '../../store/tree-copy.ts';
import type { Store } from '../../store/store.ts';
import { missingInput } from './outcome.ts';

/** A directory of this machine that appears read-only inside the action's root. */
export interface Mount {
  readonly source: string;
  /** Absolute inside the root. */
  readonly target: string;
}

/** An action's root, laid out in a scratch directory. */
export interface PreparedRoot {
  /** What becomes `/build`; everything in it may be written. */
  readonly build: string;
  /** Parents before children. */
  readonly mounts: readonly Mount[];
}

/**
 * Lays out the inputs of an action: trees are mounted whole, single files of one directory are hard-linked into a directory of their own
 * that is mounted, so that a call with 300 dependencies costs one mount. Parents of outputs exist; an empty input tree that is also
 * an output (OUT_DIR) is a writable directory.
 */
export function prepareRoot(options: { readonly action: Action; readonly store: Store; readonly scratch: string }): Result<PreparedRoot> {
  const { action, store, scratch } = options;
  const build = join(scratch, 'build');
  mkdirSync(build);
  const outputs = new Set(action.command.outputs);
  const made = new Set<string>();
  const makeDirectory = (path: string): void => {
    if (made.has(path)) return;
    mkdirSync(join(scratch, path), { recursive: true });
    made.add(path);
  };
  makeDirectory(action.command.workingDirectory);
  const mounts: Mount[] = [];
  const linkDirectories = new Map<string, string>();
  for (const [path, entry] of action.inputs) {
    if (entry.kind === 'tree') {
      if (outputs.has(path) && entry.digest.hash === EMPTY_TREE.hash) {
        makeDirectory(path);
        continue;
      }
      const source = store.treePath(entry.digest);
      if (source === undefined) return fail(missingInput(path));
      if (action.platform[WRITABLE_INPUT] === path) copyWritable(source, join(scratch, path));
      else mounts.push({ source, target: `/${path}` });
      continue;
    }
    const parent = dirname(path);
    let directory = linkDirectories.get(parent);
    if (directory === undefined) {
      directory = join(scratch, `files-${linkDirectories.size}`);
      mkdirSync(directory);
      linkDirectories.set(parent, directory);
      mounts.push({ source: directory, target: `/${parent}` });
    }
    const name = path.slice(parent.length + 1);
    if (entry.kind === 'symlink') {
      symlinkSync(entry.target, join(directory, name));
      continue;
    }
    const source = store.blobPath(entry.digest, entry.executable);
    if (source === undefined) return fail(missingInput(path));
    if (!linkInto(source, join(directory, name))) copyInto(source, join(directory, name));
  }
  for (const output of action.command.outputs) makeDirectory(dirname(output));
  mounts.sort((left, right) => left.target.length - right.target.length);
  makeMountPoints(mounts, linkDirectories);
  return ok({ build, mounts });
}

/** A mount below a directory of linked files needs its place there: bubblewrap cannot make it once that directory is mounted read-only. */
function makeMountPoints(mounts: readonly Mount[], linkDirectories: ReadonlyMap<string, string>): void {
  for (const [parent, directory] of linkDirectories) {
    const prefix = `/${parent}/`;
    for (const { target } of mounts) {
      if (target.startsWith(prefix)) mkdirSync(join(directory, target.slice(prefix.length)), { recursive: true });
    }
  }
}
