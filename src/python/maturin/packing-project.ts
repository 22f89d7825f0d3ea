import * as v from 'valibot';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { compareBytes } from '../../model/wire.ts';
import { spanOfToml } from '../../repository/toml-span.ts';
import type { MaturinSettings } from './settings.ts';
import { checkSettings, type PyprojectText } from './settings-schema.ts';
import { tomlDocument, valueAt } from './toml-table.ts';

/** A `pyproject.toml` as the packer needs it. */
export interface PackingProject extends PyprojectText {
  /** Absolute directory of `pyproject.toml`. */
  readonly directory: string;
  /** `[project]` (PEP 621); `undefined`: the crate's manifest says it all. */
  readonly table: ProjectTable | undefined;
  readonly settings: MaturinSettings;
}

/** `[project]`, not yet joined with what it leaves to the crate's manifest. Tables are sorted by key, as maturin reads them. */
export interface ProjectTable {
  readonly name: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly readme: ReadmeSetting | undefined;
  readonly requiresPython: string | undefined;
  readonly license: LicenseSetting | undefined;
  /** Patterns (PEP 639); `undefined`: the usual names are looked for. */
  readonly licenseFiles: readonly string[] | undefined;
  readonly authors: readonly Contact[] | undefined;
  readonly maintainers: readonly Contact[] | undefined;
  readonly keywords: readonly string[] | undefined;
  readonly classifiers: readonly string[] | undefined;
  readonly urls: ReadonlyMap<string, string> | undefined;
  readonly scripts: ReadonlyMap<string, string> | undefined;
  readonly guiScripts: ReadonlyMap<string, string> | undefined;
  readonly entryPoints: ReadonlyMap<string, ReadonlyMap<string, string>> | undefined;
  readonly dependencies: readonly string[] | undefined;
  readonly optionalDependencies: ReadonlyMap<string, readonly string[]> | undefined;
  readonly dynamic: ReadonlySet<string>;
}

export type LicenseSetting =
  | { readonly kind: 'expression'; readonly expression: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly file: string };

export type ReadmeSetting =
  /** Its content type is told by its name. */
  | { readonly kind: 'path'; readonly file: string }
  | {
      readonly kind: 'table';
      readonly file: string | undefined;
      readonly text: string | undefined;
      readonly contentType: string | undefined;
    };

export interface Contact {
  readonly name: string | undefined;
  readonly email: string | undefined;
}

const text = v.string('must be a string');
const texts = v.array(text, 'must be an array of strings');
const textTable = v.record(v.string(), text, 'must be a table of strings');
const contacts = v.array(
  v.object({ name: v.optional(text), email: v.optional(text) }, 'must be a table with `name` or `email`'),
  'must be an array of tables',
);
const schema = v.object(
  {
    name: text,
    version: v.optional(text),
    description: v.optional(text),
    readme: v.optional(
      v.union(
        [text, v.object({ file: v.optional(text), text: v.optional(text), 'content-type': v.optional(text) })],
        'must be a path, or a table with `file` or `text`',
      ),
    ),
    'requires-python': v.optional(text),
    license: v.optional(
      v.union([text, v.object({ text }), v.object({ file: text })], 'must be an expression, or a table with `text` or `file`'),
    ),
    'license-files': v.optional(texts),
    authors: v.optional(contacts),
    maintainers: v.optional(contacts),
    keywords: v.optional(texts),
    classifiers: v.optional(texts),
    urls: v.optional(textTable),
    scripts: v.optional(textTable),
    'gui-scripts': v.optional(textTable),
    'entry-points': v.optional(v.record(v.string(), textTable, 'must be a table of tables')),
    dependencies: v.optional(texts),
    'optional-dependencies': v.optional(v.record(v.string(), texts, 'must be a table of arrays')),
    dynamic: v.optional(texts, []),
  },
  'must be a table',
);

/** Reads what the packer needs of a `pyproject.toml`. F0976 when it is no TOML or has a wrong value, and those of {@link checkSettings}. */
export function readPackingProject(source: PyprojectText & { readonly directory: string }): Result<PackingProject> {
  const syntax = tomlDocument(source);
  if (!syntax.ok) return syntax;
  const settings = checkSettings(valueAt(valueAt(syntax.value, 'tool'), 'maturin'), source);
  if (!settings.ok) return settings;
  const table = checkTable(valueAt(syntax.value, 'project'), source);
  if (!table.ok) return table;
  return ok({ ...source, table: table.value, settings: settings.value }, settings.warnings);
}

function checkTable(table: unknown, source: PyprojectText): Result<ProjectTable | undefined> {
  if (table === undefined) return ok(undefined);
  const parsed = v.safeParse(schema, table);
  if (!parsed.success) return fail(...parsed.issues.map((issue) => wrongValue(issue, source)));
  const { output } = parsed;
  return ok({
    name: output.name,
    version: output.version,
    description: output.description,
    readme: readmeOf(output.readme),
    requiresPython: output['requires-python'],
    license: licenseOf(output.license),
    licenseFiles: output['license-files'],
    authors: output.authors?.map(contactOf),
    maintainers: output.maintainers?.map(contactOf),
    keywords: output.keywords,
    classifiers: output.classifiers,
    urls: mapOf(output.urls),
    scripts: mapOf(output.scripts),
    guiScripts: mapOf(output['gui-scripts']),
    entryPoints: groupsOf(output['entry-points']),
    dependencies: output.dependencies,
    optionalDependencies: mapOf(output['optional-dependencies']),
    dynamic: new Set(output.dynamic),
  });
}

function readmeOf(written: v.InferOutput<typeof schema>['readme']): ReadmeSetting | undefined {
  if (written === undefined) return undefined;
  if (typeof written === 'string') return { kind: 'path', file: written };
  return { kind: 'table', file: written.file, text: written.text, contentType: written['content-type'] };
}

function licenseOf(written: v.InferOutput<typeof schema>['license']): LicenseSetting | undefined {
  if (written === undefined) return undefined;
  if (typeof written === 'string') return { kind: 'expression', expression: written };
  return 'text' in written ? { kind: 'text', text: written.text } : { kind: 'file', file: written.file };
}

function contactOf({ name, email }: { readonly name?: string | undefined; readonly email?: string | undefined }): Contact {
  return { name, email };
}

function groupsOf(
  table: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined,
): ReadonlyMap<string, ReadonlyMap<string, string>> | undefined {
  const groups = mapOf(table);
  return groups === undefined ? undefined : new Map([...groups].map(([group, points]) => [group, mapOf(points) ?? new Map()]));
}

function mapOf<T>(table: Readonly<Record<string, T>> | undefined): ReadonlyMap<string, T> | undefined {
  return table === undefined ? undefined : new Map(Object.entries(table).toSorted(([left], [right]) => compareBytes(left, right)));
}

function wrongValue(issue: v.InferIssue<typeof schema>, source: PyprojectText): Diagnostic {
  const path = ['project', ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))];
  const span = spanOfToml({ ...source, path, part: 'value' });
  return {
    code: 'F0976',
    severity: 'error',
    blame: 'input',
    message: `\`${path.join('.')}\` ${issue.message}`,
    ...(span === undefined ? {} : { span }),
  };
}
