import fc from 'fast-check';
import { expect, test, vi } from 'vitest';

import type { MarkerEnvironment } from '../../../src/python/interpreter.ts';
import { evaluateMarker, parseMarker } from '../../../src/python/version/marker.ts';
import { glibc, interpreterOf, macos } from './interpreters.ts';
import { askPackaging } from './packaging-oracle.ts';
import { chosenByUv } from './uv-choices.ts';
import { SEED } from './version-texts.ts';

// Other programs are asked, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

const LINUX: MarkerEnvironment = {
  implementation_name: 'cpython',
  implementation_version: '3.12.4',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '',
  platform_system: 'Linux',
  platform_version: '',
  python_full_version: '3.12.4',
  python_version: '3.12',
  sys_platform: 'linux',
};

const ENVIRONMENTS: readonly MarkerEnvironment[] = [
  LINUX,
  { ...LINUX, python_full_version: '3.13.0rc1', python_version: '3.13', implementation_version: '3.13.0c1' },
  {
    ...LINUX,
    python_full_version: '3.9.18',
    python_version: '3.9',
    implementation_version: '7.3.15',
    implementation_name: 'pypy',
    platform_python_implementation: 'PyPy',
  },
  {
    ...LINUX,
    sys_platform: 'darwin',
    platform_system: 'Darwin',
    platform_machine: 'arm64',
    platform_release: '23.1.0',
    platform_version: 'Darwin Kernel Version 23.1.0',
  },
  {
    ...LINUX,
    sys_platform: 'win32',
    os_name: 'nt',
    platform_system: 'Windows',
    platform_machine: 'AMD64',
    platform_release: '10',
    platform_version: '10.0.19045',
  },
  { ...LINUX, platform_release: '5.15.0-91-generic', platform_version: '#101-Ubuntu SMP', python_full_version: '3.14.0+' },
];

const versionVariable = fc.constantFrom('python_version', 'python_full_version', 'implementation_version', 'platform_release');
const textVariable = fc.constantFrom(
  'os_name',
  'sys_platform',
  'platform_machine',
  'platform_system',
  'platform_python_implementation',
  'implementation_name',
  'platform_version',
  'os.name',
  'python_implementation',
);
const versionValue = fc.constantFrom(
  '3',
  '3.8',
  '3.12',
  '3.12.*',
  '3.12.4',
  '3.13',
  '3.13.0rc1',
  '3.9.18',
  '7.3',
  '3.8 3.9 3.12',
  '3.8,3.12',
  '5.15',
  'abc',
  '',
  '4',
  '3.13.0+local',
  '10',
);
const textValue = fc.constantFrom(
  'posix',
  'nt',
  'linux',
  'win32',
  'darwin',
  'linux darwin',
  'lin',
  'x86_64',
  'arm64',
  'Linux',
  'CPython',
  'PyPy',
  'cpython',
  '',
  '10.0.19045',
  '3.12',
);
const operator = fc.constantFrom('==', '!=', '<=', '>=', '<', '>', '~=', '===', 'in', 'not in', 'not  in');
const quote = fc.constantFrom("'", '"');

const comparison = fc
  .tuple(
    fc.oneof(fc.tuple(versionVariable, versionValue), fc.tuple(textVariable, textValue), fc.tuple(textVariable, versionValue)),
    operator,
    quote,
    fc.boolean(),
    fc.constantFrom(' ', '  ', ''),
  )
  .map(([[variable, value], op, mark, valueFirst, space]) => {
    const quoted = `${mark}${value}${mark}`;
    const [left, right] = valueFirst ? [quoted, variable] : [variable, quoted];
    const around = /^[a-z]/.test(op) ? ' ' : space;
    return `${left}${around}${op}${around}${right}`;
  });

const marker: fc.Arbitrary<string> = fc.letrec<{ marker: string }>((tie) => ({
  marker: fc.oneof(
    { maxDepth: 3 },
    { weight: 4, arbitrary: comparison },
    fc.tuple(tie('marker'), fc.constantFrom(' and ', ' or ', '  and '), tie('marker')).map((parts) => parts.join('')),
    tie('marker').map((inner) => `(${inner})`),
    tie('marker').map((inner) => ` ( ${inner} ) `),
  ),
})).marker;

