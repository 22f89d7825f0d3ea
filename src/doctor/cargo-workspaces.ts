import { globToRegExp } from '../repository/glob.ts';
import { isTable } from '../rust/cargo/manifest.ts';
import { type CheckedRepository, directoryOf, isBelow, joined, oncePerDirectory } from './checked-repository.ts';
import { pathDependencies, stringsOf, valueAt } from './manifest-tables.ts';

/** The directory whose lock counts for a package (cargo `find_workspace_root`), and whether a workspace around it says it is none of its own. */
export interface Governor {
  readonly directory: string;
  readonly isExcluded: boolean;
}

/** Which workspace a package belongs to; the package itself when it is in none. */
export function governorOf(repository: CheckedRepository, directory: string): Governor {
  const table = repository.toml(joined(directory, 'Cargo.toml'));
  if (isTable(table?.['workspace'])) return { directory, isExcluded: false };
  const pointer = valueAt(table, 'package', 'workspace');
  if (typeof pointer === 'string') return { directory: joined(directory, pointer), isExcluded: false };
  for (let above = directory; above !== '';) {
    above = directoryOf(above);
    const workspace = repository.toml(joined(above, 'Cargo.toml'))?.['workspace'];
    if (!isTable(workspace)) continue;
    const inner = above === '' ? directory : directory.slice(above.length + 1);
    const isExcluded = stringsOf(workspace['exclude']).some((path) => isBelow(inner, path.replace(/\/$/, '')));
    if (!isExcluded) return { directory: above, isExcluded: false };
    return { directory, isExcluded: true };
  }
  return { directory, isExcluded: false };
}

/** Directories of the packages of a workspace: its own, those that `members` names, and those below it that these use by path. */
export const membersOf = oncePerDirectory((repository, workspace): readonly string[] => {
  const table = repository.toml(joined(workspace, 'Cargo.toml'));
  const written = stringsOf(valueAt(table, 'workspace', 'members')).map((pattern) => joined(workspace, pattern));
  const named = new Set([workspace, ...written]);
  const globs = written.map((pattern) => globToRegExp(pattern));
  const matches = (directory: string): boolean => named.has(directory) || globs.some((glob) => glob?.test(directory) === true);
  const members = new Set(repository.packages.filter((directory) => matches(directory)));
  for (const directory of members) {
    for (const used of cratesUsedBy(repository, workspace, directory)) {
      if (isBelow(used, workspace) && repository.packages.includes(used)) members.add(used);
    }
  }
  return [...members].filter((directory) => governorOf(repository, directory).directory === workspace).toSorted();
});

/** Directories of the crates that a member uses by path: by its own word, and through `core.workspace = true`. */
export function cratesUsedBy(repository: CheckedRepository, workspace: string, member: string): readonly string[] {
  const manifest = repository.toml(joined(member, 'Cargo.toml')) ?? {};
  const shared = pathDependencies(repository.toml(joined(workspace, 'Cargo.toml')) ?? {}).filter(({ keys }) => keys[0] === 'workspace');
  const tables = ['dependencies', 'build-dependencies', 'dev-dependencies'];
  return [
    ...pathDependencies(manifest)
      .filter(({ keys }) => keys[0] !== 'workspace')
      .map(({ path }) => joined(member, path)),
    ...shared
      .filter(({ name }) => tables.some((table) => valueAt(manifest, table, name, 'workspace') === true))
      .map(({ path }) => joined(workspace, path)),
  ];
}
