import { globToRegExp } from '../repository/glob.ts';
import { isTable } from '../rust/cargo/manifest.ts';
import { type CheckedRepository, directoryOf, isBelow, joined } from './checked-repository.ts';
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
export function membersOf(repository: CheckedRepository, workspace: string): readonly string[] {
  const table = repository.toml(joined(workspace, 'Cargo.toml'));
  const patterns = stringsOf(valueAt(table, 'workspace', 'members')).map((pattern) => joined(workspace, pattern));
  const matches = (directory: string): boolean =>
    directory === workspace || patterns.some((pattern) => directory === pattern || globToRegExp(pattern)?.test(directory) === true);
  const members = new Set(repository.packages.filter((directory) => matches(directory)));
  for (const directory of members) {
    for (const { path } of pathDependencies(repository.toml(joined(directory, 'Cargo.toml')) ?? {})) {
      const used = joined(directory, path);
      if (isBelow(used, workspace) && repository.packages.includes(used)) members.add(used);
    }
  }
  return [...members].filter((directory) => governorOf(repository, directory).directory === workspace).toSorted();
}
