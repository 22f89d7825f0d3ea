import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { membersOf } from './cargo-workspaces.ts';
import { type CheckedRepository, directoryOf, isBelow, isOutside, joined } from './checked-repository.ts';
import { closingIndex, isSign, type NixToken } from './nix-tokens.ts';
import { type NixFile, spanOfTokens } from './nix-files.ts';
import { compiledInFiles } from './outside-files.ts';

/** What a filter lets through: all of a place, or what crane's filters take to be cargo's. */
interface Kept {
  readonly path: string;
  readonly isCargoOnly: boolean;
}

interface SourceFilter {
  readonly file: NixFile;
  readonly first: NixToken;
  readonly last: NixToken;
  readonly kept: readonly Kept[];
}

const SHOWN = 6;

/** F1114: filters of sources in Nix glue that leave out what is compiled in, or a member of the workspace. */
export function examineSourceFilters(repository: CheckedRepository, files: readonly NixFile[]): readonly Diagnostic[] {
  return files.flatMap((file) => sourceFilters(file).flatMap((filter) => examineFilter(repository, filter)));
}

function sourceFilters(file: NixFile): readonly SourceFilter[] {
  const { tokens } = file;
  return tokens.flatMap((token, index): readonly SourceFilter[] => {
    if (token.text === 'unions' && isSign(tokens[index + 1], '[')) {
      const close = closingIndex(tokens, index + 1);
      const kept = tokens.slice(index + 2, close).flatMap((each, offset) => keptBy(file, each, tokens[index + 1 + offset]));
      const isOfCargo = kept.some(({ path, isCargoOnly }) => isCargoOnly || /(?:^|\/)Cargo\.(?:toml|lock)$/.test(path));
      return isOfCargo ? [{ file, first: token, last: tokens[close] ?? token, kept }] : [];
    }
    if (token.text !== 'cleanCargoSource') return [];
    const path = tokens.slice(index + 1, index + 6).find((each) => each.kind === 'path');
    return path === undefined ? [] : [{ file, first: token, last: path, kept: [{ path: placed(file, path), isCargoOnly: true }] }];
  });
}

const CARGO_FILTERS: ReadonlySet<string> = new Set(['commonCargoSources', 'rust', 'cargoTomlAndLock', 'toml', 'configToml']);

function keptBy(file: NixFile, token: NixToken, before: NixToken | undefined): readonly Kept[] {
  if (token.kind !== 'path') return [];
  return [{ path: placed(file, token), isCargoOnly: before?.kind === 'word' && CARGO_FILTERS.has(before.text) }];
}

function placed(file: NixFile, { text }: NixToken): string {
  return joined(directoryOf(file.path), text);
}

function examineFilter(repository: CheckedRepository, filter: SourceFilter): readonly Diagnostic[] {
  const workspace = workspaceOf(repository, filter);
  if (workspace === undefined) return [];
  const members = membersOf(repository, workspace);
  const isKept = (path: string): boolean =>
    filter.kept.some(({ path: place, isCargoOnly }) => isBelow(path, place) && (!isCargoOnly || isCargoFile(path)));
  const missing = members.filter((member) => !isKept(joined(member, 'Cargo.toml')));
  const read = members
    .filter((member) => !missing.includes(member))
    .flatMap((member) => compiledInFiles(repository, member))
    .filter(({ target }) => !isOutside(target) && !keepsDirectory(repository, target, isKept));
  if (missing.length + read.length === 0) return [];
  const files = [...new Set(read.map(({ target }) => target))];
  const more = files.length > SHOWN ? `, and ${files.length - SHOWN} more` : '';
  return [
    {
      code: 'F1114',
      severity: 'warning',
      blame: 'input',
      message:
        missing.length > 0
          ? `this source leaves out ${missing.map((member) => `\`${member}\``).join(', ')}, which the workspace has as ${missing.length === 1 ? 'a member' : 'members'}`
          : `this source leaves out ${files.length === 1 ? 'a file that is' : `${files.length} files that are`} compiled in`,
      span: spanOfTokens(filter.file, filter.first, filter.last),
      facts: files.length === 0 ? [] : [['left out', `${files.slice(0, SHOWN).join(', ')}${more}`]],
      related: read.slice(0, 2).map(({ target, span }) => ({ message: `\`${target}\` is named here`, span })),
      hints: ['add them to the source; Ferrule finds what a crate compiles in by itself'],
    },
  ];
}

/** Of a directory that is compiled in, every file counts. */
function keepsDirectory(repository: CheckedRepository, target: string, isKept: (path: string) => boolean): boolean {
  if (repository.files.includes(target)) return isKept(target);
  return repository.files.filter((path) => isBelow(path, target)).every(isKept);
}

/** The workspace whose manifest the filter lets through. */
function workspaceOf(repository: CheckedRepository, { kept }: SourceFilter): string | undefined {
  const manifests = kept.map(({ path }) => (path.endsWith('Cargo.toml') ? directoryOf(path) : path));
  return manifests.find((place) => repository.toml(joined(place, 'Cargo.toml')) !== undefined);
}

function isCargoFile(path: string): boolean {
  return path.endsWith('.rs') || path.endsWith('.toml') || path.endsWith('Cargo.lock') || path.endsWith('.cargo/config');
}
