import { type DistributionName, normalizeName } from './distribution-name.ts';
import { parseVersion, type Version } from './version/version.ts';

/** The parts of a wheel's file name (PEP 427): `numpy-2.1.0-1-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`. */
export interface WheelFilename {
  /** As it was given. */
  readonly text: string;
  readonly name: DistributionName;
  readonly version: Version;
  /** As the file name spells it. */
  readonly versionText: string;
  readonly build: BuildTag | undefined;
  /** Compressed tag set: the wheel fits every combination of the three lists. */
  readonly pythons: readonly string[];
  readonly abis: readonly string[];
  readonly platforms: readonly string[];
}

/** Wheels of one version are told apart by it: the greater one is preferred, none comes last. */
export interface BuildTag {
  readonly number: number;
  readonly rest: string;
}

/** `undefined`: not a wheel's file name. */
export function parseWheelFilename(text: string): WheelFilename | undefined {
  if (!text.endsWith('.whl')) return undefined;
  const parts = text.slice(0, -'.whl'.length).split('-');
  const buildText = parts.length === 6 ? parts.splice(2, 1)[0] : undefined;
  const [nameText, versionText, python, abi, platform, ...more] = parts;
  if (nameText === undefined || versionText === undefined || python === undefined || abi === undefined) return undefined;
  if (platform === undefined || more.length > 0) return undefined;
  const version = parseVersion(versionText);
  const build = buildText === undefined ? undefined : parseBuildTag(buildText);
  if (version === undefined || !isWheelName(nameText) || (buildText !== undefined && build === undefined)) return undefined;
  const [pythons, abis, platforms] = [python, abi, platform].map((set) => set.toLowerCase().split('.'));
  if (pythons === undefined || abis === undefined || platforms === undefined) return undefined;
  if ([...abis, ...platforms].includes('') || !pythons.every((tag) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(tag))) return undefined;
  return { text, name: normalizeName(nameText), version, versionText, build, pythons, abis, platforms };
}

function isWheelName(text: string): boolean {
  return /^[\p{L}\p{N}_.]+$/u.test(text) && !text.includes('__');
}

function parseBuildTag(text: string): BuildTag | undefined {
  const [, digits, rest = ''] = /^(\d+)(.*)$/.exec(text) ?? [];
  return digits === undefined ? undefined : { number: Number(digits), rest };
}

/** Negative, zero or positive; no build tag comes before any. */
export function compareBuildTags(left: BuildTag | undefined, right: BuildTag | undefined): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  if (left.number !== right.number) return left.number - right.number;
  return left.rest < right.rest ? -1 : Number(left.rest > right.rest);
}
