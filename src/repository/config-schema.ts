import validRange from 'semver/ranges/valid.js';
import * as v from 'valibot';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { positionOf } from '../diagnostics/position.ts';
import { cachesSchema, knownCacheKeys, mayBeSecret, toCaches } from './cache-schema.ts';
import { checkSchema, checkPolicySchema, KNOWN_CHECK_KEYS, readChecks } from './check-schema.ts';
import { type ConfigOverride, EMPTY_CONFIG, type FerruleConfig, type NamedText } from './config.ts';
import { meantHint } from './did-you-mean.ts';
import { spanOfToml, type TomlPath } from './toml-span.ts';

const text = v.string('must be a string');
const name = v.pipe(text, v.nonEmpty('must not be empty'));
const names = v.array(name, 'must be an array of strings');
const relativeNames = v.array(
  v.pipe(
    name,
    v.check((path) => !path.startsWith('/'), 'must be relative to the package'),
  ),
  'must be an array of strings',
);
const flag = v.boolean('must be `true` or `false`');

const version = v.pipe(text, v.check(isRequirement, 'must be a version requirement such as `0.10`, `>=1.2, <2` or `=1.0.3`'));
const platform = v.pipe(text, v.check(isPlatform, 'must be a target triple or `cfg(…)`'));
const SIZE = 'must be a size such as `20GB` or a whole number of bytes';
const size = v.pipe(
  v.union([v.number(), v.string()], SIZE),
  v.check((written) => toBytes(written) !== undefined, SIZE),
);

const sha256 = v.pipe(
  text,
  v.check((written) => /^(?:sha256:)?[0-9a-f]{64}$/.test(written), 'must be a sha256 of 64 hexadecimal digits'),
);
const replacement = v.strictObject({ wheel: name, sha256 }, 'must be a table with `wheel` and `sha256`');
const collision = v.strictObject({ paths: name, take: name }, 'must be a table');
const python = v.strictObject({ interpreter: v.optional(name) }, 'must be a table');

const nix = v.strictObject(
  {
    packages: v.optional(name),
    systems: v.optional(
      v.array(
        v.picklist(
          ['x86_64-linux', 'aarch64-linux', 'x86_64-darwin', 'aarch64-darwin'],
          'must be one of `x86_64-linux`, `aarch64-linux`, `x86_64-darwin` and `aarch64-darwin`',
        ),
        'must be an array of strings',
      ),
    ),
  },
  'must be a table',
);

const environment = v.strictObject(
  {
    projects: v.pipe(names, v.minLength(1, 'must name a project')),
    groups: v.optional(names, []),
    extras: v.optional(names, []),
    prefer: v.optional(name),
  },
  'must be a table',
);

const override = v.strictObject(
  {
    crate: v.optional(name),
    distribution: v.optional(name),
    version: v.optional(version),
    platform: v.optional(platform),
    'pkg-config': v.optional(names, []),
    tools: v.optional(names, []),
    environment: v.optional(v.record(v.string(), v.string('must be a string'), 'must be a table of strings'), {}),
    'pass-environment': v.optional(names, []),
    inputs: v.optional(relativeNames, []),
    'writable-source': v.optional(flag, false),
    patch: v.optional(name),
    remove: v.optional(relativeNames, []),
    libraries: v.optional(names, []),
    replace: v.optional(replacement),
  },
  'must be a table',
);

