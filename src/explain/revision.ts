import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { findProgram } from '../plan/find-program.ts';
import type { ProcessOutcome, ProcessRunner } from '../rust/cargo/process.ts';

/** A checkout of a git revision beside the user's, until it is disposed of. */
export interface RevisionCheckout {
  /** Absolute: what is `directory` in the user's checkout. */
  readonly directory: string;
  /** Absolute: what is the repository's root there. */
  readonly root: string;
  /** Full name of the commit. */
  readonly commit: string;
  readonly dispose: () => Promise<void>;
}

/** Checks a revision out in a temporary directory (`git worktree`). F1083: there is no git, no repository or no such revision. */
export async function checkOutRevision(options: {
  readonly revision: string;
  /** Absolute root of the repository. */
  readonly root: string;
  /** Absolute. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly run: ProcessRunner;
}): Promise<Result<RevisionCheckout>> {
  const { revision, root, directory, environment, run } = options;
  const program = findProgram('git', environment['PATH'] ?? '');
  if (program === undefined) return fail(noRevision(revision, '`git` is not installed'));
  const git = async (...words: readonly string[]): Promise<ProcessOutcome> =>
    await run({ program, arguments: words, environment, directory: root });
  const found = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`);
  const top = await git('rev-parse', '--show-toplevel');
  if (top.exitCode !== 0) return fail(noRevision(revision, top.stderr.trim()));
  if (found.exitCode !== 0) return fail(noRevision(revision, 'there is no such commit'));
  const commit = found.stdout.trim();
  const place = mkdtempSync(join(tmpdir(), 'ferrule-revision-'));
  const worktree = join(place, 'checkout');
  const dispose = async (): Promise<void> => {
    await git('worktree', 'remove', '--force', worktree);
    rmSync(place, { recursive: true, force: true });
    await git('worktree', 'prune');
  };
  const added = await git('worktree', 'add', '--detach', '--quiet', worktree, commit);
  if (added.exitCode !== 0) {
    await dispose();
    return fail(noRevision(revision, added.stderr.trim()));
  }
  const inside = (path: string): string => join(worktree, relative(top.stdout.trim(), path));
  return ok({ directory: inside(directory), root: inside(root), commit, dispose });
}

function noRevision(revision: string, reason: string): Diagnostic {
  return {
    code: 'F1083',
    severity: 'error',
    blame: 'input',
    message: `the revision \`${revision}\` cannot be checked out`,
    facts: [['reason', reason]],
    hints: ['name a commit, a tag or a branch of the git repository that this directory is in'],
  };
}
