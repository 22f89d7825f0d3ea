import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isLiteral } from '../repository/glob.ts';
import { cratesUsedBy, governorOf, membersOf } from './cargo-workspaces.ts';
import { type CheckedRepository, directoryOf, isBelow, isOutside, joined } from './checked-repository.ts';
import { stringsOf, valueAt } from './manifest-tables.ts';
import { type NixFile, spanOfTokens } from './nix-files.ts';
import { type NixSource, nixSources } from './nix-sources.ts';
import { compiledInFiles } from './outside-files.ts';

const SHOWN = 6;

/** F1114: filters of sources in Nix glue that leave out what is compiled in, or a member that cargo misses. */
export function examineSourceFilters(repository: CheckedRepository, files: readonly NixFile[]): readonly Diagnostic[] {
  return files.flatMap((file) => nixSources(repository, file).flatMap((source) => examineSource(repository, source)));
}

function examineSource(repository: CheckedRepository, source: NixSource): readonly Diagnostic[] {
  const workspace = workspaceOf(repository, source);
  if (workspace === undefined) return [];
  const members = membersOf(repository, workspace);
  const kept = members.filter((member) => source.keeps(joined(member, 'Cargo.toml')));
  const needed = neededMembers(repository, workspace, kept);
  const missing = members.filter((member) => needed.has(member) && !source.keeps(joined(member, 'Cargo.toml')));
  const read = kept
    .flatMap((member) => compiledInFiles(repository, member))
    .filter(({ target, span }) => !isOutside(target) && source.keeps(span.file) && !keepsDirectory(repository, target, source));
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
      span: spanOfTokens(source.file, source.first, source.last),
      facts: files.length === 0 ? [] : [['left out', `${files.slice(0, SHOWN).join(', ')}${more}`]],
      related: read.slice(0, 2).map(({ target, span }) => ({ message: `\`${target}\` is named here`, span })),
      hints: ['add them to the source; Ferrule finds what a crate compiles in by itself'],
    },
  ];
}

/** Members that cargo wants to see: those that `members` names in full, and what the kept ones use by path. A glob is content with those that are there. */
function neededMembers(repository: CheckedRepository, workspace: string, kept: readonly string[]): ReadonlySet<string> {
  const named = stringsOf(valueAt(repository.toml(joined(workspace, 'Cargo.toml')), 'workspace', 'members'));
  const used = kept.flatMap((member) => cratesUsedBy(repository, workspace, member));
  return new Set([...named.filter(isLiteral).map((path) => joined(workspace, path)), ...used]);
}

/** Of a directory that is compiled in, every file counts. */
function keepsDirectory(repository: CheckedRepository, target: string, { keeps }: NixSource): boolean {
  if (repository.has(target)) return keeps(target);
  return repository.files.filter((path) => isBelow(path, target)).every(keeps);
}

/** The workspace or lone package whose manifest the source takes. */
function workspaceOf(repository: CheckedRepository, { places, keeps }: NixSource): string | undefined {
  return places
    .map((place) => (place.endsWith('Cargo.toml') ? directoryOf(place) : place))
    .find((place) => {
      const manifest = joined(place, 'Cargo.toml');
      return repository.toml(manifest) !== undefined && keeps(manifest) && governorOf(repository, place).directory === place;
    });
}
