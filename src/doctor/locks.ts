import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import { isTable } from '../rust/cargo/manifest.ts';
import { governorOf, membersOf } from './cargo-workspaces.ts';
import { type CheckedRepository, directoryOf, isBelow, joined } from './checked-repository.ts';
import { pathDependencies, valueAt } from './manifest-tables.ts';

/** Locks that are missing (F1100) or that git ignores (F1101). `isNothingBuilt`: there is no other lock either, so that a build stops at these. */
export function examineLocks(
  repository: CheckedRepository,
  { isNothingBuilt }: { readonly isNothingBuilt: boolean },
): readonly Diagnostic[] {
  const missing = [...missingCargoLocks(repository), ...missingPythonLocks(repository)];
  return [
    ...missing.map((found): Diagnostic => ({ ...found, severity: isNothingBuilt ? 'error' : found.severity })),
    ...missingFlakeLocks(repository),
    ...ignoredLocks(repository),
  ];
}

function has(repository: CheckedRepository, path: string): boolean {
  return repository.has(path) || repository.ignoredLocks.includes(path);
}

function missingCargoLocks(repository: CheckedRepository): readonly Diagnostic[] {
  const used = new Set(
    repository.packages.flatMap((directory) =>
      pathDependencies(repository.toml(joined(directory, 'Cargo.toml')) ?? {}).map(({ path }) => joined(directory, path)),
    ),
  );
  const roots = new Set<string>();
  const strays: Diagnostic[] = [];
  for (const directory of repository.packages) {
    const governor = governorOf(repository, directory);
    // What a workspace excludes is meant for elsewhere; a crate that others use by path is built with their locks.
    if (governor.isExcluded || used.has(directory)) continue;
    if (directory === governor.directory || membersOf(repository, governor.directory).includes(directory)) roots.add(governor.directory);
    else strays.push(stray(directory, governor.directory));
  }
  const missing = [...roots].filter((root) => !has(repository, joined(root, 'Cargo.lock')));
  return [...missing.map(noCargoLock), ...strays];
}

function noCargoLock(root: string): Diagnostic {
  return {
    code: 'F1100',
    severity: 'warning',
    blame: 'input',
    message: `\`${joined(root, 'Cargo.toml')}\` has no \`Cargo.lock\`: it is no member, and nothing of it is built`,
    hints: [`run \`cargo generate-lockfile\` in \`${root === '' ? '.' : root}\` and keep the file under version control`],
  };
}

function stray(directory: string, workspace: string): Diagnostic {
  return {
    code: 'F1100',
    severity: 'warning',
    blame: 'input',
    message: `\`${joined(directory, 'Cargo.toml')}\` lies in a workspace that does not have it as a member: cargo refuses it, and nothing of it is built`,
    facts: [['workspace', joined(workspace, 'Cargo.toml')]],
    hints: ['name it under `members`, or under `exclude` and give it a lock of its own'],
  };
}

function missingPythonLocks(repository: CheckedRepository): readonly Diagnostic[] {
  const manifests = repository.files.filter((path) => path.endsWith('pyproject.toml') && repository.toml(path) !== undefined);
  const used = new Set(manifests.flatMap((path) => uvPaths(repository, path)));
  return manifests.flatMap((path) => {
    const directory = directoryOf(path);
    const locks = ['uv.lock', 'pylock.toml'].map((name) => joined(directory, name));
    const isProject = isTable(repository.toml(path)?.['project']);
    if (!isProject && isTable(valueAt(repository.toml(path), 'tool', 'poetry', 'dependencies'))) return [poetryProject(path)];
    if (!isProject || used.has(directory) || isInUvWorkspace(repository, directory) || locks.some((lock) => has(repository, lock)))
      return [];
    const other = ['poetry.lock', 'pdm.lock', 'Pipfile.lock'].find((name) => has(repository, joined(directory, name)));
    return [
      {
        code: 'F1100',
        severity: 'warning',
        blame: 'input',
        message: `\`${path}\` has no \`uv.lock\`: it is no member, and nothing of it is built`,
        ...(other === undefined ? {} : { facts: [['there is', `${other}, which Ferrule does not read`] as const] }),
        hints: [`run \`uv lock\` in \`${directory === '' ? '.' : directory}\` and keep the file under version control`],
      },
    ];
  });
}

function poetryProject(manifest: string): Diagnostic {
  return {
    code: 'F1100',
    severity: 'warning',
    blame: 'input',
    message: `\`${manifest}\` has Poetry's own tables and no \`[project]\`: neither uv nor Ferrule reads them, and nothing of it is built`,
    hints: ['run `uvx migrate-to-uv`, or write `[project]` by hand, and then `uv lock`'],
  };
}

/** Projects that another one uses by path, through `[tool.uv.sources]`. */
function uvPaths(repository: CheckedRepository, manifest: string): readonly string[] {
  const sources = valueAt(repository.toml(manifest), 'tool', 'uv', 'sources');
  return Object.values(isTable(sources) ? sources : {}).flatMap((source) =>
    (Array.isArray(source) ? source : [source]).flatMap((each) =>
      isTable(each) && typeof each['path'] === 'string' ? [joined(directoryOf(manifest), each['path'])] : [],
    ),
  );
}

function isInUvWorkspace(repository: CheckedRepository, directory: string): boolean {
  for (let above = directory; above !== '';) {
    above = directoryOf(above);
    if (isTable(valueAt(repository.toml(joined(above, 'pyproject.toml')), 'tool', 'uv', 'workspace'))) return true;
  }
  return false;
}

function missingFlakeLocks(repository: CheckedRepository): readonly Diagnostic[] {
  return repository.files
    .filter((path) => path === 'flake.nix' || path.endsWith('/flake.nix'))
    .filter((path) => /\binputs\b/.test(repository.text(path) ?? '') && !has(repository, joined(directoryOf(path), 'flake.lock')))
    .map((path) => ({
      code: 'F1100',
      severity: 'warning',
      blame: 'input',
      message: `\`${path}\` has no \`flake.lock\`: its inputs are whatever they are today`,
      hints: [`run \`nix flake lock\` in \`${directoryOf(path) || '.'}\` and keep the file under version control`],
    }));
}

function ignoredLocks(repository: CheckedRepository): readonly Diagnostic[] {
  return repository.ignoredLocks.map((lock) => ({
    code: 'F1101',
    severity: 'warning',
    blame: 'input',
    message: `git ignores \`${lock}\`: another checkout does not have it, and resolves to something else`,
    ...ignoringLine(repository, lock),
    hints: [`remove the pattern, and \`git add ${lock}\``],
  }));
}

/** The last line of the nearest `.gitignore` that names the file, as far as that can be seen from its text. */
function ignoringLine(repository: CheckedRepository, lock: string): Pick<Diagnostic, 'span'> {
  const name = lock.slice(lock.lastIndexOf('/') + 1);
  const files = repository.files.filter((path) => path.endsWith('.gitignore') && isBelow(lock, directoryOf(path))).toReversed();
  for (const file of files) {
    const text = repository.text(file) ?? '';
    const line = [...text.matchAll(/^.*$/gm)].findLast(
      ([written]) => !written.startsWith('#') && (written.includes(name) || written.trim() === '*.lock'),
    );
    if (line !== undefined && line[0].trim() !== '')
      return { span: spanAt({ file, text, start: line.index, end: line.index + line[0].length }) };
  }
  return {};
}
