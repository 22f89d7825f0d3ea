import { fail, type Result } from '../../diagnostics/diagnostic.ts';
import type { Digest } from '../../model/digest.ts';
import type { ResolvedSource } from '../../python/resolution.ts';
import type { FerruleLock } from '../../repository/ferrule-lock.ts';
import { gitTree } from '../../source/git-tree.ts';
import type { RunContext } from '../run-context.ts';

/**
 * A git source at its commit, as a tree without `.git`: fetched alone where the server allows it, with its submodules, as uv does. What was
 * fetched once is not fetched again. F0341: git fails.
 */
export async function checkedOut(options: {
  readonly context: RunContext;
  readonly source: Extract<ResolvedSource, { kind: 'git' }>;
  readonly label: string;
  readonly lock: FerruleLock | undefined;
}): Promise<Result<Digest>> {
  const { context, source, label, lock } = options;
  const { store, request } = context;
  const { url, revision } = source;
  const scratch = store.scratch();
  try {
    const known = gitTree({ store, url, revision, checkout: `${scratch.path}/none`, lock });
    if (known.ok || known.diagnostics.some(({ code }) => code !== 'F0317')) return known;
    const environment = { ...request.environment, GIT_TERMINAL_PROMPT: '0', ...(source.lfs ? {} : { GIT_LFS_SKIP_SMUDGE: '1' }) };
    const checkout = `${scratch.path}/checkout`;
    const steps: readonly (readonly string[])[] = [
      ['init', '--quiet', checkout],
      ['-C', checkout, 'remote', 'add', 'origin', url],
      ['-C', checkout, 'fetch', '--quiet', '--depth=1', 'origin', revision],
      ['-C', checkout, 'checkout', '--quiet', '--detach', 'FETCH_HEAD'],
      ['-C', checkout, 'submodule', '--quiet', 'update', '--init', '--recursive'],
    ];
    const git = async (words: readonly string[]): Promise<string | undefined> => {
      const done = await context.process({ program: '/usr/bin/env', arguments: ['git', ...words], environment, directory: scratch.path });
      return done.exitCode === 0 ? undefined : done.stderr;
    };
    for (const words of steps) {
      const problem = (await git(words)) === undefined ? undefined : await git(wholeInstead(words, revision));
      if (problem !== undefined) {
        return fail({
          code: 'F0341',
          severity: 'error',
          blame: 'infrastructure',
          message: `git could not fetch the sources of \`${label}\``,
          facts: [
            ['repository', url],
            ['commit', revision],
          ],
          hints: ['check the address and your access to it with `git ls-remote`'],
          output: problem,
        });
      }
    }
    return gitTree({ store, url, revision, checkout, lock });
  } finally {
    scratch.dispose();
  }
}

/** For servers that do not give a single commit: everything is fetched, and the commit checked out. */
function wholeInstead(words: readonly string[], revision: string): readonly string[] {
  if (words.includes('fetch'))
    return [...words.filter((word) => word !== '--depth=1' && word !== revision), '+refs/*:refs/remotes/origin/*'];
  return words.map((word) => (word === 'FETCH_HEAD' ? revision : word));
}
