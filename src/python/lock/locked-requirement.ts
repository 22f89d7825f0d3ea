import type { TomlPath } from '../../repository/toml-span.ts';
import { normalizeName } from '../distribution-name.ts';
import { isTable, textOf, type TomlTable } from '../project/toml-reader.ts';
import type { LockedRequirement, RequirementOrigin } from './lock.ts';

/** Reads `requires-dist`, or one group of `requires-dev`. What is no requirement is passed over. */
export function readRequirements(value: unknown, path: TomlPath): readonly LockedRequirement[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown, index) => {
    const requirement = isTable(item) ? readRequirement(item, [...path, index]) : undefined;
    return requirement === undefined ? [] : [requirement];
  });
}

function readRequirement(table: TomlTable, path: TomlPath): LockedRequirement | undefined {
  const name = textOf(table, 'name');
  if (name === undefined) return undefined;
  const extras = Array.isArray(table['extras']) ? table['extras'].filter((extra) => typeof extra === 'string') : [];
  return {
    name: normalizeName(name),
    extras: extras.map(normalizeName),
    marker: textOf(table, 'marker'),
    specifier: textOf(table, 'specifier'),
    origin: readOrigin(table),
    path,
  };
}

function readOrigin(table: TomlTable): RequirementOrigin {
  const git = textOf(table, 'git');
  if (git !== undefined) return { kind: 'git', url: git };
  const url = textOf(table, 'url');
  if (url !== undefined) {
    const subdirectory = textOf(table, 'subdirectory');
    return { kind: 'url', url: subdirectory === undefined ? url : `${url}#subdirectory=${subdirectory}` };
  }
  const archive = textOf(table, 'path');
  if (archive !== undefined) return { kind: 'path', path: archive, form: 'archive' };
  for (const form of ['directory', 'editable', 'virtual'] as const) {
    const path = textOf(table, form);
    if (path !== undefined) return { kind: 'path', path, form };
  }
  return { kind: 'registry', index: textOf(table, 'index') };
}
