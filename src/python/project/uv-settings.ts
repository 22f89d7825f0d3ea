import type { TomlPath } from '../../repository/toml-span.ts';
import { type DistributionName, normalizeName } from '../distribution-name.ts';
import { isTable, type TomlReader, type TomlTable } from './toml-reader.ts';

/** `[tool.uv]`, as far as it bears on what is built. Names are normalised, everything else stands as written. */
export interface UvSettings {
  /** `undefined`: not said, which means `dev` where there is one. */
  readonly defaultGroups: readonly DistributionName[] | 'all' | undefined;
  /** `undefined`: not said; see `isPackage`. */
  readonly package: boolean | undefined;
  /** By the name of the distribution; each has one entry unless markers choose. */
  readonly sources: ReadonlyMap<DistributionName, readonly UvSource[]>;
  readonly indexes: readonly UvIndex[];
  readonly conflicts: readonly (readonly ConflictMember[])[];
  /** Markers; empty: every environment. */
  readonly environments: readonly string[];
  readonly requiredEnvironments: readonly string[];
  readonly choice: ArtifactChoice;
  /** `config-settings`: what build backends are told, for all and by distribution. */
  readonly configSettings: ConfigSettings;
  readonly configSettingsPackage: ReadonlyMap<DistributionName, ConfigSettings>;
  readonly extraBuildDependencies: ReadonlyMap<DistributionName, readonly ExtraBuildDependency[]>;
  readonly extraBuildVariables: ReadonlyMap<DistributionName, Readonly<Record<string, string>>>;
  readonly buildConstraints: readonly string[];
  readonly constraints: readonly string[];
  readonly overrides: readonly string[];
  /** `undefined`: the directory is no root of a workspace. */
  readonly workspace: UvWorkspace | undefined;
}

/** Which of a distribution's files may be used. */
export interface ArtifactChoice {
  /** No wheels: of all, or of those named. */
  readonly noBinary: boolean;
  readonly noBinaryPackages: ReadonlySet<DistributionName>;
  /** No source distributions. */
  readonly noBuild: boolean;
  readonly noBuildPackages: ReadonlySet<DistributionName>;
}

export const ANY_ARTIFACT: ArtifactChoice = { noBinary: false, noBinaryPackages: new Set(), noBuild: false, noBuildPackages: new Set() };

export type ConfigSettings = Readonly<Record<string, string | readonly string[]>>;

export interface ExtraBuildDependency {
  readonly requirement: string;
  /** The version must be the one that is installed beside it at run time. */
  readonly matchRuntime: boolean;
}

export interface UvWorkspace {
  /** Globs relative to the directory. */
  readonly members: readonly string[];
  readonly exclude: readonly string[];
}

export interface UvIndex {
  readonly name: string | undefined;
  readonly url: string;
  /** Only for distributions whose source names it. */
  readonly explicit: boolean;
  readonly default: boolean;
}

/** One item of a set that may not be asked for together: an extra, a group, or the project's own dependencies. */
export interface ConflictMember {
  /** `undefined`: the project that says so. */
  readonly package: DistributionName | undefined;
  readonly extra: DistributionName | undefined;
  readonly group: DistributionName | undefined;
}

/** Where `tool.uv.sources` takes a distribution from. */
export interface UvSource {
  readonly origin:
    | { readonly kind: 'git'; readonly url: string; readonly reference: string | undefined; readonly subdirectory: string | undefined }
    | { readonly kind: 'url'; readonly url: string; readonly subdirectory: string | undefined }
    | { readonly kind: 'path'; readonly path: string; readonly editable: boolean | undefined; readonly package: boolean | undefined }
    | { readonly kind: 'index'; readonly index: string }
    | { readonly kind: 'workspace'; readonly editable: boolean | undefined };
  readonly marker: string | undefined;
  /** The source counts only where the dependency stands in this extra or group. */
  readonly extra: DistributionName | undefined;
  readonly group: DistributionName | undefined;
}

const UV: TomlPath = ['tool', 'uv'];

function at(...rest: TomlPath): TomlPath {
  return [...UV, ...rest];
}

export function readUvSettings(reader: TomlReader): UvSettings {
  return {
    defaultGroups: readDefaultGroups(reader),
    package: reader.flag(at('package')),
    sources: byName(reader, at('sources'), (path) => readSources(reader, path)),
    indexes: reader.list(at('index')).flatMap((_, index) => readIndex(reader, at('index', index)) ?? []),
    conflicts: reader
      .list(at('conflicts'))
      .map((_, set) => reader.list(at('conflicts', set)).map((_, item) => readConflict(reader, at('conflicts', set, item)))),
    environments: textOrTexts(reader, at('environments')),
    requiredEnvironments: textOrTexts(reader, at('required-environments')),
    choice: {
      noBinary: reader.flag(at('no-binary')) ?? false,
      noBinaryPackages: new Set(reader.texts(at('no-binary-package')).map(normalizeName)),
      noBuild: reader.flag(at('no-build')) ?? false,
      noBuildPackages: new Set(reader.texts(at('no-build-package')).map(normalizeName)),
    },
    configSettings: readConfigSettings(reader, at('config-settings')),
    configSettingsPackage: byName(reader, at('config-settings-package'), (path) => readConfigSettings(reader, path)),
    extraBuildDependencies: byName(reader, at('extra-build-dependencies'), (path) => readExtraBuildDependencies(reader, path)),
    extraBuildVariables: byName(reader, at('extra-build-variables'), (path) => reader.textTable(path)),
    buildConstraints: requirementTexts(reader, at('build-constraint-dependencies')),
    constraints: requirementTexts(reader, at('constraint-dependencies')),
    overrides: requirementTexts(reader, at('override-dependencies')),
    workspace:
      reader.table(at('workspace')) === undefined
        ? undefined
        : { members: reader.texts(at('workspace', 'members')), exclude: reader.texts(at('workspace', 'exclude')) },
  };
}

