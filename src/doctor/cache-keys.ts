import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { globToRegExp } from '../repository/glob.ts';
import { spanAt } from '../repository/file-span.ts';
import { membersOf } from './cargo-workspaces.ts';
import { type CheckedRepository, directoryOf, isBelow, joined } from './checked-repository.ts';

const CALL = /hashFiles\(([^)]*)\)/g;
const SHOWN = 6;

/** F1109: keys of caches in GitHub's workflows that stay the same when what is cached changes, or that match no file at all. */
export function examineCacheKeys(repository: CheckedRepository): readonly Diagnostic[] {
  const workflows = repository.files.filter((path) => /(?:^|\/)\.github\/(?:workflows|actions)\/.*\.ya?ml$/.test(path));
  return workflows.flatMap((path) => {
    const text = repository.text(path) ?? '';
    return [...text.matchAll(/^.*$/gm)].flatMap(({ 0: line, index }) => {
      const calls = [...line.matchAll(CALL)];
      const patterns = calls.flatMap(([, list = '']) =>
        [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, one, other]) => one ?? other ?? ''),
      );
      const [first] = calls;
      if (first === undefined || patterns.length === 0) return [];
      const start = index + first.index;
      const span = spanAt({ file: path, text, start, end: index + line.trimEnd().length });
      return examineKey(repository, { patterns, isNix: /\bnix\b/.test(text) }).map((found): Diagnostic => ({
        code: 'F1109',
        severity: 'warning',
        blame: 'input',
        span,
        ...found,
      }));
    });
  });
}

interface CacheKey {
  readonly patterns: readonly string[];
  /** The workflow calls Nix. */
  readonly isNix: boolean;
}

type Found = Pick<Diagnostic, 'message' | 'facts' | 'hints'>;

function examineKey(repository: CheckedRepository, { patterns, isNix }: CacheKey): readonly Found[] {
  const matched = new Set(repository.files.filter((path) => matches(path, patterns)));
  if (matched.size === 0) {
    return [
      {
        message: `\`${patterns.join('`, `')}\` matches no file: the key never changes`,
        hints: ['correct the pattern; it counts from the root of the repository'],
      },
    ];
  }
  const missed = expectedFiles(repository, matched, isNix).filter((path) => !matched.has(path));
  if (missed.length === 0) return [];
  const more = missed.length > SHOWN ? `, and ${missed.length - SHOWN} more` : '';
  return [
    {
      message: `this key stays the same when ${missed.length === 1 ? 'a file changes' : `${missed.length} files change`} that what is cached depends on`,
      facts: [
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

/** What else decides what a lock's dependencies are built to: manifests (features, profiles), toolchain and configuration, and Nix's own lock. */
function expectedFiles(repository: CheckedRepository, matched: ReadonlySet<string>, isNix: boolean): readonly string[] {
  const cargo = [...matched].filter((path) => path.endsWith('Cargo.lock')).map(directoryOf);
  const python = [...matched].filter((path) => path.endsWith('uv.lock')).map(directoryOf);
  const manifests = cargo.flatMap((workspace) => [
    joined(workspace, 'Cargo.toml'),
    ...membersOf(repository, workspace).map((member) => joined(member, 'Cargo.toml')),
  ]);
  const above = (names: readonly string[], places: readonly string[]): readonly string[] =>
    repository.files.filter(
      (path) => names.some((name) => path === name || path.endsWith(`/${name}`)) && places.some((place) => isBelow(place, parentOf(path))),
    );
  return [
    ...new Set([
      ...manifests.filter((path) => repository.files.includes(path)),
      ...above(['rust-toolchain.toml', 'rust-toolchain', '.cargo/config.toml'], cargo),
      ...above(['.python-version'], python),
      ...(isNix ? above(['flake.lock'], [...cargo, ...python]) : []),
    ]),
  ].toSorted();
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
