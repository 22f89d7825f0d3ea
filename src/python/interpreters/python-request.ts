import type { Interpreter } from '../interpreter.ts';
import { parseSpecifiers, satisfies, type SpecifierSet } from '../version/specifier.ts';
import { compareVersions, parseVersion, type Version } from '../version/version.ts';

/** What a `.python-version` file or a setting asks for, in the words uv and pyenv understand. */
export type PythonRequest =
  /** `3`, `3.12`, `3.12.1`, `3.13t`, `pypy@3.10`, `cpython-3.12.1-linux-x86_64-gnu`. */
  | {
      readonly kind: 'version';
      readonly implementation: Interpreter['implementation'];
      /** First numbers of the version; none: any. */
      readonly release: readonly number[];
      /** `3.13.0rc1`: this very pre-release; `undefined`: none is named. */
      readonly prerelease: Version | undefined;
      readonly freeThreaded: boolean;
    }
  /** `>=3.11,<3.13` */
  | { readonly kind: 'range'; readonly set: SpecifierSet }
  /** A path, or the name of a program on `PATH`. */
  | { readonly kind: 'program'; readonly program: string };

const IMPLEMENTATIONS: ReadonlyMap<string, Interpreter['implementation']> = new Map([
  ['cpython', 'cpython'],
  ['cp', 'cpython'],
  ['python', 'cpython'],
  ['pypy', 'pypy'],
  ['pp', 'pypy'],
  ['graalpy', 'graalpy'],
  ['gp', 'graalpy'],
]);

/** `implementation`, separator, version, `t` or `+freethreaded`, and what uv's keys add: system, machine, C library. */
const VERSION =
  /^(?:(?<implementation>[a-z]+)[@-]?)?(?<version>\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)?(?<threading>t|\+freethreaded)?(?<platform>-[a-z]+-[\w]+-[a-z]+)?$/;

/** `undefined`: nothing that means a Python. */
export function parsePythonRequest(text: string): PythonRequest | undefined {
  const trimmed = text.trim();
  if (/[\\/]/.test(trimmed)) return { kind: 'program', program: trimmed };
  if (/^[<>=!~]/.test(trimmed)) {
    const set = parseSpecifiers(trimmed);
    return set === undefined ? undefined : { kind: 'range', set };
  }
  const groups = VERSION.exec(trimmed.toLowerCase())?.groups;
  const implementation = IMPLEMENTATIONS.get(groups?.['implementation'] ?? 'cpython');
  if (trimmed === '' || groups === undefined || implementation === undefined) return undefined;
  const version = parseVersion(dotted(groups['version'] ?? '0'));
  if (version === undefined) return undefined;
  return {
    kind: 'version',
    implementation,
    release: groups['version'] === undefined ? [] : version.release.map(Number),
    prerelease: version.pre === undefined ? undefined : version,
    freeThreaded: groups['threading'] !== undefined,
  };
}

/** `312`, as wheel tags have it, is `3.12`. */
function dotted(version: string): string {
  return /^[23]\d+$/.test(version) ? `${version.slice(0, 1)}.${version.slice(1)}` : version;
}

/** Whether an interpreter is what was asked for. A program is what it is. */
export function fulfils(interpreter: Interpreter, request: PythonRequest): boolean {
  switch (request.kind) {
    case 'program':
      return true;
    case 'range':
      return !interpreter.freeThreaded && satisfiesRange(interpreter, request.set);
    case 'version': {
      const { implementation, freeThreaded, prerelease, release } = request;
      if (interpreter.implementation !== implementation || interpreter.freeThreaded !== freeThreaded) return false;
      const version = parseVersion(interpreter.version.full);
      if (prerelease !== undefined) return version !== undefined && compareVersions(version, prerelease) === 0;
      return release.every((number, index) => version?.release[index] === number);
    }
  }
}

/** By the release alone, so that 3.14.0rc1 is good for `>=3.14` (as uv judges `requires-python`). */
export function satisfiesRange({ version }: Interpreter, set: SpecifierSet): boolean {
  const { major, minor, micro } = version;
  return satisfies(set, { epoch: 0, release: [major, minor, micro], pre: undefined, post: undefined, dev: undefined, local: undefined });
}

/** Whether a 3.`minor` of unknown micro version could be what was asked for: what is not is never started. */
export function admitsMinor(minor: number, request: PythonRequest | undefined, required: SpecifierSet | undefined): boolean {
  if (request?.kind === 'version') {
    const [major = 3, asked = minor] = request.release;
    return major === 3 && asked === minor;
  }
  const sets = [request?.kind === 'range' ? request.set : undefined, required].filter((set) => set !== undefined);
  return sets.every((set) => MICRO_SAMPLES.some((micro) => satisfies(set, { ...RELEASE, release: [3, minor, micro] })));
}

const RELEASE: Version = { epoch: 0, release: [0], pre: undefined, post: undefined, dev: undefined, local: undefined };

/** No series of CPython has had more releases. */
const MICRO_SAMPLES = Array.from({ length: 40 }, (_, micro) => micro);