const build = v.strictObject(
  {
    profile: v.optional(name),
    target: v.optional(name),
    features: v.optional(names, []),
    jobs: v.optional(v.pipe(v.number('must be a number'), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1'))),
    sandbox: v.optional(v.picklist(['auto', 'on', 'off'], 'must be `auto`, `on` or `off`')),
    'pass-environment': v.optional(names, []),
  },
  'must be a table',
);

const schema = v.strictObject({
  members: v.optional(names),
  exclude: v.optional(names, []),
  override: v.optional(v.array(override, 'must be written `[[override]]`'), []),
  build: v.optional(build),
  store: v.optional(v.strictObject({ directory: v.optional(name), 'max-size': v.optional(size) }, 'must be a table')),
  policy: v.optional(
    v.strictObject(
      { skew: v.optional(v.picklist(['conflict', 'any'], 'must be `conflict` or `any`')), checks: v.optional(checkPolicySchema) },
      'must be a table',
    ),
  ),
  collision: v.optional(v.array(collision, 'must be written `[[collision]]`'), []),
  python: v.optional(python),
  nix: v.optional(nix),
  environments: v.optional(v.record(v.string(), environment, 'must be a table of tables'), {}),
  caches: v.optional(cachesSchema, {}),
  checks: v.optional(v.record(v.string(), checkSchema, 'must be a table of tables'), {}),
});

/** Keys by the table they stand in, array positions left out: what an unknown key is compared with. */
const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(schema.entries),
  override: Object.keys(override.entries),
  build: Object.keys(build.entries),
  store: ['directory', 'max-size'],
  policy: ['skew', 'checks'],
  ...KNOWN_CHECK_KEYS,
  collision: Object.keys(collision.entries),
  python: Object.keys(python.entries),
  nix: Object.keys(nix.entries),
  environments: Object.keys(environment.entries),
  'override.replace': Object.keys(replacement.entries),
};

/** Checks a parsed `ferrule.toml`. F0103 unknown key, F0104 wrong value, F0105 an override of nothing or of two things. */
export function checkConfig(source: NamedText & { readonly document: Readonly<Record<string, unknown>> }): Result<FerruleConfig> {
  const checked = v.safeParse(schema, source.document);
  if (!checked.success) return fail(...checked.issues.map((issue) => explain(source, issue)));
  const overrides: ConfigOverride[] = [];
  const problems: Diagnostic[] = [];
  for (const [index, written] of checked.output.override.entries()) {
    const subject = subjectOf(written);
    if (subject === undefined) problems.push(subjectProblem(source, index, written.crate === undefined));
    else overrides.push(toOverride(written, subject));
  }
  const { checks: written, policy } = checked.output;
  const checks = readChecks({ checks: written, policy: policy?.checks, source });
  if (!checks.ok) problems.push(...checks.diagnostics);
  if (problems.length > 0 || !checks.ok) return fail(...problems);
  const { policy: checkPolicy, ...own } = checks.value;
  return ok({ ...assemble(checked.output, overrides), ...own, policy: { skew: policy?.skew, checks: checkPolicy } });
}

function assemble(output: v.InferOutput<typeof schema>, overrides: readonly ConfigOverride[]): Omit<FerruleConfig, 'checks' | 'policy'> {
  const { build, store } = output;
  return {
    members: output.members,
    exclude: output.exclude,
    overrides,
    build: {
      profile: build?.profile,
      target: build?.target,
      features: build?.features ?? EMPTY_CONFIG.build.features,
      jobs: build?.jobs,
      sandbox: build?.sandbox,
      passEnvironment: build?.['pass-environment'] ?? EMPTY_CONFIG.build.passEnvironment,
    },
    store: { directory: store?.directory, maxSize: toBytes(store?.['max-size']) },
    collisions: output.collision,
    python: { interpreter: output.python?.interpreter },
    nix: { packages: output.nix?.packages, systems: output.nix?.systems },
    environments: Object.fromEntries(
      Object.entries(output.environments).map(([key, { projects, groups, extras, prefer }]) => [key, { projects, groups, extras, prefer }]),
    ),
    caches: toCaches(output.caches),
  };
}

function subjectOf(written: v.InferOutput<typeof override>): ConfigOverride['subject'] | undefined {
  if (written.crate !== undefined && written.distribution === undefined) return { kind: 'crate', name: written.crate };
  if (written.distribution !== undefined && written.crate === undefined) return { kind: 'distribution', name: written.distribution };
  return undefined;
}

function toOverride(written: v.InferOutput<typeof override>, subject: ConfigOverride['subject']): ConfigOverride {
  return {
    subject,
    version: written.version,
    platform: written.platform,
    pkgConfig: written['pkg-config'],
    tools: written.tools,
    environment: written.environment,
    passEnvironment: written['pass-environment'],
    inputs: written.inputs,
    writableSource: written['writable-source'],
    patch: written.patch,
    remove: written.remove,
    libraries: written.libraries,
    replace: written.replace === undefined ? undefined : { ...written.replace, sha256: written.replace.sha256.replace('sha256:', '') },
  };
}

function subjectProblem(source: NamedText, index: number, nothing: boolean): Diagnostic {
  const message = nothing
    ? 'an override must name a `crate` or a `distribution`'
    : 'an override names a `crate` or a `distribution`, not both';
  return diagnostic('F0105', message, { source, path: ['override', index], part: 'key', hints: [] });
}

function explain(source: NamedText, issue: v.BaseIssue<unknown>): Diagnostic {
  const path = pathOf(issue);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const key = String(path.at(-1) ?? '');
    const table = path.slice(0, -1).filter((part) => typeof part === 'string');
    const where = table.length === 0 ? '' : ` in \`${table.join('.')}\``;
    const known = knownKeys(table, issue.path?.at(-1)?.input);
    const meant = meantHint(key, known);
    const hints = meant.length > 0 ? meant : [`known keys are ${known.map((name) => `\`${name}\``).join(', ')}`];
    return diagnostic('F0103', `unknown key \`${key}\`${where}`, { source, path, part: 'key', hints });
  }
  const problem = diagnostic('F0104', `\`${showPath(path)}\` ${issue.message}`, { source, path, part: 'value', hints: [] });
  return path[0] === 'caches' && mayBeSecret(String(path[2]), issue.input) ? withoutExcerpt(problem) : problem;
}