test('markers hold where packaging says they hold', () => {
  const markers = fc.sample(marker, { numRuns: 4000, seed: SEED });
  // A comparison that means nothing is an error there and false here, which changes what stands around it: only whole markers that mean something.
  const answer = askPackaging(
    { markers, environments: ENVIRONMENTS },
    `
answer = [[attempt(Marker(text).evaluate, environment) for environment in question["environments"]] if attempt(Marker, text) else "refused" for text in question["markers"]]`,
  );
  const ours = markers.map((text) => {
    const parsed = parseMarker(text);
    return parsed.ok
      ? ENVIRONMENTS.map((environment) => evaluateMarker({ marker: parsed.marker, environment, extras: new Set() }))
      : 'refused';
  });
  if (!Array.isArray(answer)) throw new Error('packaging answered something else');
  let compared = 0;
  const differences = markers.flatMap((text, index) => {
    const theirs: unknown = answer[index];
    const own = ours[index];
    if (!Array.isArray(theirs) || !Array.isArray(own)) return own === theirs ? [] : [{ text, own, theirs }];
    const pairs = theirs.map((value: unknown, at) => [value, own[at]] as const).filter(([value]) => value !== null);
    compared += pairs.length;
    return pairs.every(([value, mine]) => value === mine) ? [] : [{ text, own, theirs }];
  });
  expect(differences.slice(0, 10)).toEqual([]);
  expect(compared).toBeGreaterThan(10_000);
});

// What uv sees differently is not asked here: an order of texts, a part of a version's text, comparisons that mean nothing.
const plainVersion = fc
  .tuple(
    fc.constantFrom('python_version', 'python_full_version'),
    fc.constantFrom('==', '!=', '<=', '>=', '<', '>'),
    fc.constantFrom('3', '3.8', '3.9', '3.10', '3.12', '3.12.0', '3.13', '4'),
    fc.boolean(),
  )
  .map(([variable, op, value, turn]) => (turn ? `'${value}' ${op} ${variable}` : `${variable} ${op} '${value}'`));
const plainText = fc
  .tuple(
    fc.constantFrom(
      'os_name',
      'sys_platform',
      'platform_machine',
      'platform_system',
      'platform_python_implementation',
      'implementation_name',
    ),
    fc.constantFrom('==', '!=', 'in', 'not in'),
    fc.constantFrom('posix', 'linux', 'darwin', 'linux darwin', 'lin', 'x86_64', 'arm64', 'Linux', 'CPython', 'cpython'),
    fc.boolean(),
  )
  .map(([variable, op, value, turn]) => (turn ? `'${value}' ${op} ${variable}` : `${variable} ${op} '${value}'`));
const plain = fc.oneof(plainVersion, plainText);
const combined = fc
  .tuple(plain, fc.constantFrom(' and ', ' or '), plain, fc.constantFrom(' and ', ' or '), plain, fc.boolean())
  .map(([a, first, b, second, c, isGrouped]) => (isGrouped ? `(${a}${first}${b})${second}${c}` : `${a}${first}${b}${second}${c}`));

test.each([
  { platform: 'x86_64-manylinux_2_31', interpreter: interpreterOf({ minor: 12, platform: glibc('x86_64', 31) }) },
  { platform: 'aarch64-apple-darwin', interpreter: interpreterOf({ minor: 9, platform: macos('arm64', 14) }) },
])(
  'requirements count on $platform where uv says they do',
  ({ platform, interpreter }) => {
    const texts = fc.sample(fc.oneof(plain, combined), { numRuns: 800, seed: SEED });
    const { minor } = interpreter.version;
    const uv = chosenByUv({
      offers: texts.map((_, index) => ({ name: `p${index}`, wheels: ['1.0-py3-none-any'] })),
      wanted: texts.map((text, index) => `p${index} ; ${text}`),
      platform,
      minor,
    });
    // uv takes the first release of the series for it.
    const environment = { ...interpreter.markers, python_full_version: `3.${minor}.0` };
    const holding = texts.map((text) => {
      const parsed = parseMarker(text);
      return parsed.ok && evaluateMarker({ marker: parsed.marker, environment, extras: new Set() });
    });
    const differences = texts.filter((_, index) => uv.has(`p${index}`) !== holding[index]);
    expect(differences).toEqual([]);
    expect(uv.size).toBeGreaterThan(100);
    expect(uv.size).toBeLessThan(700);
  },
  60_000,
);

