import { join, normalize } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { spanOfToml, type TomlPath } from '../../repository/toml-span.ts';
import { isWithin } from '../../source/path-within.ts';
import { normalizeName } from '../distribution-name.ts';
import type { Marker } from '../version/marker.ts';
import { formatRequirement, parseRequirement, type Requirement } from '../version/requirement.ts';
import { compareVersions, formatVersion, parseVersion, type Version } from '../version/version.ts';
import { formatSpecifier, parseSpecifiers, type Specifier } from '../version/specifier.ts';
import { crateMetadata } from './crate-metadata.ts';
import type { CrateFacts } from './crate-facts.ts';
import { licenseFiles } from './license-files.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PackingProject, ProjectTable, ReadmeSetting } from './packing-project.ts';
import { splitContacts } from './people.ts';
import { contentTypeOf, readmeText, singleLine } from './readme.ts';
import type { WheelMetadata } from './wheel-metadata.ts';

/**
 * Metadata of a wheel: the crate's, with every field of `[project]` in its place, and without those that `[project]` neither has nor
 * lists as `dynamic` (maturin `src/metadata.rs`, `merge_pyproject_toml`).
 */
export function wheelMetadata(options: {
  readonly project: PackingProject;
  readonly crate: CrateFacts;
  readonly disk: PackingDisk;
}): Result<WheelMetadata> {
  const { project, crate, disk } = options;
  const ofCrate = crateMetadata(crate, disk);
  if (!ofCrate.ok || project.table === undefined) return ofCrate;
  return merged({ project, table: project.table, crate: ofCrate.value, metadataRoot: metadataRoot(project, crate), disk });
}

/** The directory that readme and license files may be in: the Cargo workspace, if the project lies in it. */
function metadataRoot(project: PackingProject, crate: CrateFacts): string {
  return isWithin(project.directory, crate.workspaceRoot) ? crate.workspaceRoot : project.directory;
}

interface Merge {
  readonly project: PackingProject;
  readonly table: ProjectTable;
  readonly crate: WheelMetadata;
  readonly metadataRoot: string;
  readonly disk: PackingDisk;
}

function merged(merge: Merge): Result<WheelMetadata> {
  const { project, table, crate } = merge;
  const forbidden = ['console_scripts', 'gui_scripts'].find((group) => table.entryPoints?.has(group));
  if (forbidden !== undefined) {
    const message = `\`${forbidden}\` has a table of its own in \`[project]\`: \`${forbidden === 'gui_scripts' ? 'gui-scripts' : 'scripts'}\``;
    return fail(wrong({ project, path: ['project', 'entry-points', forbidden], message }));
  }
  const version = versionOf(merge);
  if (!version.ok) return version;
  const readme = readmeOf(merge);
  if (!readme.ok) return readme;
  const files = licenseFiles({ ...merge, ofCrate: crate.licenseFiles });
  if (!files.ok) return files;
  const requirements = requirementsOf(project, table);
  if (!requirements.ok) return requirements;
  const python = requiresPython(project, table, crate);
  if (!python.ok) return python;
  const kept = dynamicFields(table, crate);
  return ok({
    ...kept,
    ...authorsOf(table, kept),
    ...licenseFields(table, kept),
    ...readme.value,
    name: table.name,
    version: version.value,
    summary: table.description === undefined ? kept.summary : singleLine(table.description),
    keywords: table.keywords?.join(',') ?? kept.keywords,
    licenseFiles: files.value,
    classifiers: table.classifiers ?? kept.classifiers,
    requiresDist: requirements.value,
    providesExtra: [...new Set([...(table.optionalDependencies?.keys() ?? [])].map(normalizeName))],
    requiresPython: python.value,
    projectUrls: table.urls ?? kept.projectUrls,
    scripts: table.scripts ?? kept.scripts,
    guiScripts: table.guiScripts ?? kept.guiScripts,
    entryPoints: table.entryPoints ?? kept.entryPoints,
  });
}

/** What stays of the crate's fields: those that `dynamic` names, and a few that it cannot name. */
function dynamicFields(table: ProjectTable, crate: WheelMetadata): WheelMetadata {
  const isDynamic = (field: string): boolean => table.dynamic.has(field);
  return {
    ...crate,
    summary: isDynamic('description') ? crate.summary : undefined,
    author: isDynamic('authors') ? crate.author : undefined,
    authorEmail: isDynamic('authors') ? crate.authorEmail : undefined,
    keywords: isDynamic('keywords') ? crate.keywords : undefined,
    projectUrls: isDynamic('urls') ? crate.projectUrls : new Map(),
    license: isDynamic('license') ? crate.license : undefined,
    description: isDynamic('readme') ? crate.description : undefined,
    descriptionContentType: isDynamic('readme') ? crate.descriptionContentType : undefined,
  };
}

