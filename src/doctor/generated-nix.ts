import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import { type CheckedRepository, directoryOf, joined } from './checked-repository.ts';
import { isSign, tokenizeNix } from './nix-tokens.ts';

interface Package {
  readonly name: string;
  readonly version: string;
}

/** F1107: what crate2nix or cargo2nix has written from `Cargo.lock` is not what they would write now. */
export function examineGeneratedNix(repository: CheckedRepository): readonly Diagnostic[] {
  return repository.files
    .filter((path) => /(?:^|\/)(?:Cargo\.nix|crate-hashes\.json)$/.test(path))
    .flatMap((path) => {
      const lock = nearestLock(repository, path);
      if (lock === undefined) return [];
      const lockText = repository.text(lock) ?? '';
      const text = repository.text(path) ?? '';
      if (path.endsWith('.json')) return compareHashes({ path, text, lock, lockText });
      return compareCargoNix({ path, text, lock, locked: lockedPackages(lockText) });
    });
}

function nearestLock(repository: CheckedRepository, path: string): string | undefined {
  for (let place = directoryOf(path); ; place = directoryOf(place)) {
    const lock = joined(place, 'Cargo.lock');
    if (repository.has(lock)) return lock;
    if (place === '') return undefined;
  }
}

const LOCKED = /^\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"$/gm;

function lockedPackages(text: string): readonly Package[] {
  return [...text.matchAll(LOCKED)].map(([, name = '', version = '']) => ({ name, version }));
}

/** `crateName = "x"; version = "y";` (crate2nix) and `name = "x"; version = "y";` (cargo2nix). */
function generatedPackages(text: string): readonly (Package & { readonly start: number })[] {
  const tokens = tokenizeNix(text);
  return tokens.flatMap((token, index) => {
    const [, equals, name, end, key, second, version] = tokens.slice(index, index + 7);
    const isName = token.kind === 'word' && (token.text === 'crateName' || token.text === 'name');
    if (!isName || !isSign(equals, '=') || name?.kind !== 'string' || !isSign(end, ';')) return [];
    return key?.text === 'version' && isSign(second, '=') && version?.kind === 'string'
      ? [{ name: name.text, version: version.text, start: token.start }]
      : [];
  });
}

const SHOWN = 6;

function compareCargoNix(options: {
  readonly path: string;
  readonly text: string;
  readonly lock: string;
  readonly locked: readonly Package[];
}): readonly Diagnostic[] {
  const { path, text, lock, locked } = options;
  const generated = generatedPackages(text);
  if (generated.length === 0) return [];
  const missing = hasFewerFeatures(text) ? [] : without(locked, generated);
  const extra = without(generated, locked);
  if (missing.length + extra.length === 0) return [];
  return [
    {
      code: 'F1107',
      severity: 'warning',
      blame: 'input',
      message: `\`${path}\` no longer matches \`${lock}\``,
      span: spanAt({ file: path, text, start: extra[0]?.start ?? 0 }),
      facts: [
        ...(missing.length === 0 ? [] : [[`only in \`${lock}\``, listed(missing)] as const]),
        ...(extra.length === 0 ? [] : [[`only in \`${path}\``, listed(extra)] as const]),
      ],
      hints: ['generate it anew, and in CI fail when that changes it; Ferrule reads `Cargo.lock` itself and has no such file'],
    },
  ];
}

/** The head names the command. With less than all features crate2nix leaves out crates that the lock has for the others. */
function hasFewerFeatures(text: string): boolean {
  return /^#.*"--(?:no-default-features|default-features|features)"/m.test(text.slice(0, 2000));
}

function without<Named extends Package>(packages: readonly Named[], others: readonly Package[]): readonly Named[] {
  const known = new Set(others.map(({ name, version }) => `${name} ${version}`));
  return packages.filter(({ name, version }) => !known.has(`${name} ${version}`));
}

function listed(packages: readonly Package[]): string {
  const names = packages.map(({ name, version }) => `${name} ${version}`);
  const rest = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${rest}`;
}

/** Keys name the commit, in one of the spellings of crate2nix: `git+https://…?rev=…#name@version` and `name version (git+https://…#commit)`. */
function compareHashes(options: {
  readonly path: string;
  readonly text: string;
  readonly lock: string;
  readonly lockText: string;
}): readonly Diagnostic[] {
  const { path, text, lock, lockText } = options;
  const stale = [...text.matchAll(/"([^"]*git\+[^"]*)"\s*:/g)].filter(([, key = '']) => {
    const commits = key.match(/[0-9a-f]{40}/g) ?? [];
    return commits.length > 0 && commits.every((commit) => !lockText.includes(commit));
  });
  const [first] = stale;
  if (first === undefined) return [];
  return [
    {
      code: 'F1107',
      severity: 'warning',
      blame: 'input',
      message: `\`${path}\` has hashes of commits that \`${lock}\` does not name`,
      span: spanAt({ file: path, text, start: first.index, end: first.index + first[0].length }),
      hints: ['generate it anew; `ferrule lock` keeps `ferrule.lock` in step and `ferrule lock --check` says in CI when it is not'],
    },
  ];
}
