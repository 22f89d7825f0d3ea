/** A number of a version: a `bigint` where a `number` would not be exact. Equal values are always of equal type. */
export type VersionNumber = number | bigint;

/** A version as PEP 440 reads it, in normal form: case, separators and spellings such as `alpha` are gone, trailing zeros are kept. */
export interface Version {
  readonly epoch: VersionNumber;
  /** At least one. */
  readonly release: readonly VersionNumber[];
  readonly pre: PreRelease | undefined;
  readonly post: VersionNumber | undefined;
  readonly dev: VersionNumber | undefined;
  /** Segments after `+`, numbers where they are digits only; `undefined`: none. */
  readonly local: readonly (VersionNumber | string)[] | undefined;
}

export interface PreRelease {
  readonly phase: 'a' | 'b' | 'rc';
  readonly number: VersionNumber;
}

/** PEP 440, appendix B: what a version may look like before it is normalised. Also the part of a specifier behind its operator. */
const PATTERN = new RegExp(
  [
    String.raw`^\s*v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)`,
    String.raw`(?:[-_.]?(?<phase>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?<phaseNumber>\d*))?`,
    String.raw`(?<post>-(?<postDigits>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?<postNumber>\d*))?`,
    String.raw`(?<dev>[-_.]?dev[-_.]?(?<devNumber>\d*))?`,
    String.raw`(?:\+(?<local>[a-z\d]+(?:[-_.][a-z\d]+)*))?\s*$`,
  ].join(''),
  'i',
);

/** `undefined`: not a version of PEP 440. Space around it and a leading `v` are allowed. */
export function parseVersion(text: string): Version | undefined {
  const groups = PATTERN.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { epoch = '0', release = '', phase, phaseNumber, post, postDigits, postNumber, dev, devNumber, local } = groups;
  return {
    epoch: numberOf(epoch),
    release: release.split('.').map(numberOf),
    pre: phase === undefined ? undefined : { phase: phaseOf(phase.toLowerCase()), number: numberOf(phaseNumber ?? '') },
    post: post === undefined ? undefined : numberOf(postDigits ?? postNumber ?? ''),
    dev: dev === undefined ? undefined : numberOf(devNumber ?? ''),
    local: local === undefined ? undefined : local.toLowerCase().split(/[-_.]/).map(localSegment),
  };
}

/** An absent number is 0: `1.0a` is `1.0a0`. */
function numberOf(digits: string): VersionNumber {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

function localSegment(text: string): VersionNumber | string {
  return /^\d+$/.test(text) ? numberOf(text) : text;
}

function phaseOf(word: string): PreRelease['phase'] {
  if (word === 'a' || word === 'alpha') return 'a';
  if (word === 'b' || word === 'beta') return 'b';
  return 'rc';
}

/** The normal form of PEP 440; trailing zeros of the release stay: `1.0`, `1!2.0rc1.post2.dev3+cpu.1`. */
export function formatVersion(version: Version): string {
  const { epoch, release, pre, post, dev, local } = version;
  return [
    epoch === 0 ? '' : `${epoch}!`,
    release.join('.'),
    pre === undefined ? '' : `${pre.phase}${pre.number}`,
    post === undefined ? '' : `.post${post}`,
    dev === undefined ? '' : `.dev${dev}`,
    local === undefined ? '' : `+${local.join('.')}`,
  ].join('');
}

/** Negative, zero or positive, in the order of PEP 440: `1.0.dev1 < 1.0a1 < 1.0 = 1.0.0 < 1.0+local < 1.0.post1`. */
export function compareVersions(left: Version, right: Version): number {
  return (
    compareNumbers(left.epoch, right.epoch) ||
    compareReleases(left.release, right.release) ||
    compareNumbers(preRank(left), preRank(right)) ||
    compareNumbers(left.pre?.number ?? 0, right.pre?.number ?? 0) ||
    compareNumbers(left.post ?? -1, right.post ?? -1) ||
    compareNumbers(left.dev ?? Infinity, right.dev ?? Infinity) ||
    compareLocals(left.local, right.local)
  );
}

export function sameVersion(left: Version, right: Version): boolean {
  return compareVersions(left, right) === 0;
}

/** Alpha, beta, release candidate or development release. */
export function isPrerelease(version: Version): boolean {
  return version.pre !== undefined || version.dev !== undefined;
}

/** The version without its local part. */
export function publicVersion(version: Version): Version {
  return version.local === undefined ? version : { ...version, local: undefined };
}

/** Compares as if the shorter one went on with zeros. */
export function compareReleases(left: readonly VersionNumber[], right: readonly VersionNumber[]): number {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const order = compareNumbers(left[index] ?? 0, right[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** `1.0.dev1` comes before `1.0a1`, `1.0` after `1.0rc1`. */
function preRank({ pre, post, dev }: Version): number {
  if (pre !== undefined) return pre.phase === 'a' ? 1 : pre.phase === 'b' ? 2 : 3;
  return post === undefined && dev !== undefined ? 0 : 4;
}

/** None before any; words before numbers; the shorter one first. */
function compareLocals(left: Version['local'], right: Version['local']): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compareSegments(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareSegments(left: VersionNumber | string | undefined, right: VersionNumber | string | undefined): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right);
  if (typeof left === 'string') return -1;
  return typeof right === 'string' ? 1 : compareNumbers(left, right);
}

function compareNumbers(left: VersionNumber, right: VersionNumber): number {
  return left < right ? -1 : Number(left > right);
}
