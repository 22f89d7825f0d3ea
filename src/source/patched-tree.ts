import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { type Digest, sha256Of } from '../model/digest.ts';
import type { Store } from '../store/store.ts';
import { copyWritable } from '../store/tree-copy.ts';
import { formatTree, parseTree } from './tree-memory.ts';

export interface PatchedTreeOptions {
  readonly store: Store;
  readonly tree: Digest;
  /** Absolute path of a patch with `a/` and `b/` prefixes, as `git diff` writes it. */
  readonly patch: string;
  /** The user's `PATH`, where git is. */
  readonly searchPath: string;
  /** For messages: as `ferrule.toml` names it. */
  readonly shown: string;
  /** `serde v1.0.228`. */
  readonly label: string;
}

/** A tree with a patch applied by `git apply`; remembered by both contents. F0319: the patch cannot be read or does not apply. */
export function patchedTree(options: PatchedTreeOptions): Result<Digest> {
  const { store, tree, patch } = options;
  const text = readPatch(patch);
  if (text === undefined) return fail(refused(options, 'the file cannot be read'));
  const key = `${tree.hash} ${sha256Of(text)}`;
  const note = store.getNote('patched-trees', key);
  const known = note === undefined ? undefined : parseTree(note);
  if (known !== undefined && store.treePath(known) !== undefined) return ok(known);
  const source = store.treePath(tree);
  if (source === undefined) throw new Error(`internal: tree ${tree.hash} to patch is not in the store`);
  const scratch = store.scratch();
  try {
    const copy = join(scratch.path, 'patched');
    copyWritable(source, copy);
    const applied = spawnSync('git', ['apply', '--whitespace=nowarn', '-p1', patch], {
      cwd: copy,
      encoding: 'utf8',
      env: { PATH: options.searchPath, GIT_CEILING_DIRECTORIES: dirname(copy), LANG: 'C' },
    });
    if (applied.status !== 0) return fail(refused(options, applied.error?.message ?? applied.stderr.trim()));
    const digest = store.takeTree(copy);
    store.putNote('patched-trees', key, formatTree(digest));
    return ok(digest);
  } finally {
    scratch.dispose();
  }
}

function readPatch(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function refused({ shown, label }: PatchedTreeOptions, reason: string): Diagnostic {
  return {
    code: 'F0319',
    severity: 'error',
    blame: 'input',
    message: `the patch \`${shown}\` cannot be applied to \`${label}\``,
    facts: [['reason', reason]],
    hints: ['write it with `git diff` in the unpacked crate, and give its version in the override so that it goes when the crate moves on'],
  };
}
