import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type CheckedRepository, directoryOf, joined } from './checked-repository.ts';
import { boundValue, type NixBinding, nixBindings } from './nix-bindings.ts';
import { type NixFile, spanOfTokens } from './nix-files.ts';
import { closingIndex, isSign, type NixToken } from './nix-tokens.ts';

/**
 * F1116: `outputHashes` of Nix glue that do not go with `Cargo.lock`. nixpkgs (`rust/import-cargo-lock.nix`) names packages, and refuses
 * a hash too many as well as a git dependency without one; crane names sources, and passes over what it does not find.
 */
export function examineOutputHashes(repository: CheckedRepository, files: readonly NixFile[]): readonly Diagnostic[] {
  return files.flatMap((file) => {
    const bindings = nixBindings(file.tokens);
    return bindings.flatMap((binding) => {
      if (binding.name !== 'outputHashes') return [];
      const [first] = binding.value;
      const hashes = first?.kind === 'word' && binding.value.length === 1 ? boundValue(bindings, first) : binding.value;
      if (hashes === undefined || !isSign(hashes[0], '{') || closingIndex(hashes, 0) !== hashes.length - 1) return [];
      const lock = lockBeside(repository, file, bindings, binding);
      return lock === undefined ? [] : compare(repository, { file, named: file.tokens[binding.index], hashes, lock });
    });
  });
}

/** The lock that the hashes are for: `lockFile` or `cargoLock` of the same set, else the nearest one of the repository, which a `lockFile` from elsewhere rules out. */
function lockBeside(
  repository: CheckedRepository,
  file: NixFile,
  bindings: readonly NixBinding[],
  { index }: NixBinding,
): string | undefined {
  const open = openingBefore(file.tokens, index);
  const close = open === undefined ? file.tokens.length : closingIndex(file.tokens, open);
  const beside = bindings.find(
    ({ name, index: at, value: written }) =>
      (name === 'lockFile' || name === 'cargoLock') && at > (open ?? 0) && at < close && !isSign(written[0], '{'),
  );
  if (beside !== undefined) {
    const [path] = beside.value;
    const lock = path?.kind === 'path' && beside.value.length === 1 ? joined(directoryOf(file.path), path.text) : undefined;
    return lock !== undefined && repository.has(lock) ? lock : undefined;
  }
  for (let place = directoryOf(file.path); ; place = directoryOf(place)) {
    const lock = joined(place, 'Cargo.lock');
    if (repository.has(lock)) return lock;
    if (place === '') return undefined;
  }
}

/** Index of the `{` that a token stands in. */
function openingBefore(tokens: readonly NixToken[], index: number): number | undefined {
  for (let at = index - 1, depth = 0; at >= 0; at -= 1) {
    if (isSign(tokens[at], '}')) depth += 1;
    if (!isSign(tokens[at], '{')) continue;
    if (depth === 0) return at;
    depth -= 1;
  }
  return undefined;
}

interface GitPackage {
  /** `poise-0.6.1` */
  readonly label: string;
  /** `git+https://…?branch=next#COMMIT` */
  readonly source: string;
  readonly commit: string;
}

const GIT_PACKAGE = /^\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"\nsource = "(git\+[^"#]+#([0-9a-f]{40}))"$/gm;

const SHOWN = 6;

function compare(
  repository: CheckedRepository,
  options: {
    readonly file: NixFile;
    /** The word `outputHashes`. */
    readonly named: NixToken | undefined;
    /** The set behind it. */
    readonly hashes: readonly NixToken[];
    readonly lock: string;
  },
): readonly Diagnostic[] {
  const { file, named, hashes, lock } = options;
  const packages = [...(repository.text(lock) ?? '').matchAll(GIT_PACKAGE)].map(
    ([, name = '', version = '', source = '', commit = '']): GitPackage => ({ label: `${name}-${version}`, source, commit }),
  );
  const entries = nixBindings(hashes).map(({ name, index }) => ({ name, token: hashes[index] }));
  const isOfSources = entries.some(({ name }) => name.startsWith('git+'));
  const known = new Map(packages.map((each) => [isOfSources ? each.source : each.label, each.commit]));
  const stale = entries.filter(({ name }) => !known.has(name));
  const covered = new Set(entries.map(({ name }) => known.get(name)));
  const fetchesAll = file.tokens.some(({ text }) => text === 'allowBuiltinFetchGit') || isOfSources;
  const missing = fetchesAll ? [] : packages.filter(({ commit }) => !covered.has(commit));
  const perCommit = [...new Map(missing.toReversed().map((each) => [each.commit, each.label])).values()].toReversed();
  if (stale.length + perCommit.length === 0) return [];
  const place = stale[0]?.token ?? named;
  return [
    {
      code: 'F1116',
      severity: 'warning',
      blame: 'input',
      message: `these hashes do not go with the git dependencies of \`${lock}\`${isOfSources ? '' : ', and nixpkgs then refuses to build'}`,
      ...(place === undefined ? {} : { span: spanOfTokens(file, place) }),
      facts: [
        ...(perCommit.length === 0 ? [] : [['without a hash', listed(perCommit)] as const]),
        ...(stale.length === 0 ? [] : [[`not in \`${lock}\``, listed(stale.map(({ name }) => name))] as const]),
      ],
      hints: ['correct them; `ferrule lock` keeps such hashes in step by itself, and `ferrule lock --check` says in CI when they are not'],
    },
  ];
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? `, and ${names.length - SHOWN} more` : ''}`;
}
