import { dirname } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { TomlPath } from '../../repository/toml-span.ts';
import { type DistributionName, normalizeName } from '../distribution-name.ts';
import { isTable, type TomlTable } from '../project/toml-reader.ts';
import { entrySpan, topSpan } from './lock-spans.ts';
import type { LockConflict, LockedMetadata, LockedPackage, LockedRequirement, LockEdge, LockManifest, UvLock } from './lock.ts';
import { readRequirements } from './locked-requirement.ts';
import { readSource } from './locked-source.ts';

/** A lock's text and its parsed document. */
export interface LockDocument {
  /** Absolute path of the file. */
  readonly path: string;
  readonly file: string;
  readonly text: string;
  readonly document: TomlTable;
}

/** Something in an entry that cannot be what it is. */
interface EntryProblem {
  readonly index: number;
  readonly path: TomlPath;
  readonly message: string;
}

/**
 * Takes a `uv.lock` apart. Of the wheels nothing is looked at: a lock has thousands, an environment needs a few.
 *
 * F0920: not version 1. F0921: an entry that cannot be understood, or two with one identity.
 */
export function readUvLock(source: LockDocument): Result<UvLock> {
  const { document } = source;
  if (document['version'] !== 1) return fail(unknownVersion(source));
  const entries = readEntries(document['package'] ?? document['distribution']);
  if (entries.problems.length > 0) return fail(...entries.problems.map((problem) => malformed(source, problem)));
  return ok(lockWith(source, () => entries));
}

/** A lock that {@link readUvLock} has found right before. `entries`: its `package`, of which nothing is read before somebody asks. */
export function knownUvLock(source: LockDocument, entries: () => unknown): UvLock {
  let known: Entries | undefined;
  return lockWith(source, () => (known ??= readEntries(entries())));
}

/** The entries of a lock. */
interface Entries extends Pick<UvLock, 'packages' | 'byName'> {
  readonly problems: readonly EntryProblem[];
}

function readEntries(value: unknown): Entries {
  const reading = new EntryReading();
  const packages = listOf(value).flatMap((entry, index) => reading.entry(entry, index) ?? []);
  const byName = groupByName(packages);
  reading.checkIdentities(byName);
  return { packages, byName, problems: reading.problems };
}

function lockWith(source: LockDocument, entries: () => Entries): UvLock {
  const { document } = source;
  return {
    kind: 'uv',
    directory: dirname(source.path),
    file: source.file,
    text: source.text,
    revision: typeof document['revision'] === 'number' ? document['revision'] : 0,
    requiresPython: textOf(document['requires-python']),
    forks: textsOf(document['resolution-markers'] ?? document['environment-markers']),
    supported: textsOf(document['supported-markers']),
    required: textsOf(document['required-markers']),
    conflicts: listOf(document['conflicts']).map((set) => listOf(set).flatMap((item) => readConflict(item) ?? [])),
    manifest: readManifest(document['manifest']),
    get packages() {
      return entries().packages;
    },
    get byName() {
      return entries().byName;
    },
    spanOf: (entry, path = []) => entrySpan(source, { index: entry.index, path }),
    spanAtTop: (path) => topSpan(source, path),
  };
}

class EntryReading {
  readonly problems: EntryProblem[] = [];

  entry(entry: unknown, index: number): LockedPackage | undefined {
    if (!isTable(entry)) return this.#problem(index, [], 'must be a table');
    const name = textOf(entry['name']);
    if (name === undefined) return this.#problem(index, ['name'], 'must be a string');
    const source = readSource(entry['source']);
    if (!source.ok) return this.#problem(index, ['source'], source.message);
    const version = textOf(entry['version']);
    if (version === undefined && source.source.kind === 'registry') return this.#problem(index, [], 'must have a `version`');
    return {
      index,
      name: normalizeName(name),
      version,
      source: source.source,
      forks: textsOf(entry['resolution-markers'] ?? entry['environment-markers']),
      dependencies: this.#edges(entry['dependencies'], index, ['dependencies']),
      extras: this.#edgeGroups(entry, index, ['optional-dependencies']),
      groups: this.#edgeGroups(entry, index, ['dev-dependencies', 'dependency-groups']),
      sdist: isTable(entry['sdist']) ? entry['sdist'] : undefined,
      wheels: listOf(entry['wheels']),
      metadata: readMetadata(entry['metadata']),
    };
  }

  /** Two entries of one name, version and source could not be told apart by any edge. */
  checkIdentities(byName: ReadonlyMap<DistributionName, readonly LockedPackage[]>): void {
    for (const [name, entries] of byName) {
      if (entries.length === 1) continue;
      const seen = new Set<string>();
      for (const { index, version, source } of entries) {
        const identity = `${version ?? ''} ${source.key}`;
        if (seen.has(identity)) this.#problem(index, [], `repeats another one of \`${name}\`: version and source are the same`);
        seen.add(identity);
      }
    }
  }

