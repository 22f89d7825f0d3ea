import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result, type Span } from '../../diagnostics/diagnostic.ts';
import { type NamedText, parseToml } from '../../repository/config.ts';
import { spanOfToml, type TomlPath } from '../../repository/toml-span.ts';
import type { BuildSystem } from '../build/build-system.ts';
import { normalizeName } from '../distribution-name.ts';
import { parseRequirement } from '../version/requirement.ts';
import { readDependencyGroups } from './dependency-groups.ts';
import type { DeclaredRequirement, DependencyGroup, Project, ProjectMetadata } from './project.ts';
import { shapeDiagnostics, TomlReader } from './toml-reader.ts';
import { readUvSettings } from './uv-settings.ts';
import { withUvToml } from './uv-toml.ts';

/** Where a `pyproject.toml` is: its directory, absolute, and the file as it is shown to the user. */
export interface ProjectPlace {
  readonly directory: string;
  readonly file: string;
}

/**
 * Reads a directory's `pyproject.toml`, with the settings of a `uv.toml` beside it.
 *
 * F0915: the file cannot be read. F0102: it is no TOML. F0916: a value has the wrong shape. F0917: a dependency is no requirement
 * (PEP 508). F0918: dependency groups that include each other, or something that does not exist (PEP 735).
 */
export async function readProject(place: ProjectPlace): Promise<Result<Project>> {
  let text: string;
  try {
    text = await readFile(join(place.directory, 'pyproject.toml'), 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return fail(unreadable(place.file, error));
  }
  const project = await parseProject({ ...place, text });
  return project.ok ? await withUvToml(project.value) : project;
}

/** Reads the text of a `pyproject.toml`. F0102, F0916 to F0918. */
export async function parseProject(source: ProjectPlace & { readonly text: string }): Promise<Result<Project>> {
  const { directory, file, text } = source;
  const document = await parseToml({ file, text });
  if (!document.ok) return document;
  const reader = new TomlReader(document.value);
  const spanOf = (path: TomlPath): Span => placeIn({ file, text }, path);
  const problems: Diagnostic[] = [];
  const requirementAt = requirementReader({ reader, spanOf, problems });
  const groups = readDependencyGroups({
    reader,
    requirementAt,
    report: (path, words) => problems.push({ code: 'F0918', severity: 'error', blame: 'input', span: spanOf(path), ...words }),
  });
  const project: Project = {
    directory,
    file,
    text,
    groups,
    spanOf,
    metadata: readMetadata(reader, requirementAt),
    buildSystem: readBuildSystem(reader),
    uv: readUvSettings(reader),
    maturin: reader.table(['tool', 'maturin']),
    document: document.value,
  };
  problems.push(...(await shapeDiagnostics({ file, text }, { code: 'F0916', problems: reader.problems })));
  return problems.length === 0 ? ok(project) : fail(...problems);
}

function placeIn(source: NamedText, path: TomlPath): Span {
  return spanOfToml({ ...source, path, part: 'value' }) ?? { ...source, start: 0, end: 0 };
}

export type RequirementAt = (path: TomlPath) => DeclaredRequirement | undefined;

/** Reads the requirement at a place; what is none (F0917) goes to `problems`. */
export function requirementReader(options: {
  readonly reader: TomlReader;
  readonly spanOf: Project['spanOf'];
  readonly problems: Diagnostic[];
}): RequirementAt {
  const { reader, spanOf, problems } = options;
  return (path) => {
    const read = readRequirement(reader, path);
    if (read === undefined || 'requirement' in read) return read;
    problems.push(notARequirement(read, spanOf(path)));
    return undefined;
  };
}

function readMetadata(reader: TomlReader, requirementAt: RequirementAt): ProjectMetadata | undefined {
  if (reader.table(['project']) === undefined) return undefined;
  const writtenName = reader.text(['project', 'name']);
  if (writtenName === undefined) {
    reader.note(['project'], 'must have a `name`');
    return undefined;
  }
  const requirementsAt = (path: TomlPath): readonly DeclaredRequirement[] =>
    reader.list(path).flatMap((_, index) => requirementAt([...path, index]) ?? []);
  return {
    name: normalizeName(writtenName),
    writtenName,
    version: reader.text(['project', 'version']),
    dynamic: reader.texts(['project', 'dynamic']),
    requiresPython: reader.text(['project', 'requires-python']),
    dependencies: requirementsAt(['project', 'dependencies']),
    optionalDependencies: readExtras(reader, requirementsAt),
    scripts: reader.textTable(['project', 'scripts']),
    guiScripts: reader.textTable(['project', 'gui-scripts']),
    entryPoints: Object.fromEntries(
      Object.keys(reader.table(['project', 'entry-points']) ?? {}).map((group) => [
        group,
        reader.textTable(['project', 'entry-points', group]),
      ]),
    ),
  };
}

function readExtras(reader: TomlReader, requirementsAt: (path: TomlPath) => readonly DeclaredRequirement[]): readonly DependencyGroup[] {
  const path = ['project', 'optional-dependencies'];
  const extras = Object.keys(reader.table(path) ?? {}).map((writtenName): DependencyGroup => ({
    name: normalizeName(writtenName),
    writtenName,
    requirements: requirementsAt([...path, writtenName]),
    requiresPython: undefined,
  }));
  return extras.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** PEP 517: without a backend the legacy one of setuptools is meant. */
function readBuildSystem(reader: TomlReader): BuildSystem | undefined {
  if (reader.table(['build-system']) === undefined) return undefined;
  return {
    requires: reader.texts(['build-system', 'requires']),
    backend: reader.text(['build-system', 'build-backend']) ?? 'setuptools.build_meta:__legacy__',
    backendPath: reader.texts(['build-system', 'backend-path']),
  };
}

interface BadRequirement {
  readonly text: string;
  readonly message: string;
  readonly offset: number;
}

function readRequirement(reader: TomlReader, path: TomlPath): DeclaredRequirement | BadRequirement | undefined {
  const text = reader.text(path);
  if (text === undefined) return undefined;
  const parsed = parseRequirement(text);
  return parsed.ok ? { requirement: parsed.requirement, text, path } : { text, message: parsed.message, offset: parsed.offset };
}

function notARequirement({ text, message, offset }: BadRequirement, span: Span): Diagnostic {
  // Exact where the string is written without escapes, which is always.
  const isPlain = span.text.slice(span.start + 1, span.start + 1 + text.length) === text;
  const start = isPlain ? span.start + 1 + offset : span.start;
  return {
    code: 'F0917',
    severity: 'error',
    blame: 'input',
    message: `\`${text}\` is not a requirement: ${message}`,
    span: { ...span, start, end: Math.max(start + 1, span.end - (isPlain ? 1 : 0)) },
    hints: ['write it as `name>=1.2 ; python_version < "3.12"`'],
  };
}

function unreadable(file: string, error: Error): Diagnostic {
  return {
    code: 'F0915',
    severity: 'error',
    blame: 'input',
    message: `cannot read \`${file}\``,
    facts: [['reason', error.message]],
    hints: ['every Python project needs a `pyproject.toml` in its directory'],
  };
}
