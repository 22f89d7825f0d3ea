import { compare as compareByRenovate } from '@renovatebot/pep440';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';

import { parseSpecifiers, satisfies } from '../../../src/python/version/specifier.ts';
import { compareVersions, formatVersion, isPrerelease, parseVersion, type Version } from '../../../src/python/version/version.ts';
import { parseWheelFilename } from '../../../src/python/wheel-filename.ts';
import { askPackaging } from './packaging-oracle.ts';
import { ASCENDING, damagedText, REAL, SEED, specifierText, versionText } from './version-texts.ts';

// Other programs are asked, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): readonly T[] {
  return fc.sample(arbitrary, { numRuns, seed: SEED });
}

function version(text: string): Version {
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new Error(`\`${text}\` is not a version`);
  return parsed;
}

test('versions are read and written as packaging does', () => {
  const texts = [
    ...ASCENDING,
    ...REAL,
    ...sample(versionText, 3000),
    ...sample(damagedText, 3000),
    '',
    'v',
    '1',
    '1.',
    'french toast',
    '1.0+a+b',
    '1.0+_foobar',
  ];
  const answer = askPackaging(
    texts,
    'answer = [attempt(lambda t: [str(Version(t)), Version(t).is_prerelease], text) for text in question]',
  );
  const ours = texts.map((text) => {
    const parsed = parseVersion(text);
    return parsed === undefined ? null : [formatVersion(parsed), isPrerelease(parsed)];
  });
  expect(differences(texts, ours, answer)).toEqual([]);
  expect(ours.filter((entry) => entry === null).length).toBeGreaterThan(500);
});

test('versions are ordered as packaging orders them', () => {
  const pairs = sample(fc.tuple(versionText, versionText), 6000).concat(
    REAL.flatMap((left) => ASCENDING.map((right): [string, string] => [left, right])),
  );
  const answer = askPackaging(pairs, 'answer = [(Version(a) > Version(b)) - (Version(a) < Version(b)) for a, b in question]');
  const ours = pairs.map(([left, right]) => Math.sign(compareVersions(version(left), version(right))));
  expect(differences(pairs, ours, answer)).toEqual([]);
});

test('a second implementation orders them alike', () => {
  // It reads numbers as doubles.
  const small = versionText.filter((text) => !/\d{16}/.test(text));
  for (const [left, right] of sample(fc.tuple(small, small), 3000)) {
    const theirs = compareByRenovate(left.trim(), right.trim());
    expect(Math.sign(compareVersions(version(left), version(right))), `${left} and ${right}`).toBe(Math.sign(theirs));
  }
});

test('the vectors of packaging are in ascending order', () => {
  const shuffled = ASCENDING.toSorted((left, right) => left.length - right.length || (left < right ? 1 : -1));
  expect(shuffled.toSorted((left, right) => compareVersions(version(left), version(right)))).toEqual(ASCENDING);
});

test('the order is total', () => {
  const versions = sample(versionText, 150).map(version);
  for (const a of versions) {
    for (const b of versions) {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
    }
  }
  const sorted = versions.toSorted(compareVersions);
  expect(sorted.every((a, index) => sorted.slice(index).every((b) => compareVersions(a, b) <= 0))).toBe(true);
});

test('specifiers contain what packaging says they contain', () => {
  const near = fc
    .tuple(specifierText, versionText)
    .chain(([specifier, other]) =>
      fc.tuple(
        fc.constant(specifier),
        fc.oneof(fc.constant(other), fc.constant(specifier.replace(/^[=!<>~ ]+/, '').replace(/\.\*$/, '')), neighbour(specifier)),
      ),
    );
  const pairs = sample(near, 12_000);
  const answer = askPackaging(
    pairs,
    `
def check(specifier, version):
    # A Version, as its text would be compared letter by letter with what \`===\` has.
    parsed = attempt(Version, version)
    return None if parsed is None else SpecifierSet(specifier).contains(parsed, prereleases=True)
answer = [attempt(check, *pair) for pair in question]`,
  );
  const ours = pairs.map(([specifier, text]) => {
    const set = parseSpecifiers(specifier);
    const parsed = parseVersion(text);
    return set === undefined || parsed === undefined ? null : satisfies(set, parsed);
  });
  expect(differences(pairs, ours, answer)).toEqual([]);
  expect(ours.filter((entry) => entry === true).length).toBeGreaterThan(2000);
  expect(ours.filter((entry) => entry === false).length).toBeGreaterThan(2000);
});

