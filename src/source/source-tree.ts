import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { type Digest, type Sha256, sha256Of } from '../model/digest.ts';
import type { Store, TreeEntry } from '../store/store.ts';
import { type FileState, sameState, type StatDigestCache } from './stat-digest-cache.ts';
import type { TreeMemory } from './tree-memory.ts';

export interface SnapshotOptions {
  readonly store: Store;
  /** Absolute directory that the paths count from. */
  readonly anchor: string;
  /** Relative to the anchor, `/`-separated, sorted, without duplicates. */
  readonly files: readonly string[];
  readonly digests: StatDigestCache;
  readonly trees: TreeMemory;
}

interface SnapshotFile {
  readonly path: string;
  readonly state: FileState;
}

/**
 * The files as a tree in the store. An unchanged list costs a `stat` per file and one for the tree. What is named by the digest is what
 * was stored: a file that is written while it is copied enters as it was copied. F0312: a file that cannot be read.
 */
export function snapshot(options: SnapshotOptions): Result<Digest> {
  const files: SnapshotFile[] = [];
  const missing: string[] = [];
  for (const path of options.files) {
    const state = options.digests.look(`${options.anchor}/${path}`);
    if (state === undefined) missing.push(path);
    else files.push({ path, state });
  }
  if (missing.length > 0) return fail(...missing.map(unreadable));
  const { anchor } = options;
  const known = options.trees.get(listHash(files));
  if (known !== undefined && options.store.treePath(known) !== undefined) {
    options.trees.list(known, { anchor, files });
    return ok(known);
  }
  const stored = files.map((file) => keep(options, file));
  const tree = options.store.makeTree(new Map(stored.map(({ path, state }): [string, TreeEntry] => [path, { kind: 'file', ...state }])));
  options.trees.set(listHash(stored), tree);
  options.trees.list(tree, { anchor, files: stored });
  return ok(tree);
}

/** Puts a file into the store, unless it is there, and answers with what is there. */
function keep(options: SnapshotOptions, file: SnapshotFile): SnapshotFile {
  const { digest, executable } = file.state;
  if (options.store.blobPath(digest, executable) !== undefined) return file;
  const path = `${options.anchor}/${file.path}`;
  const state = { digest: options.store.copyFile(path, { executable }), executable };
  if (sameState(state, file.state)) return file;
  options.digests.correct(path, state);
  return { path: file.path, state };
}

function listHash(files: readonly SnapshotFile[]): Sha256 {
  return sha256Of(
    files.map(({ path, state }) => `${path}\0${state.digest.hash}${state.executable ? 'x' : '-'}${state.digest.size}`).join('\n'),
  );
}

function unreadable(path: string): Diagnostic {
  return {
    code: 'F0312',
    severity: 'error',
    blame: 'input',
    message: `cannot read \`${path}\`, which is part of a package's sources`,
    hints: ['check that the file exists and may be read; if `inputs` in `ferrule.toml` names it, correct the path'],
  };
}
