import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type CheckedRepository, directoryOf, isBelow, joined } from './checked-repository.ts';
import { placeOf, valueAt } from './manifest-tables.ts';

/** Toolchains that are not pinned: F1104. */
export function examineToolchains(repository: CheckedRepository): readonly Diagnostic[] {
  return [...unpinnedRust(repository), ...unpinnedPython(repository)];
}

/** A channel without a version or a date; a host may follow. */
const MOVING = /^(?:stable|beta|nightly)(?:-[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*)?$/;

function unpinnedRust(repository: CheckedRepository): readonly Diagnostic[] {
  const members = repository.files.filter((path) => path.endsWith('Cargo.lock')).map(directoryOf);
  const unpinned = members.filter((directory) => toolchainFile(repository, directory) === undefined);
  const files = new Set(members.flatMap((directory) => toolchainFile(repository, directory) ?? []));
  const moving = [...files].flatMap((file): readonly Diagnostic[] => {
    const text = repository.text(file) ?? '';
    const channel = valueAt(repository.toml(file), 'toolchain', 'channel') ?? text.trim();
    if (typeof channel !== 'string' || !MOVING.test(channel)) return [];
    const place = repository.toml(file) === undefined ? {} : placeOf(repository, file, ['toolchain', 'channel']);
    return [
      {
        code: 'F1104',
        severity: 'warning',
        blame: 'input',
        message: `\`${channel}\` is another compiler after every update`,
        ...place,
        hints: ['write the version that `rustc --version` prints, such as `channel = "1.95.0"`'],
      },
    ];
  });
  if (unpinned.length === 0) return moving;
  return [
    ...moving,
    {
      code: 'F1104',
      severity: 'warning',
      blame: 'input',
      message: 'no `rust-toolchain.toml` says which compiler is meant: two machines share results only if theirs are the same',
      facts: [['members', unpinned.map((directory) => directory || '.').join(', ')]],
      hints: ['write `rust-toolchain.toml` with `[toolchain]` and `channel = "1.95.0"`, the version that `rustc --version` prints'],
    },
  ];
}

function toolchainFile(repository: CheckedRepository, directory: string): string | undefined {
  for (let place = directory; ; place = directoryOf(place)) {
    const found = ['rust-toolchain', 'rust-toolchain.toml'].map((name) => joined(place, name)).find((path) => repository.has(path));
    if (found !== undefined || place === '') return found;
  }
}

function unpinnedPython(repository: CheckedRepository): readonly Diagnostic[] {
  if (repository.config.python.interpreter !== undefined) return [];
  const members = repository.files.filter((path) => path.endsWith('uv.lock')).map(directoryOf);
  const pinned = repository.files.filter((path) => path.endsWith('.python-version')).map(directoryOf);
  const unpinned = members.filter((directory) => !pinned.some((place) => isBelow(directory, place)));
  if (unpinned.length === 0) return [];
  return [
    {
      code: 'F1104',
      severity: 'warning',
      blame: 'input',
      message: 'no `.python-version` says which Python is meant: it is the newest that is installed and fits',
      facts: [['members', unpinned.map((directory) => directory || '.').join(', ')]],
      hints: ['run `uv python pin 3.12`, or write `interpreter = "3.12"` under `[python]` in `ferrule.toml`'],
    },
  ];
}
