import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { sha256Of } from '../model/digest.ts';
import type { GitPlace } from '../repository/place-name.ts';
import type { ProcessRunner } from '../rust/cargo/process.ts';
import type { Store } from '../store/store.ts';
import { findProgram } from './find-program.ts';

export interface GitCheckoutRequest {
  readonly place: GitPlace;
  /** Absolute: checkouts are kept here, one directory for each address and commit. */
  readonly checkouts: string;
  /** Which commit a reference was last. */
  readonly store: Pick<Store, 'getNote' | 'putNote'>;
  /** The user's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly offline: boolean;
  readonly run: ProcessRunner;
  readonly onProgress: (text: string) => void;
}

const NOTES = 'git-references';

/**
 * A checkout of one commit with its submodules, fetched at the first time and then there. A reference is asked for each time; offline
 * it is what it was last. Answers the absolute directory. F1123: git cannot fetch it. F1124: there is no git.
 */
export async function gitCheckout(request: GitCheckoutRequest): Promise<Result<string>> {
  const { place, checkouts } = request;
  const git = findProgram('git', request.environment['PATH'] ?? '');
  if (git === undefined) return fail(noGit());
  const revision = place.revision === undefined ? await currentRevision(request, git) : ok(place.revision);
  if (!revision.ok) return revision;
  const directory = join(checkouts, sha256Of(`${place.url}#${revision.value}`).slice(0, 16));
  if (existsSync(directory)) return ok(directory);
  if (request.offline) return fail(cannotFetch(place, 'it is not on this machine, and `--offline` was given'));
  request.onProgress(`${place.url} at ${revision.value.slice(0, 12)}`);
  const beside = `${directory}.${process.pid}`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true });
  try {
    const steps: readonly (readonly string[])[] = [
      ['init', '--quiet', '.'],
      ['fetch', '--quiet', '--depth=1', '--', place.url, revision.value],
      ['-c', 'advice.detachedHead=false', 'checkout', '--quiet', revision.value],
      ['submodule', '--quiet', 'update', '--init', '--recursive', '--depth=1'],
    ];
    for (const words of steps) {
      const done = await ask(request, git, { words, directory: beside });
      if (!done.ok) return done;
    }
    if (!existsSync(directory)) renameSync(beside, directory);
    return ok(directory);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

async function currentRevision(request: GitCheckoutRequest, git: string): Promise<Result<string>> {
  const { place, store, checkouts, offline } = request;
  const key = `${place.url}#${place.reference ?? ''}`;
  if (offline) {
    const known = store.getNote(NOTES, key);
    return known === undefined ? fail(cannotFetch(place, 'it was never fetched, and `--offline` was given')) : ok(known);
  }
  const names =
    place.reference === undefined
      ? ['HEAD']
      : [`refs/heads/${place.reference}`, `refs/tags/${place.reference}^{}`, `refs/tags/${place.reference}`];
  mkdirSync(checkouts, { recursive: true });
  const asked = await ask(request, git, { words: ['ls-remote', '--', place.url, ...names], directory: checkouts });
  if (!asked.ok) return asked;
  const found = new Map(asked.value.split('\n').map((line) => [line.split('\t')[1] ?? '', line.split('\t')[0] ?? '']));
  const revision = names.map((name) => found.get(name)).find((commit) => commit !== undefined);
  if (revision === undefined) return fail(cannotFetch(place, `it has no branch or tag \`${place.reference ?? 'HEAD'}\``));
  store.putNote(NOTES, key, revision);
  return ok(revision);
}

async function ask(
  { environment, run, place }: GitCheckoutRequest,
  program: string,
  { words, directory }: { readonly words: readonly string[]; readonly directory: string },
): Promise<Result<string>> {
  const outcome = await run({ program, arguments: words, environment: { ...environment, GIT_TERMINAL_PROMPT: '0' }, directory });
  return outcome.exitCode === 0
    ? ok(outcome.stdout)
    : fail({ ...cannotFetch(place, `\`git ${words[0] ?? ''}\` failed`), output: outcome.stderr });
}

function cannotFetch(place: GitPlace, reason: string): Diagnostic {
  return {
    code: 'F1123',
    severity: 'error',
    blame: 'infrastructure',
    message: `\`${place.url}\` cannot be fetched: ${reason}`,
    hints: ['try `git ls-remote` with the same address: Ferrule uses git as you do, with your settings and keys'],
  };
}

function noGit(): Diagnostic {
  return {
    code: 'F1124',
    severity: 'error',
    blame: 'infrastructure',
    message: '`git` was not found, and a repository is to be fetched',
    hints: ['install git'],
  };
}
