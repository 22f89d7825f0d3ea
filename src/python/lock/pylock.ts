import { dirname } from 'node:path';
import { type Diagnostic, fail, ok, type Result, type Span } from '../../diagnostics/diagnostic.ts';
import type { TomlPath } from '../../repository/toml-span.ts';
import { type DistributionName, normalizeName } from '../distribution-name.ts';
import { isTable, textOf, type TomlTable } from '../project/toml-reader.ts';
import { entrySpan, topSpan } from './lock-spans.ts';
import type { LockDocument } from './uv-lock.ts';

/** `pylock.toml` (PEP 751), version 1: every entry says by itself, with its marker, where it belongs. */
export interface Pylock {
  readonly kind: 'pylock';
  /** Absolute directory of the file. */
  readonly directory: string;
  readonly file: string;
  readonly text: string;
  readonly requiresPython: string | undefined;
  /** Markers: the lock covers their union. Empty: everything. */
  readonly supported: readonly string[];
  readonly extras: readonly DistributionName[];
  readonly groups: readonly DistributionName[];
  /** Groups that count unless others are named. */
  readonly defaultGroups: readonly DistributionName[];
  readonly packages: readonly PylockPackage[];
  readonly spanOf: (entry: PylockPackage, path?: TomlPath) => Span;
  readonly spanAtTop: (path: TomlPath) => Span;
}

/** One `[[packages]]`. Its files are as they stand in the document. */
export interface PylockPackage {
  readonly index: number;
  readonly name: DistributionName;
  readonly version: string | undefined;
  readonly marker: string | undefined;
  readonly requiresPython: string | undefined;
  readonly dependencies: readonly DistributionName[];
  /** Address of the index; `undefined`: not said. */
  readonly registry: string | undefined;
  readonly source:
    | { readonly kind: 'vcs' | 'directory' | 'archive'; readonly table: TomlTable }
    | { readonly kind: 'files'; readonly sdist: TomlTable | undefined; readonly wheels: readonly unknown[] };
}

/** F0920: not version 1. F0921: an entry without a name. */
export function readPylock(source: LockDocument): Result<Pylock> {
  const { document } = source;
  if (!String(document['lock-version']).startsWith('1.')) return fail(unknownVersion(source));
  const entries = Array.isArray(document['packages']) ? document['packages'] : [];
  const nameless = entries.findIndex((entry: unknown) => !isTable(entry) || typeof entry['name'] !== 'string');
  if (nameless !== -1) return fail(withoutName(source, nameless));
  return ok({
    kind: 'pylock',
    directory: dirname(source.path),
    file: source.file,
    text: source.text,
    requiresPython: textOf(document, 'requires-python'),
    supported: textsOf(document, 'environments'),
    extras: textsOf(document, 'extras').map(normalizeName),
    groups: textsOf(document, 'dependency-groups').map(normalizeName),
    defaultGroups: textsOf(document, 'default-groups').map(normalizeName),
    packages: entries.flatMap((entry: unknown, index) => (isTable(entry) ? readEntry(entry, index) : [])),
    spanOf: (entry, path = []) => entrySpan(source, { index: entry.index, path }),
    spanAtTop: (path) => topSpan(source, path),
  });
}

function readEntry(entry: TomlTable, index: number): PylockPackage {
  return {
    index,
    name: normalizeName(textOf(entry, 'name') ?? ''),
    version: textOf(entry, 'version'),
    marker: textOf(entry, 'marker'),
    requiresPython: textOf(entry, 'requires-python'),
    dependencies: listOf(entry, 'dependencies').flatMap((edge) => {
      const name = isTable(edge) ? textOf(edge, 'name') : undefined;
      return name === undefined ? [] : [normalizeName(name)];
    }),
    registry: textOf(entry, 'index'),
    source: readSource(entry),
  };
}

function readSource(entry: TomlTable): PylockPackage['source'] {
  for (const kind of ['vcs', 'directory', 'archive'] as const) {
    const table = entry[kind];
    if (isTable(table)) return { kind, table };
  }
  const sdist = entry['sdist'];
  return { kind: 'files', sdist: isTable(sdist) ? sdist : undefined, wheels: listOf(entry, 'wheels') };
}

function listOf(table: TomlTable, key: string): readonly unknown[] {
  const value = table[key];
  return Array.isArray(value) ? value : [];
}

function textsOf(table: TomlTable, key: string): readonly string[] {
  return listOf(table, key).filter((item) => typeof item === 'string');
}

function unknownVersion(source: LockDocument): Diagnostic {
  return {
    code: 'F0920',
    severity: 'error',
    blame: 'input',
    message: `\`${source.file}\` is no lock of version 1 (PEP 751)`,
    span: topSpan(source, ['lock-version']),
    hints: ['write it again, for instance with `uv export --format pylock.toml`'],
  };
}

function withoutName(source: LockDocument, index: number): Diagnostic {
  return {
    code: 'F0921',
    severity: 'error',
    blame: 'input',
    message: 'the entry must have a `name`',
    span: entrySpan(source, { index, path: [] }),
    hints: ['write the lock again; locks are not edited by hand'],
  };
}