function knownKeys(table: readonly string[], written: unknown): readonly string[] {
  if (table[0] === 'caches') return knownCacheKeys(written);
  return KNOWN_KEYS[table[0] === 'environments' || table[0] === 'checks' ? table[0] : table.join('.')] ?? [];
}

/** The same about a value that must not be shown. */
function withoutExcerpt({ span, ...problem }: Diagnostic): Diagnostic {
  const place = span === undefined ? [] : [['place', `${span.file}:${positionOf(span).line}`] as const];
  return {
    ...problem,
    code: 'F1130',
    facts: place,
    hints: ['what is secret is read from an environment variable: here stands only its name'],
  };
}

function pathOf(issue: v.BaseIssue<unknown>): TomlPath {
  return (issue.path ?? []).map((item) => (typeof item.key === 'number' ? item.key : String(item.key)));
}

function showPath(path: TomlPath): string {
  return path.reduce<string>(
    (shown, part) => (typeof part === 'number' ? `${shown}[${part}]` : shown === '' ? part : `${shown}.${part}`),
    '',
  );
}

function diagnostic(
  code: Diagnostic['code'],
  message: string,
  place: { readonly source: NamedText; readonly path: TomlPath; readonly part: 'key' | 'value'; readonly hints: readonly string[] },
): Diagnostic {
  const span = spanOfToml({ file: place.source.file, text: place.source.text, path: place.path, part: place.part });
  return {
    code,
    severity: 'error',
    blame: 'input',
    message,
    ...(span === undefined ? {} : { span }),
    ...(place.hints.length === 0 ? {} : { hints: place.hints }),
  };
}

/** cargo's requirements are comma-separated comparators; each of them is one that `semver` knows. */
function isRequirement(text: string): boolean {
  return text.split(',').every((part) => part.trim() !== '' && validRange(part.trim()) !== null);
}

function isPlatform(text: string): boolean {
  return /^cfg\(.+\)$/s.test(text) || /^[a-z0-9_.]+(?:-[a-z0-9_.]+){1,3}$/.test(text);
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/** Bytes of `20 GB`, `500M`, `1.5GiB`; `undefined` when it is none of that kind. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '?'];
  return match?.[1] === undefined || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

function toBytes(written: string | number | undefined): number | undefined {
  if (typeof written === 'string') return parseSize(written);
  return written !== undefined && Number.isSafeInteger(written) && written >= 0 ? written : undefined;
}