test('extras hold where packaging says they hold', () => {
  const markers = [
    "extra == 'test'",
    "extra != 'test'",
    "'Te.St' == extra",
    "extra == 'Foo_Bar' or python_version < '3'",
    "extra == 'foo--bar' and os_name == 'posix'",
    'extra == "extra-7-project-cpu"',
  ];
  const extras = ['test', 'te-st', 'foo-bar', 'extra-7-project-cpu', 'other'];
  const answer = askPackaging(
    { markers, extras, environment: LINUX },
    'answer = [[Marker(text).evaluate({**question["environment"], "extra": extra}) for extra in question["extras"]] for text in question["markers"]]',
  );
  const ours = markers.map((text) => extras.map((extra) => holds(text, [extra])));
  expect(ours).toEqual(answer);
});

test('extras and groups of lock files are sets', () => {
  const markers = [
    "'test' in extras",
    "'Te.St' not in extras",
    "'dev' in dependency_groups",
    "'docs' in dependency_groups or 'test' in extras",
  ];
  const answer = askPackaging(
    { markers, environment: LINUX },
    'answer = [Marker(text).evaluate({**question["environment"], "extras": {"test"}, "dependency_groups": {"dev"}}, "lock_file") for text in question["markers"]]',
  );
  expect(markers.map((text) => holds(text, ['test'], ['dev']))).toEqual(answer);
});

function holds(text: string, extras: readonly string[], groups: readonly string[] = []): boolean {
  const parsed = parseMarker(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return evaluateMarker({ marker: parsed.marker, environment: LINUX, extras: new Set(extras), dependencyGroups: new Set(groups) });
}

test('several extras at once: each that is asked for holds', () => {
  expect(holds("extra == 'a' and extra == 'b'", ['a', 'b'])).toBe(true);
  expect(holds("extra == 'a' and extra != 'b'", ['a', 'b'])).toBe(false);
  expect(holds("extra == 'a' or extra == 'c'", [])).toBe(false);
});

test('what is no marker is refused where it stops making sense', () => {
  const texts = [
    '',
    'python_version',
    "python_version >= '3.8' and",
    'python_version >= 3.8',
    "pyton_version == '3'",
    "(os_name == 'nt'",
    "os_name == 'nt')",
    "os_name = 'nt'",
    "'a' == 'b'",
    'os_name == sys_platform',
    "os_name == 'nt' xor os_name == 'x'",
    "os_name not 'nt'",
  ];
  expect(texts.map((text) => `${text} → ${refused(text)}`)).toMatchInlineSnapshot(`
    [
      " → expected a variable or a quoted text, found the end (at 0)",
      "python_version → expected a comparison such as \`==\`, \`>=\` or \`in\`, found the end (at 14)",
      "python_version >= '3.8' and → expected a variable or a quoted text, found the end (at 27)",
      "python_version >= 3.8 → expected a variable or a quoted text, found \`3.8\` (at 18)",
      "pyton_version == '3' → \`pyton_version\` is not a variable of markers (at 0)",
      "(os_name == 'nt' → expected \`)\`, found the end (at 16)",
      "os_name == 'nt') → expected \`and\`, \`or\` or the end of the marker, found \`)\` (at 15)",
      "os_name = 'nt' → expected a comparison such as \`==\`, \`>=\` or \`in\`, found \`=\` (at 8)",
      "'a' == 'b' → two texts are compared: one side must be a variable, the other a quoted text (at 0)",
      "os_name == sys_platform → two variables are compared: one side must be a variable, the other a quoted text (at 0)",
      "os_name == 'nt' xor os_name == 'x' → expected \`and\`, \`or\` or the end of the marker, found \`xor\` (at 16)",
      "os_name not 'nt' → expected a comparison such as \`==\`, \`>=\` or \`in\`, found \`not\` (at 8)",
    ]
  `);
});

/** What is wrong with a text, and where. */
function refused(text: string): string {
  const parsed = parseMarker(text);
  return parsed.ok ? 'read' : `${parsed.message} (at ${parsed.offset})`;
}