/** A version that differs from the specifier's in its last parts only. */
function neighbour(specifier: string): fc.Arbitrary<string> {
  const base = /\d+(?:\.\d+)*/.exec(specifier)?.[0] ?? '1';
  return fc
    .constantFrom('', '.0', '.1', 'a1', 'rc1', '.post1', '.dev0', '.dev1', '+local', '.post1+local', '.post1.dev2', 'rc1+local', '.0.0')
    .map((end) => base + end);
}

test('sets of specifiers are read as packaging reads them', () => {
  const texts = sample(
    fc.array(fc.oneof(specifierText, fc.constantFrom('', ' ')), { maxLength: 4 }).map((parts) => parts.join(',')),
    2000,
  );
  const answer = askPackaging(texts, 'answer = [attempt(lambda t: len(list(SpecifierSet(t))) >= 0, text) for text in question]');
  const ours = texts.map((text) => (parseSpecifiers(text) === undefined ? null : true));
  expect(differences(texts, ours, answer)).toEqual([]);
});

test('names of wheels are read as packaging reads them', () => {
  const part = fc.constantFrom(
    'cp313',
    'py3',
    'py2.py3',
    'none',
    'abi3',
    'any',
    'manylinux_2_17_x86_64.manylinux2014_x86_64',
    'Foo_Bar',
    'zope.interface',
    '1.0',
    '1.0.post1',
    '2.2.0+cu121',
    '1',
    '1local',
    'x',
    '',
    'a__b',
    'über',
    '..',
  );
  const real = [
    'numpy-2.1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    'torch-2.2.0+cu121-cp312-cp312-linux_x86_64.whl',
    'foo-1.0-1-py3-none-any.whl',
    'foo-1.0-a-py3-none-any.whl',
    'foo-1.0-py3-none-any.tar.gz',
    'foo_bar-1.0-py3-none-any.whl',
  ];
  const texts = [
    ...real,
    ...sample(
      fc
        .tuple(part, fc.constantFrom('1.0', '1.0.post1', '2.2+cu121', 'x'), fc.array(part, { minLength: 2, maxLength: 5 }))
        .map(([name, v, rest]) => `${[name, v, ...rest].join('-')}.whl`),
      4000,
    ),
  ];
  const answer = askPackaging(
    texts,
    `
def read(text):
    name, version, build, tags = parse_wheel_filename(text)
    return [name, str(version), list(build), sorted(str(tag) for tag in tags)]
answer = [attempt(read, text) for text in question]`,
  );
  const ours = texts.map((text) => {
    const wheel = parseWheelFilename(text);
    if (wheel === undefined) return null;
    const { name, build, pythons, abis, platforms } = wheel;
    const tags = new Set(pythons.flatMap((python) => abis.flatMap((abi) => platforms.map((platform) => `${python}-${abi}-${platform}`))));
    return [name, formatVersion(wheel.version), build === undefined ? [] : [build.number, build.rest], [...tags].toSorted()];
  });
  expect(differences(texts, ours, answer)).toEqual([]);
});

/** The first few questions that were answered differently. */
function differences(questions: readonly unknown[], ours: readonly unknown[], theirs: unknown): readonly unknown[] {
  if (!Array.isArray(theirs) || theirs.length !== questions.length) throw new Error('packaging answered something else');
  return questions
    .map((question, index) => ({ question, ours: ours[index], packaging: theirs[index] as unknown }))
    .filter((entry) => JSON.stringify(entry.ours) !== JSON.stringify(entry.packaging))
    .slice(0, 10);
}
