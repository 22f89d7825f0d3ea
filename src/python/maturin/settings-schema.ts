import * as v from 'valibot';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { spanOfToml, type TomlPath } from '../../repository/toml-span.ts';
import { type FeatureSetting, type IncludePattern, type MaturinSettings, NO_SETTINGS, parseCompatibility } from './settings.ts';

/** A `pyproject.toml` that was read: for places in messages. */
export interface PyprojectText {
  /** Path shown to the user. */
  readonly file: string;
  readonly text: string;
}

const text = v.string('must be a string');
const texts = v.array(text, 'must be an array of strings');
const flag = v.boolean('must be `true` or `false`');
const format = v.picklist(['sdist', 'wheel'], 'must be `sdist` or `wheel`');
const PATTERN = 'must be a pattern, or a table with `path` and `format`, or with `path`, `from = "out-dir"` and `to`';
const pattern = v.union(
  [
    text,
    v.object({ path: text, from: v.literal('out-dir'), to: text, 'crate-name': v.optional(text), crate_name: v.optional(text) }),
    v.object({ path: text, format: v.union([format, v.array(format)]) }),
  ],
  PATTERN,
);
const feature = v.union(
  [text, v.object({ feature: text, 'python-version': v.optional(text), 'python-implementation': v.optional(text) })],
  'must be a feature, or a table with `feature` and `python-version` or `python-implementation`',
);
const compatibility = v.pipe(
  text,
  v.check((written) => parseCompatibility(written) !== undefined, 'must be `pypi`, `linux`, `off` or a tag such as `manylinux_2_28`'),
);
const macos = v.object({ 'macos-deployment-target': v.optional(text), 'macosx-deployment-target': v.optional(text) }, 'must be a table');

const entries = {
  'module-name': v.optional(text),
  include: v.optional(v.array(pattern, 'must be an array'), []),
  exclude: v.optional(v.array(pattern, 'must be an array'), []),
  bindings: v.optional(v.picklist(['pyo3', 'pyo3-ffi', 'cffi', 'uniffi', 'bin'], 'must be `pyo3`, `pyo3-ffi`, `cffi`, `uniffi` or `bin`')),
  compatibility: v.optional(compatibility),
  manylinux: v.optional(compatibility),
  auditwheel: v.optional(v.picklist(['repair', 'check', 'warn', 'skip'], 'must be `repair`, `check`, `warn` or `skip`')),
  'skip-auditwheel': v.optional(flag, false),
  strip: v.optional(flag, false),
  'python-source': v.optional(text),
  'python-packages': v.optional(texts, []),
  data: v.optional(text),
  targets: v.optional(v.array(v.object({ name: text, kind: v.optional(text) }, 'must be a table with `name` and `kind`')), []),
  target: v.optional(v.record(v.string(), macos, 'must be a table'), {}),
  profile: v.optional(text),
  'editable-profile': v.optional(text),
  features: v.optional(v.array(feature, 'must be an array'), []),
  'all-features': v.optional(flag, false),
  'no-default-features': v.optional(flag, false),
  'manifest-path': v.optional(text),
  config: v.optional(texts, []),
  'unstable-flags': v.optional(texts, []),
  'rustc-args': v.optional(texts, []),
  sbom: v.optional(v.object({ rust: v.optional(flag), auditwheel: v.optional(flag), include: v.optional(texts, []) }, 'must be a table')),
};
const schema = v.object(entries, 'must be a table');

/** Keys of maturin that do not matter here: for other kinds of output, for other systems, or always so with Ferrule (a lock is never changed). */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'sdist-generator',
  'sdist-include',
  'frozen',
  'locked',
  'use-base-python',
  'include-import-lib',
  'pgo-command',
  'pgo-dependency-group',
  'generate-ci',
]);

/** Checks `[tool.maturin]` (`undefined`: there is none). F0975 unknown key (a warning), F0976 wrong value. */
export function checkSettings(table: unknown, source: PyprojectText): Result<MaturinSettings> {
  if (table === undefined) return ok(NO_SETTINGS);
  const parsed = v.safeParse(schema, table);
  if (!parsed.success) return fail(...parsed.issues.map((issue) => wrongValue(issue, source)));
  const output = parsed.output;
  return ok(
    {
      manifestPath: output['manifest-path'],
      moduleName: output['module-name'],
      bindings: output.bindings,
      pythonSource: output['python-source'],
      pythonPackages: output['python-packages'],
      include: output.include.flatMap(includeOf),
      exclude: output.exclude.flatMap((written) => includeOf(written).flatMap((one) => (one.kind === 'source' ? [one.path] : []))),
      data: output.data,
      targets: output.targets.map(({ name, kind }) => ({ name, kind })),
      profile: output.profile,
      editableProfile: output['editable-profile'],
      features: output.features.map(featureOf),
      allFeatures: output['all-features'],
      noDefaultFeatures: output['no-default-features'],
      cargoConfig: output.config,
      unstableFlags: output['unstable-flags'],
      rustcArguments: output['rustc-args'],
      strip: output.strip,
      compatibility: parseCompatibility(output.compatibility ?? output.manylinux ?? ''),
      audit: output['skip-auditwheel'] ? 'skip' : output.auditwheel,
      sbomIncludes: output.sbom?.include ?? [],
      deploymentTargets: deploymentTargets(output.target),
    },
    unknownKeys(table, source),
  );
}

function includeOf(written: v.InferOutput<typeof pattern>): readonly IncludePattern[] {
  if (typeof written === 'string') return [{ kind: 'source', path: written }];
  if ('from' in written) {
    return [{ kind: 'out-dir', path: written.path, to: written.to, crate: written['crate-name'] ?? written.crate_name }];
  }
  return written.format.includes('wheel') ? [{ kind: 'source', path: written.path }] : [];
}

function featureOf(written: v.InferOutput<typeof feature>): FeatureSetting {
  if (typeof written === 'string') return { feature: written, pythonVersion: undefined, pythonImplementation: undefined };
  return {
    feature: written.feature,
    pythonVersion: written['python-version'],
    pythonImplementation: written['python-implementation'],
  };
}

function deploymentTargets(table: Readonly<Record<string, v.InferOutput<typeof macos>>>): Readonly<Record<string, string>> {
  const targets: Record<string, string> = {};
  for (const [triple, config] of Object.entries(table)) {
    const version = config['macos-deployment-target'] ?? config['macosx-deployment-target'];
    if (version !== undefined) targets[triple] = version;
  }
  return targets;
}

function unknownKeys(table: unknown, source: PyprojectText): readonly Diagnostic[] {
  return Object.keys(Object(table))
    .filter((key) => !(key in entries) && !WITHOUT_EFFECT.has(key))
    .map((key) => ({
      code: 'F0975',
      severity: 'warning',
      blame: 'input',
      message: `unknown key \`${key}\` in \`[tool.maturin]\``,
      ...placed(source, ['tool', 'maturin', key], 'key'),
      hints: ['remove it, or look up how maturin spells it: it has no effect here'],
    }));
}

function wrongValue(issue: v.InferIssue<typeof schema>, source: PyprojectText): Diagnostic {
  const path: TomlPath = ['tool', 'maturin', ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))];
  return {
    code: 'F0976',
    severity: 'error',
    blame: 'input',
    message: `\`${path.join('.')}\` ${issue.message}`,
    ...placed(source, path, 'value'),
  };
}

function placed(source: PyprojectText, path: TomlPath, part: 'key' | 'value'): { readonly span?: Diagnostic['span'] & object } {
  const span = spanOfToml({ ...source, path, part });
  return span === undefined ? {} : { span };
}
