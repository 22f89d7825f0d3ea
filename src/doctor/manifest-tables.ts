import type { TomlTable, TomlValue } from 'smol-toml';
import type { Span } from '../diagnostics/diagnostic.ts';
import { spanOfToml, type TomlPath } from '../repository/toml-span.ts';
import { isTable } from '../rust/cargo/manifest.ts';
import type { CheckedRepository } from './checked-repository.ts';

/** The value at a path of keys; `undefined` when there is none. */
export function valueAt(table: TomlTable | undefined, ...keys: readonly string[]): TomlValue | undefined {
  let value: TomlValue | undefined = table;
  for (const key of keys) value = isTable(value) ? value[key] : undefined;
  return value;
}

/** The strings of an array; empty for anything else. */
export function stringsOf(value: TomlValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** Where a value of a file stands. */
export function placeOf(
  repository: CheckedRepository,
  file: string,
  path: TomlPath,
  part: 'key' | 'value' = 'value',
): { readonly span?: Span } {
  const span = spanOfToml({ file, text: repository.text(file) ?? '', path, part });
  return span === undefined ? {} : { span };
}

/** A dependency by path, as some table of a `Cargo.toml` has it. */
export interface PathDependency {
  readonly name: string;
  /** As written. */
  readonly path: string;
  /** Where it stands in the manifest. */
  readonly keys: readonly string[];
}

const DEPENDENCY_TABLES = ['dependencies', 'build-dependencies', 'dev-dependencies'] as const;

/** Dependencies by path of a manifest: its own, those of its platforms, and those of its workspace. */
export function pathDependencies(table: TomlTable): readonly PathDependency[] {
  const targets = isTable(table['target']) ? Object.entries(table['target']) : [];
  const places: readonly (readonly [readonly string[], TomlValue | undefined])[] = [
    ...DEPENDENCY_TABLES.map((name): readonly [readonly string[], TomlValue | undefined] => [[name], table[name]]),
    [['workspace', 'dependencies'], valueAt(table, 'workspace', 'dependencies')],
    ...targets.flatMap(([target, value]) =>
      DEPENDENCY_TABLES.map((name): readonly [readonly string[], TomlValue | undefined] => [
        ['target', target, name],
        isTable(value) ? value[name] : undefined,
      ]),
    ),
  ];
  return places.flatMap(([keys, dependencies]) =>
    Object.entries(isTable(dependencies) ? dependencies : {}).flatMap(([name, value]) =>
      isTable(value) && typeof value['path'] === 'string' ? [{ name, path: value['path'], keys: [...keys, name, 'path'] }] : [],
    ),
  );
}