function readDefaultGroups(reader: TomlReader): UvSettings['defaultGroups'] {
  const path = [...UV, 'default-groups'];
  const value = reader.value(path);
  if (value === undefined) return undefined;
  if (value === 'all') return 'all';
  if (!Array.isArray(value)) {
    reader.note(path, 'must be an array of strings, or `"all"`');
    return undefined;
  }
  return reader.texts(path).map(normalizeName);
}

function byName<T>(reader: TomlReader, path: TomlPath, read: (path: TomlPath) => T): ReadonlyMap<DistributionName, T> {
  return new Map(Object.keys(reader.table(path) ?? {}).map((name) => [normalizeName(name), read([...path, name])]));
}

function readSources(reader: TomlReader, path: TomlPath): readonly UvSource[] {
  const value = reader.value(path);
  if (Array.isArray(value)) return value.flatMap((_, index) => readSource(reader, [...path, index]) ?? []);
  return [readSource(reader, path) ?? []].flat();
}

function readSource(reader: TomlReader, path: TomlPath): UvSource | undefined {
  const table = reader.table(path);
  if (table === undefined) return undefined;
  const origin = readOrigin(reader, { path, table });
  if (origin === undefined) {
    reader.note(path, 'must have one of `git`, `url`, `path`, `index` and `workspace`');
    return undefined;
  }
  const [extra, group] = [reader.text([...path, 'extra']), reader.text([...path, 'group'])];
  return {
    origin,
    marker: reader.text([...path, 'marker']),
    extra: extra === undefined ? undefined : normalizeName(extra),
    group: group === undefined ? undefined : normalizeName(group),
  };
}

function readOrigin(
  reader: TomlReader,
  { path, table }: { readonly path: TomlPath; readonly table: TomlTable },
): UvSource['origin'] | undefined {
  const text = (key: string): string | undefined => reader.text([...path, key]);
  const [git, url, file, index] = [text('git'), text('url'), text('path'), text('index')];
  if (git !== undefined) {
    const reference = text('rev') ?? text('tag') ?? text('branch');
    return { kind: 'git', url: git, reference, subdirectory: text('subdirectory') };
  }
  if (url !== undefined) return { kind: 'url', url, subdirectory: text('subdirectory') };
  const editable = reader.flag([...path, 'editable']);
  if (file !== undefined) return { kind: 'path', path: file, editable, package: reader.flag([...path, 'package']) };
  if (index !== undefined) return { kind: 'index', index };
  if (table['workspace'] === true) return { kind: 'workspace', editable };
  // The root of another workspace: its member of that name is meant.
  const other = text('workspace');
  return other === undefined ? undefined : { kind: 'workspace', editable };
}

function readIndex(reader: TomlReader, path: TomlPath): UvIndex | undefined {
  const url = reader.text([...path, 'url']);
  if (url === undefined) return undefined;
  return {
    name: reader.text([...path, 'name']),
    url,
    explicit: reader.flag([...path, 'explicit']) ?? false,
    default: reader.flag([...path, 'default']) ?? false,
  };
}

function readConflict(reader: TomlReader, path: TomlPath): ConflictMember {
  const name = (key: string): DistributionName | undefined => {
    const text = reader.text([...path, key]);
    return text === undefined ? undefined : normalizeName(text);
  };
  return { package: name('package'), extra: name('extra'), group: name('group') };
}

function readConfigSettings(reader: TomlReader, path: TomlPath): ConfigSettings {
  const settings: Record<string, string | readonly string[]> = {};
  for (const key of Object.keys(reader.table(path) ?? {})) {
    const place = [...path, key];
    if (Array.isArray(reader.value(place))) settings[key] = reader.texts(place);
    else settings[key] = reader.text(place) ?? '';
  }
  return settings;
}

function readExtraBuildDependencies(reader: TomlReader, path: TomlPath): readonly ExtraBuildDependency[] {
  return reader.list(path).flatMap((value, index) => {
    if (!isTable(value)) return { requirement: reader.text([...path, index]) ?? '', matchRuntime: false };
    const requirement = reader.text([...path, index, 'requirement']);
    if (requirement === undefined) return [];
    return { requirement, matchRuntime: reader.flag([...path, index, 'match-runtime']) ?? false };
  });
}

function textOrTexts(reader: TomlReader, path: TomlPath): readonly string[] {
  return typeof reader.value(path) === 'string' ? [reader.text(path) ?? []].flat() : reader.texts(path);
}

/** Newer versions of uv allow tables here, `{ requirement = … }` or scoped overrides; what has no text is left out. */
function requirementTexts(reader: TomlReader, path: TomlPath): readonly string[] {
  return reader.list(path).flatMap((value, index) => {
    const text = isTable(value) ? value['requirement'] : reader.text([...path, index]);
    return typeof text === 'string' ? [text] : [];
  });
}
