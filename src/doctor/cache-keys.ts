import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { globToRegExp } from '../repository/glob.ts';
import { governorOf, membersOf } from './cargo-workspaces.ts';
import { type CheckedRepository, directoryOf, isBelow, joined } from './checked-repository.ts';
import { type CacheStep, cacheSteps } from './workflow-caches.ts';

const CALL = /hashFiles\(([^)]*)\)/g;
const SHOWN = 6;

/** F1109: keys of caches in GitHub's workflows that stay the same when what is cached changes, or that match no file at all. */
export function examineCacheKeys(repository: CheckedRepository): readonly Diagnostic[] {
  return cacheSteps(repository).flatMap((step) =>
    examineStep(repository, step).map((found): Diagnostic => ({
      code: 'F1109',
      severity: 'warning',
      blame: 'input',
      span: step.span,
      ...found,
    })),
  );
}

type Found = Pick<Diagnostic, 'message' | 'facts' | 'hints'>;

/** What is new in every run, or follows the sources by itself. */
const MOVING = /\$\{\{[^}]*\b(?:github\.(?:sha|run_id|run_number)|hashFiles|steps\.|needs\.|env\.|inputs\.)/;

function examineStep(repository: CheckedRepository, step: CacheStep): readonly Found[] {
  const patterns = [...step.key.matchAll(CALL)].flatMap(([, list = '']) =>
    [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, one, other]) => one ?? other ?? ''),
  );
  if (patterns.length === 0) return MOVING.test(step.key) || !keepsBuilds(step) ? [] : [unchanging(step)];
  const matched = new Set(repository.files.filter((path) => matches(path, patterns)));
  if (matched.size === 0) return isMadeElsewhere(repository, patterns) ? [] : [matchingNothing(patterns)];
  if (!keepsBuilds(step) || /\bgithub\.(?:sha|run_id|run_number)\b/.test(step.key)) return [];
  const missed = expectedFiles(repository, matched, step).filter((path) => !matched.has(path));
  if (missed.length === 0) return [];
  const more = missed.length > SHOWN ? `, and ${missed.length - SHOWN} more` : '';
  return [
    {
      message: `this key stays the same when ${missed.length === 1 ? 'a file changes' : `${missed.length} files change`} that what is cached depends on`,
      facts: [
        ['cached', step.paths.join(', ')],
        ['hashed', [...matched].slice(0, SHOWN).join(', ')],
        ['not hashed', `${missed.slice(0, SHOWN).join(', ')}${more}`],
      ],
      hints: [
        'a key that is found is never saved again: add these files to `hashFiles`',
        'with Ferrule keep its store under any key: each action in it has a key of its own, made from all it reads',
      ],
    },
  ];
}

/** Downloads are named by a lock alone; what was built from them is not. */
function keepsBuilds({ paths }: CacheStep): boolean {
  return paths.some((path) => /(?:^|\/)(?:[\w.-]*target|\.venv|venv)(?:\/|$)|\bnix\b|sccache/.test(path));
}

function unchanging({ paths }: CacheStep): Found {
  return {
    message: 'nothing of the repository is in this key: what was saved first is found ever after',
    facts: [['cached', paths.join(', ')]],
    hints: [
      'add `hashFiles` with the locks, the manifests and the toolchain',
      'with Ferrule keep its store under any key: each action in it has a key of its own, made from all it reads',
    ],
  };
}

function matchingNothing(patterns: readonly string[]): Found {
  return {
    message: `\`${patterns.join('`, `')}\` matches no file: the key never changes`,
    hints: ['correct the pattern, which counts from the root of the repository; a file that an earlier step makes is none of it'],
  };
}

/** A lock that git ignores is made in CI before the key is; and a doctor passes over directories, such as `tests`, that a pattern may name. */
function isMadeElsewhere(repository: CheckedRepository, patterns: readonly string[]): boolean {
  if (repository.ignoredLocks.some((path) => matches(path, patterns))) return true;
  return patterns.some((pattern) => {
    const fixed = (/^\.?\/?([^*?[]*)(?:\/|$)/.exec(pattern)?.[1] ?? '').replace(/\/$/, '');
    return (
      fixed !== '' && (matches(fixed, patterns) ? existsSync(join(repository.root, fixed)) : hasMatch(repository.root, fixed, patterns))
    );
  });
}

function hasMatch(root: string, directory: string, patterns: readonly string[]): boolean {
  return (readDirectories.list(join(root, directory)) ?? []).some(({ name, kind }) => {
    const path = `${directory}/${name}`;
    return kind === 'directory' ? hasMatch(root, path, patterns) : matches(path, patterns);
  });
}

/** What else decides what a lock's dependencies are built to: manifests (features, profiles), toolchain and configuration, and Nix's own lock. */
function expectedFiles(repository: CheckedRepository, matched: ReadonlySet<string>, step: CacheStep): readonly string[] {
  const crates = [...matched]
    .filter((path) => path.endsWith('Cargo.toml'))
    .map((path) => governorOf(repository, directoryOf(path)).directory);
  const cargo = [...new Set([...directoriesOf(matched, 'Cargo.lock'), ...crates])];
  const python = [...new Set([...directoriesOf(matched, 'uv.lock'), ...directoriesOf(matched, 'pyproject.toml')])];
  const manifests = cargo.flatMap((workspace) => [
    joined(workspace, 'Cargo.lock'),
    joined(workspace, 'Cargo.toml'),
    ...membersOf(repository, workspace).map((member) => joined(member, 'Cargo.toml')),
  ]);
  const above = (names: readonly string[], places: readonly string[]): readonly string[] =>
    repository.files.filter(
      (path) => names.some((name) => path === name || path.endsWith(`/${name}`)) && places.some((place) => isBelow(place, parentOf(path))),
    );
  // A key with the compiler's own version in it needs no file that says which.
  const namesCompiler = /\$\{\{[^}]*(?:rustc|rust|toolchain|cachekey)/i.test(step.key);
  const namesPython = /\$\{\{[^}]*python/i.test(step.key);
  return [
    ...new Set([
      ...manifests.filter((path) => repository.has(path)),
      ...python.map((project) => joined(project, 'uv.lock')).filter((path) => repository.has(path)),
      ...(namesCompiler ? [] : above(['rust-toolchain.toml', 'rust-toolchain'], cargo)),
      ...above(['.cargo/config.toml'], cargo),
      ...(namesPython ? [] : above(['.python-version'], python)),
      ...(step.usesNix && step.paths.some((path) => /\bnix\b/.test(path)) ? above(['flake.lock'], [...cargo, ...python]) : []),
    ]),
  ].toSorted();
}

function directoriesOf(paths: ReadonlySet<string>, name: string): readonly string[] {
  return [...paths].filter((path) => path === name || path.endsWith(`/${name}`)).map(directoryOf);
}

/** The directory that a file speaks for: that around `.cargo`, else its own. */
function parentOf(path: string): string {
  const directory = directoryOf(path);
  return directory === '.cargo' || directory.endsWith('/.cargo') ? directoryOf(directory) : directory;
}

/** As `@actions/glob` reads them: later patterns weigh more, `!` takes back. */
function matches(path: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const written of patterns) {
    const isNegated = written.startsWith('!');
    const pattern = (isNegated ? written.slice(1) : written).replace(/^\.?\//, '');
    if (globToRegExp(pattern)?.test(path) === true) matched = !isNegated;
  }
  return matched;
}
