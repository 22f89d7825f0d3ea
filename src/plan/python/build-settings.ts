import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import type { DistributionName } from '../../python/distribution-name.ts';
import type { ConfigSettings, ExtraBuildDependency, UvSettings } from '../../python/project/uv-settings.ts';
import type { Resolution, ResolvedDistribution } from '../../python/resolution.ts';
import { formatRequirement, parseRequirement } from '../../python/version/requirement.ts';
import { parseSpecifiers } from '../../python/version/specifier.ts';

/** What `[tool.uv]` says about the build of one distribution. */
export interface BuildSettings {
  /** `extra-build-dependencies`, those that must match what runs with its version. */
  readonly extraRequires: readonly string[];
  readonly configSettings: ConfigSettings;
  /** `extra-build-variables`. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What something is built for: the settings of a lock, and what that lock runs beside it. */
export interface BuiltFor {
  /** Of the project in the lock's directory, which in a workspace is its root, or of the script. */
  readonly settings: UvSettings;
  /** Asked for only where something must match it. */
  readonly runtime: () => Promise<Result<Resolution>>;
}

export interface BuildSettingsQuestion {
  readonly name: DistributionName;
  /** A local project's own settings first, then those that it is built for, which decide. */
  readonly layers: readonly UvSettings[];
  readonly runtime: BuiltFor['runtime'];
  readonly subject: BuildSubject;
}

/** F1035: something that must match what runs, and does not run. F1036: what runs comes from no index. */
export async function buildSettings({ name, layers, runtime, subject }: BuildSettingsQuestion): Promise<Result<BuildSettings>> {
  const extra = layers.flatMap(({ extraBuildDependencies }) => extraBuildDependencies.get(name) ?? []);
  const texts: string[] = [];
  const problems: Diagnostic[] = [];
  for (const dependency of extra) {
    const matched = dependency.matchRuntime ? await matching(dependency, { runtime, subject }) : ok(dependency.requirement);
    if (matched.ok) texts.push(matched.value);
    else problems.push(...matched.diagnostics);
  }
  if (problems.length > 0) return fail(...problems);
  return ok({
    extraRequires: [...new Set(texts)],
    configSettings: Object.assign(
      {},
      ...layers.map((layer) => layer.configSettings),
      ...layers.map((layer) => layer.configSettingsPackage.get(name)),
    ),
    variables: Object.assign({}, ...layers.map((layer) => layer.extraBuildVariables.get(name))),
  });
}

/** Indexes of what must match at run time: the same version has to come from the same place. */
export function runtimeIndexes(settings: UvSettings, { distributions }: Resolution): ReadonlyMap<DistributionName, string> {
  const wanted = new Set([...settings.extraBuildDependencies.values()].flat().flatMap((dependency) => matchedName(dependency) ?? []));
  return new Map(
    distributions.flatMap(({ name, source }) => {
      const index = 'artifact' in source && source.artifact.location.kind === 'url' ? source.artifact.location.index : undefined;
      return wanted.has(name) && index !== undefined ? [[name, index] as const] : [];
    }),
  );
}

function matchedName({ requirement, matchRuntime }: ExtraBuildDependency): DistributionName | undefined {
  const parsed = matchRuntime ? parseRequirement(requirement) : undefined;
  return parsed?.ok === true ? parsed.requirement.name : undefined;
}

async function matching(
  { requirement: text }: ExtraBuildDependency,
  { runtime, subject }: Pick<BuildSettingsQuestion, 'runtime' | 'subject'>,
): Promise<Result<string>> {
  const parsed = parseRequirement(text);
  if (!parsed.ok) return ok(text);
  const resolution = await runtime();
  if (!resolution.ok) return resolution;
  const { requirement } = parsed;
  const found = resolution.value.distributions.find(({ name }) => name === requirement.name);
  if (found === undefined) return fail(notRunning(subject, requirement.name));
  if (found.version === undefined || !isFromIndex(found)) return fail(fromElsewhere(subject, found));
  const set = parseSpecifiers(`==${found.version}`);
  return ok(set === undefined ? text : formatRequirement({ ...requirement, constraint: { kind: 'versions', set } }));
}

function isFromIndex({ source }: ResolvedDistribution): boolean {
  return 'artifact' in source && source.artifact.location.kind === 'url' && source.artifact.location.index !== undefined;
}

function notRunning(subject: BuildSubject, name: DistributionName): Diagnostic {
  return {
    code: 'F1035',
    severity: 'error',
    blame: 'input',
    message: `building \`${subject.label}\` needs the \`${name}\` that runs beside it, and none does`,
    ...(subject.span === undefined ? {} : { span: subject.span }),
    hints: [`add \`${name}\` to the dependencies, or take \`match-runtime = true\` out of \`extra-build-dependencies\``],
  };
}

function fromElsewhere(subject: BuildSubject, { name, source }: ResolvedDistribution): Diagnostic {
  return {
    code: 'F1036',
    severity: 'error',
    blame: 'input',
    message: `building \`${subject.label}\` needs the \`${name}\` that runs beside it, which comes from no index`,
    ...(subject.span === undefined ? {} : { span: subject.span }),
    facts: [['it comes from', source.kind === 'git' ? 'a git repository' : 'directory' in source ? 'a directory' : 'an address or a file']],
    hints: ['what builds must be pinned by hash as a wheel of an index: lock it from one, or take `match-runtime = true` away'],
  };
}