function authorsOf(
  table: ProjectTable,
  kept: WheelMetadata,
): Pick<WheelMetadata, 'author' | 'authorEmail' | 'maintainer' | 'maintainerEmail'> {
  const authors = splitContacts(table.authors ?? []);
  const maintainers = splitContacts(table.maintainers ?? []);
  return {
    author: authors.names ?? kept.author,
    authorEmail: authors.emails ?? kept.authorEmail,
    maintainer: maintainers.names,
    maintainerEmail: maintainers.emails,
  };
}

function licenseFields({ license }: ProjectTable, kept: WheelMetadata): Pick<WheelMetadata, 'license' | 'licenseExpression'> {
  return {
    license: license?.kind === 'text' ? license.text : kept.license,
    licenseExpression: license?.kind === 'expression' ? license.expression : undefined,
  };
}

function versionOf({ project, table, crate }: Merge): Result<string> {
  if (table.version === undefined) return ok(crate.version);
  const version = parseVersion(table.version);
  return version === undefined
    ? fail(wrong({ project, path: ['project', 'version'], message: `version \`${table.version}\` is none of PEP 440` }))
    : ok(formatVersion(version));
}

function readmeOf(merge: Merge): Result<Pick<WheelMetadata, 'description' | 'descriptionContentType'>> {
  const { table, crate } = merge;
  const { readme } = table;
  if (readme === undefined) {
    const { description, descriptionContentType } = dynamicFields(table, crate);
    return ok({ description, descriptionContentType });
  }
  if (readme.kind === 'table' && readme.file !== undefined && readme.text !== undefined) {
    const message = '`project.readme` has both `file` and `text`';
    return fail(wrong({ project: merge.project, path: ['project', 'readme'], message }));
  }
  const text = readmeContent(merge, readme);
  if (!text.ok) return text;
  const type = readme.kind === 'path' ? contentTypeOf(readme.file) : readme.contentType;
  return ok({ description: text.value, descriptionContentType: type });
}

function readmeContent({ project, metadataRoot: root, disk }: Merge, readme: ReadmeSetting): Result<string | undefined> {
  if (readme.kind === 'table' && readme.text !== undefined) return ok(readme.text);
  if (readme.file === undefined) return ok(undefined);
  const path = normalize(join(project.directory, readme.file));
  if (readme.file.startsWith('/') || !isWithin(path, root)) {
    const message = `the readme \`${readme.file}\` lies outside the project`;
    return fail(wrong({ project, path: ['project', 'readme'], message }));
  }
  return readmeText({ path, shown: readme.file, disk });
}

function requirementsOf(project: PackingProject, table: ProjectTable): Result<readonly string[]> {
  const lines: string[] = [];
  const problems: Diagnostic[] = [];
  const read = (text: string, place: { readonly path: TomlPath; readonly extra: string | undefined }): void => {
    const parsed = parseRequirement(text);
    if (parsed.ok) lines.push(formatRequirement(withExtra(parsed.requirement, place.extra)));
    else problems.push(wrong({ project, path: place.path, message: `\`${text}\` is no requirement: ${parsed.message}` }));
  };
  for (const [index, text] of (table.dependencies ?? []).entries())
    read(text, { path: ['project', 'dependencies', index], extra: undefined });
  for (const [extra, texts] of table.optionalDependencies ?? []) {
    for (const [index, text] of texts.entries()) read(text, { path: ['project', 'optional-dependencies', extra, index], extra });
  }
  return problems.length > 0 ? fail(...problems) : ok(lines);
}

/** The same, if the extra is asked for. */
function withExtra(requirement: Requirement, extra: string | undefined): Requirement {
  if (extra === undefined) return requirement;
  const asked: Marker = { kind: 'comparison', variable: 'extra', operator: '==', value: normalizeName(extra), valueFirst: false };
  const { marker } = requirement;
  return { ...requirement, marker: marker === undefined ? asked : { kind: 'and', operands: [marker, asked] } };
}

/** Sorted by version, as pep440_rs writes specifiers. */
function requiresPython(project: PackingProject, table: ProjectTable, crate: WheelMetadata): Result<string | undefined> {
  if (table.requiresPython === undefined) return ok(crate.requiresPython);
  const set = parseSpecifiers(table.requiresPython);
  if (set === undefined) {
    const message = `\`requires-python\` is \`${table.requiresPython}\`, which is no version specifier`;
    return fail(wrong({ project, path: ['project', 'requires-python'], message }));
  }
  return ok(
    set.specifiers
      .toSorted((left, right) => compareVersions(boundOf(left), boundOf(right)))
      .map(formatSpecifier)
      .join(', '),
  );
}

const LEAST: Version = { epoch: 0, release: [0], pre: undefined, post: undefined, dev: 0, local: undefined };

function boundOf(specifier: Specifier): Version {
  return specifier.operator === '===' ? (parseVersion(specifier.text) ?? LEAST) : specifier.version;
}

function wrong(options: { readonly project: PackingProject; readonly path: TomlPath; readonly message: string }): Diagnostic {
  const { project, path, message } = options;
  const span = spanOfToml({ file: project.file, text: project.text, path, part: 'value' });
  return { code: 'F0976', severity: 'error', blame: 'input', message, ...(span === undefined ? {} : { span }) };
}
