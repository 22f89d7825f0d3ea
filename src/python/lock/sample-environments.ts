import type { MarkerEnvironment } from '../interpreter.ts';
import type { Marker, MarkerComparison } from '../version/marker.ts';
import { parseSpecifiers, satisfies } from '../version/specifier.ts';
import { parseVersion } from '../version/version.ts';

/** An environment to try markers on. */
export interface SampleEnvironment {
  readonly environment: MarkerEnvironment;
  readonly extras: ReadonlySet<string>;
}

/** What goes together in every environment there is: uv uses it when it simplifies markers. */
const SYSTEMS: readonly Pick<MarkerEnvironment, 'os_name' | 'sys_platform' | 'platform_system'>[] = [
  { os_name: 'posix', sys_platform: 'linux', platform_system: 'Linux' },
  { os_name: 'posix', sys_platform: 'darwin', platform_system: 'Darwin' },
  { os_name: 'nt', sys_platform: 'win32', platform_system: 'Windows' },
  { os_name: 'posix', sys_platform: 'freebsd', platform_system: 'FreeBSD' },
  { os_name: 'posix', sys_platform: 'cygwin', platform_system: 'CYGWIN_NT-10.0' },
  { os_name: 'posix', sys_platform: 'emscripten', platform_system: 'Emscripten' },
  { os_name: 'java', sys_platform: 'java', platform_system: 'Java' },
];

const IMPLEMENTATIONS: readonly Pick<MarkerEnvironment, 'implementation_name' | 'platform_python_implementation'>[] = [
  { implementation_name: 'cpython', platform_python_implementation: 'CPython' },
  { implementation_name: 'pypy', platform_python_implementation: 'PyPy' },
  { implementation_name: 'graalpy', platform_python_implementation: 'GraalVM' },
];

const FREE_VARIABLES = ['platform_machine', 'platform_release', 'platform_version', 'implementation_version'] as const;

/** Beyond it two markers count as equal: no lock that was seen comes near. */
const MOST_SAMPLES = 50_000;

/**
 * Environments that between them tell apart any two of some markers: for each variable that they mention every value they compare
 * it with, and one more; for versions those just below and above. Only Pythons that `requiresPython` allows.
 */
export function* sampleEnvironments(
  markers: readonly Marker[],
  requiresPython: string | undefined,
): Generator<SampleEnvironment, void, undefined> {
  const comparisons = markers.flatMap(comparisonsOf);
  const mentions = (...variables: readonly string[]): boolean => comparisons.some(({ variable }) => variables.includes(variable));
  const pythons = mentions('python_version', 'python_full_version') ? sampleVersions(comparisons, requiresPython) : ['3.12.1'];
  const systems = mentions('os_name', 'sys_platform', 'platform_system') ? systemsFor(comparisons) : SYSTEMS.slice(0, 1);
  const implementations = mentions('implementation_name', 'platform_python_implementation') ? IMPLEMENTATIONS : IMPLEMENTATIONS.slice(0, 1);
  const others = FREE_VARIABLES.map((variable) => [...valuesOf(comparisons, variable), 'another']);
  const extras = [undefined, ...valuesOf(comparisons, 'extra')];
  let count = 0;
  for (const python of pythons) {
    for (const system of systems) {
      for (const implementation of implementations) {
        for (const [machine = '', release = '', version = '', implementationVersion = ''] of combinations(others)) {
          for (const extra of extras) {
            count += 1;
            if (count > MOST_SAMPLES) return;
            yield {
              extras: new Set(extra === undefined ? [] : [extra]),
              environment: {
                ...system,
                ...implementation,
                platform_machine: machine,
                platform_release: release,
                platform_version: version,
                implementation_version: implementationVersion === 'another' ? python : implementationVersion,
                python_full_version: python,
                python_version: python.split('.', 2).join('.'),
              },
            };
          }
        }
      }
    }
  }
}

function comparisonsOf(marker: Marker): readonly MarkerComparison[] {
  return marker.kind === 'comparison' ? [marker] : marker.operands.flatMap(comparisonsOf);
}

function valuesOf(comparisons: readonly MarkerComparison[], variable: string): readonly string[] {
  return [...new Set(comparisons.filter((comparison) => comparison.variable === variable).map(({ value }) => value))];
}

/** Those that are known, and what markers mention beyond them. */
function systemsFor(comparisons: readonly MarkerComparison[]): typeof SYSTEMS {
  const [linux = { os_name: 'posix', sys_platform: 'linux', platform_system: 'Linux' }] = SYSTEMS;
  const unknown = (['os_name', 'sys_platform', 'platform_system'] as const).flatMap((variable) =>
    valuesOf(comparisons, variable)
      .filter((value) => !SYSTEMS.some((system) => system[variable] === value))
      .map((value) => ({ ...linux, os_name: 'another', sys_platform: 'another', platform_system: 'Another', [variable]: value })),
  );
  return [...SYSTEMS, ...unknown];
}

function sampleVersions(comparisons: readonly MarkerComparison[], requiresPython: string | undefined): readonly string[] {
  const texts = comparisons.filter(({ variable }) => variable.startsWith('python')).map(({ value }) => value);
  return pythonsAround([...texts, requiresPython ?? ''], requiresPython);
}

/** Python versions at, just below and just above each that some texts mention, as far as `requiresPython` allows them. */
export function pythonsAround(texts: readonly string[], requiresPython: string | undefined): readonly string[] {
  const range = requiresPython === undefined ? undefined : parseSpecifiers(requiresPython);
  const mentioned = texts.flatMap((text) => text.match(/\d+(?:\.\d+)*/g) ?? []);
  const versions = new Set(['2.7.18', '3.0.0', '4.0.0', ...mentioned.flatMap(around)]);
  return [...versions].filter((text) => {
    const version = parseVersion(text);
    return version !== undefined && (range === undefined || satisfies(range, version));
  });
}

function around(text: string): readonly string[] {
  const [major = 3, minor = 0, micro = 0] = text.split('.').map(Number);
  const versions = [`${major}.${minor}.${micro}`, `${major}.${minor}.${micro + 1}`, `${major}.${minor + 1}.0`, `${major + 1}.0.0`];
  if (micro > 0) versions.push(`${major}.${minor}.${micro - 1}`, `${major}.${minor}.0`);
  if (minor > 0) versions.push(`${major}.${minor - 1}.0`, `${major}.${minor - 1}.99`);
  return versions;
}

function combinations(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>((done, list) => done.flatMap((start) => list.map((item) => [...start, item])), [[]]);
}
