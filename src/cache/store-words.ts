import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { meantHint } from '../repository/did-you-mean.ts';

/** What words of a command line that name things to push come to. */
export interface StoreWords {
  /** Paths in the store, each once. */
  readonly paths: readonly string[];
  /** Words that are no paths: targets to be built. */
  readonly targets: readonly string[];
}

export interface StoreWordPlace {
  /** Absolute: what relative paths are relative to. */
  readonly directory: string;
  /** Such as `/nix/store`. */
  readonly storeDirectory: string;
}

/**
 * A word is a path when it looks like one (`/…`, `./…`, `../…`) or is a link into the store; anything else is a target. Without any words,
 * `result` and `result-*` of the directory. F1137: a path that does not lead into the store, or no results.
 */
export function readStoreWords(words: readonly string[], place: StoreWordPlace): Result<StoreWords> {
  const written = words.length > 0 ? words : resultsIn(place);
  if (written.length === 0) return fail(nothingBuilt());
  const isPath = (word: string): boolean => /^\.{0,2}\//.test(word) || storePath(word, place).ok;
  const paths = written.filter(isPath).map((word) => storePath(word, place));
  const problems = paths.flatMap((path) => (path.ok ? [] : path.diagnostics));
  if (problems.length > 0) return fail(...problems);
  return ok({
    paths: [...new Set(paths.flatMap((path) => (path.ok ? [path.value] : [])))],
    targets: written.filter((word) => !isPath(word)),
  });
}

/** Links that a build of Nix leaves behind; those of the local engine lead elsewhere. */
function resultsIn(place: StoreWordPlace): readonly string[] {
  return readdirSync(place.directory)
    .filter((name) => /^result(?:-|$)/.test(name) && storePath(name, place).ok)
    .toSorted();
}

function storePath(word: string, { directory, storeDirectory }: StoreWordPlace): Result<string> {
  const path = isAbsolute(word) ? word : resolve(directory, word);
  const real = existsSync(path) ? realpathSync(path) : undefined;
  if (real === undefined) return fail(notInStore(word, 'there is no such path'));
  const [name] = real.startsWith(`${storeDirectory}/`) ? real.slice(storeDirectory.length + 1).split('/') : [];
  if (name === undefined) return fail(notInStore(word, `it is \`${real}\`, outside of \`${storeDirectory}\``));
  return ok(join(storeDirectory, name));
}

function notInStore(word: string, reason: string): Diagnostic {
  return {
    code: 'F1137',
    severity: 'error',
    blame: 'input',
    message: `\`${word}\` is nothing in the Nix store: ${reason}`,
    hints: [...meantHint(word, ['result']), '`ferrule build --engine nix` builds into the Nix store and links the results there'],
  };
}

function nothingBuilt(): Diagnostic {
  return {
    code: 'F1137',
    severity: 'error',
    blame: 'input',
    message: 'there is nothing to push: no `result` here leads into the Nix store',
    hints: ['name targets or paths, or build first: `ferrule build --engine nix`'],
  };
}
