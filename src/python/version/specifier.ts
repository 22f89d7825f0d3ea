import {
  compareReleases,
  compareVersions,
  formatVersion,
  isPrerelease,
  parseVersion,
  publicVersion,
  sameVersion,
  type Version,
  type VersionNumber,
} from './version.ts';

export type ComparisonOperator = '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=';

/** One clause of a version specifier (PEP 440). */
export type Specifier =
  | {
      readonly operator: ComparisonOperator;
      readonly version: Version;
      /** `== 1.2.*`: only with `==` and `!=`, and only a release stands before it. */
      readonly wildcard: boolean;
    }
  /** Any text, compared letter by letter with a version's normal form. */
  | { readonly operator: '==='; readonly text: string };

/** Clauses that must all hold, as written; none: any version. */
export interface SpecifierSet {
  readonly specifiers: readonly Specifier[];
}

/** `>=1.2, !=1.5.*`; empty text and empty clauses are allowed. `undefined`: not a specifier set of PEP 440. */
export function parseSpecifiers(text: string): SpecifierSet | undefined {
  const specifiers: Specifier[] = [];
  for (const clause of text.split(',')) {
    if (clause.trim() === '') continue;
    const specifier = parseSpecifier(clause);
    if (specifier === undefined) return undefined;
    specifiers.push(specifier);
  }
  return { specifiers };
}

/** One clause, without commas. */
export function parseSpecifier(clause: string): Specifier | undefined {
  const [, operator = '', text = ''] = /^\s*(===|==|!=|<=|>=|~=|<|>)\s*([^\s]*)\s*$/.exec(clause) ?? [];
  if (operator === '===') return /[;)]/.test(text) ? undefined : { operator, text };
  if (!isComparison(operator)) return undefined;
  const isEquality = operator === '==' || operator === '!=';
  const wildcard = isEquality && text.endsWith('.*');
  const version = parseVersion(wildcard ? text.slice(0, -2) : text);
  if (version === undefined) return undefined;
  if (wildcard && !isReleaseOnly(version)) return undefined;
  if (version.local !== undefined && !isEquality) return undefined;
  if (operator === '~=' && version.release.length < 2) return undefined;
  return { operator, version, wildcard };
}

function isComparison(operator: string): operator is ComparisonOperator {
  return operator !== '';
}

function isReleaseOnly({ pre, post, dev, local }: Version): boolean {
  return pre === undefined && post === undefined && dev === undefined && local === undefined;
}

/** `>=1.2,!=1.5.*`: clauses as they came, versions in normal form. */
export function formatSpecifiers(set: SpecifierSet): string {
  return set.specifiers.map(formatSpecifier).join(',');
}

export function formatSpecifier(specifier: Specifier): string {
  if (specifier.operator === '===') return `===${specifier.text}`;
  return `${specifier.operator}${formatVersion(specifier.version)}${specifier.wildcard ? '.*' : ''}`;
}

/**
 * Whether a version fulfils every clause. A pre-release may: whether to want one where a final release would do is the
 * question of who chooses among several, not of one version at hand (`packaging` >= 26).
 */
export function satisfies(set: SpecifierSet, version: Version): boolean {
  return set.specifiers.every((specifier) => satisfiesSpecifier(specifier, version));
}

export function satisfiesSpecifier(specifier: Specifier, candidate: Version): boolean {
  if (specifier.operator === '===') return formatVersion(candidate) === specifier.text.toLowerCase();
  const { operator, version, wildcard } = specifier;
  switch (operator) {
    case '==':
      return wildcard ? hasPrefix(candidate, version) : isEqual(candidate, version);
    case '!=':
      return !(wildcard ? hasPrefix(candidate, version) : isEqual(candidate, version));
    case '>=':
      return compareVersions(candidate, version) >= 0;
    case '<=':
      return compareVersions(publicVersion(candidate), version) <= 0;
    case '>':
      return isGreater(candidate, version);
    case '<':
      return isLess(candidate, version);
    case '~=':
      return compareVersions(candidate, version) >= 0 && hasPrefix(candidate, { ...version, release: version.release.slice(0, -1) });
  }
}

/** A local part counts only if the specifier has one. */
function isEqual(candidate: Version, version: Version): boolean {
  return sameVersion(version.local === undefined ? publicVersion(candidate) : candidate, version);
}

function hasPrefix(candidate: Version, { epoch, release }: Version): boolean {
  return candidate.epoch === epoch && compareReleases(padded(candidate.release, release.length), release) === 0;
}

function padded(release: readonly VersionNumber[], length: number): readonly VersionNumber[] {
  return Array.from({ length }, (_, index) => release[index] ?? 0);
}

/** `>1.0` takes neither `1.0+local` nor `1.0.post1`, unless it names a post-release itself. */
function isGreater(candidate: Version, version: Version): boolean {
  if (compareVersions(publicVersion(candidate), version) <= 0) return false;
  if (version.post !== undefined || version.dev !== undefined) return true;
  return candidate.post === undefined || compareVersions({ ...publicVersion(candidate), post: undefined, dev: undefined }, version) !== 0;
}

/** `<1.0` takes no pre-release of `1.0`, unless it names a pre-release itself. */
function isLess(candidate: Version, version: Version): boolean {
  return compareVersions(candidate, isPrerelease(version) ? version : { ...version, dev: 0 }) < 0;
}
