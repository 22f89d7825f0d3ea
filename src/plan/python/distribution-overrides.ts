import { type DistributionName, normalizeName } from '../../python/distribution-name.ts';
import { parseSpecifiers, satisfies } from '../../python/version/specifier.ts';
import { parseVersion } from '../../python/version/version.ts';
import type { ConfigOverride, FerruleConfig } from '../../repository/config.ts';

/** A distribution that overrides may be about. */
export interface OverrideSubject {
  readonly name: DistributionName;
  /** `undefined`: it is dynamic, and overrides for certain versions do not apply. */
  readonly version: string | undefined;
}

/** The overrides of `ferrule.toml` for a distribution. Their `version` is read as PEP 440 has it; a bare one stands for all that begin so. */
export function overridesFor(config: FerruleConfig, { name, version }: OverrideSubject): readonly ConfigOverride[] {
  return config.overrides.filter(
    ({ subject, version: wanted }) =>
      subject.kind === 'distribution' && normalizeName(subject.name) === name && (wanted === undefined || isWithin(version, wanted)),
  );
}

/** Variables that overrides set, or take from the user. */
export function overrideVariables(
  overrides: readonly ConfigOverride[],
  user: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const { environment, passEnvironment } of overrides) {
    Object.assign(variables, environment);
    for (const name of passEnvironment) if (user[name] !== undefined) variables[name] = user[name];
  }
  return variables;
}

function isWithin(version: string | undefined, wanted: string): boolean {
  const parsed = version === undefined ? undefined : parseVersion(version);
  const set = parseSpecifiers(wanted) ?? parseSpecifiers(`==${wanted.replace(/^=/, '')}.*`);
  return parsed !== undefined && set !== undefined && satisfies(set, parsed);
}