  #edgeGroups(entry: TomlTable, index: number, keys: readonly string[]): ReadonlyMap<DistributionName, readonly LockEdge[]> {
    for (const key of keys) {
      const table = entry[key];
      if (!isTable(table)) continue;
      return new Map(Object.entries(table).map(([name, edges]) => [normalizeName(name), this.#edges(edges, index, [key, name])]));
    }
    return NO_EDGES;
  }

  #edges(value: unknown, index: number, path: TomlPath): readonly LockEdge[] {
    return listOf(value).flatMap((edge, position) => this.#edge(edge, index, [...path, position]) ?? []);
  }

  #edge(edge: unknown, index: number, path: TomlPath): LockEdge | undefined {
    const name = isTable(edge) ? textOf(edge['name']) : undefined;
    if (!isTable(edge) || name === undefined) return this.#problem(index, path, 'must be a table with a `name`');
    const source = edge['source'] === undefined ? undefined : readSource(edge['source']);
    if (source?.ok === false) return this.#problem(index, [...path, 'source'], source.message);
    return {
      name: normalizeName(name),
      version: textOf(edge['version']),
      source: source?.source.key,
      extras: namesOf(edge['extra']),
      marker: textOf(edge['marker']),
    };
  }

  #problem(index: number, path: TomlPath, message: string): undefined {
    this.problems.push({ index, path, message });
    return undefined;
  }
}

function groupByName(packages: readonly LockedPackage[]): ReadonlyMap<DistributionName, readonly LockedPackage[]> {
  const groups = new Map<DistributionName, LockedPackage[]>();
  for (const entry of packages) {
    const group = groups.get(entry.name);
    if (group === undefined) groups.set(entry.name, [entry]);
    else group.push(entry);
  }
  return groups;
}

const NO_EDGES: ReadonlyMap<DistributionName, readonly LockEdge[]> = new Map();

function readMetadata(value: unknown): LockedMetadata | undefined {
  if (!isTable(value)) return undefined;
  const development = value['requires-dev'] ?? value['dependency-groups'];
  const key = value['requires-dev'] === undefined ? 'dependency-groups' : 'requires-dev';
  return {
    requiresDist: readRequirements(value['requires-dist'], ['metadata', 'requires-dist']),
    providesExtras: namesOf(value['provides-extras']),
    requiresDev: readGroups(development, ['metadata', key]),
  };
}

function readGroups(value: unknown, path: TomlPath): ReadonlyMap<DistributionName, readonly LockedRequirement[]> {
  return new Map(
    Object.entries(isTable(value) ? value : {}).map(([group, requirements]) => [
      normalizeName(group),
      readRequirements(requirements, [...path, group]),
    ]),
  );
}

function readManifest(value: unknown): LockManifest {
  const table = isTable(value) ? value : {};
  const requirements = (key: string): readonly LockedRequirement[] => readRequirements(table[key], ['manifest', key]);
  return {
    members: namesOf(table['members']),
    constraints: requirements('constraints'),
    overrides: requirements('overrides'),
    buildConstraints: requirements('build-constraints'),
    requirements: requirements('requirements'),
    groups: readGroups(table['dependency-groups'], ['manifest', 'dependency-groups']),
  };
}

function readConflict(item: unknown): LockConflict | undefined {
  const name = isTable(item) ? textOf(item['package']) : undefined;
  if (!isTable(item) || name === undefined) return undefined;
  const [extra, group] = [textOf(item['extra']), textOf(item['group'])];
  return {
    package: normalizeName(name),
    extra: extra === undefined ? undefined : normalizeName(extra),
    group: group === undefined ? undefined : normalizeName(group),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

function namesOf(value: unknown): readonly DistributionName[] {
  return textsOf(value).map(normalizeName);
}

function unknownVersion(source: LockDocument): Diagnostic {
  const version = source.document['version'];
  const written = typeof version === 'number' ? `version ${version}` : 'no version';
  return {
    code: 'F0920',
    severity: 'error',
    blame: 'input',
    message: `\`${source.file}\` has ${written}, and only version 1 of uv's locks is known`,
    span: topSpan(source, ['version']),
    hints: ['run `uv lock` with a version of uv that writes `version = 1`, or use a newer Ferrule'],
  };
}

function malformed(source: LockDocument, { index, path, message }: EntryProblem): Diagnostic {
  const subject = path.length === 0 ? 'the entry' : `\`${path.join('.')}\``;
  return {
    code: 'F0921',
    severity: 'error',
    blame: 'input',
    message: `${subject} ${message}`,
    span: entrySpan(source, { index, path }),
    hints: [`run \`uv lock\` in the directory of \`${source.file}\`; locks are not written by hand`],
  };
}
