import fc from 'fast-check';
import { expect, test, vi } from 'vitest';

import { parseRequirement } from '../../../src/python/version/requirement.ts';
import { formatSpecifiers } from '../../../src/python/version/specifier.ts';
import { askPackaging } from './packaging-oracle.ts';
import { SEED, specifierText } from './version-texts.ts';

// Other programs are asked, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

const REAL: readonly string[] = [
  'requests',
  'requests [security,tests] >= 2.8.1, == 2.8.* ; python_version < "2.7"',
  'pip @ https://example.org/pip/archive/1.3.1.zip#sha1=da9234ee9982d4bbb3c72346a6de940a148ea686',
  'a @ file:///tmp/a-1.0-py3-none-any.whl ; os_name == "posix"',
  'a@https://example.org/a.zip;os_name == "posix"',
  'name@git+ssh://git@example.org/a.git@v1.0',
  'Foo.Bar_baz(>=1.0,<2)',
  'foo (>=1.0 , <2 ,)',
  'foo ()',
  'foo[]',
  'foo[ a , B_c ]',
  'foo>=1.0;extra=="test"',
  'foo>=1.0,',
  'foo==1.0+local',
  'foo===anything-at-all',
  'foo~=1',
  'foo>=1.*',
  'foo>=1.0+local',
  'foo==1.0.*,!=1.0.3',
  '-foo',
  'foo-',
  'foo bar',
  'foo[a',
  'foo[a b]',
  'foo @',
  'foo >= 1.0 os_name == "posix"',
  'foo; os_name',
  '',
  'a',
  '1',
  'foo(>=1',
  'foo >=1, <2; python_version in "3.8 3.9"',
];

/** packaging takes a comma behind `===` for a part of the text, and then does not know what to do with it; uv and we do not. */
const ordinary = specifierText.filter((text) => !text.startsWith('==='));

const requirement = fc
  .tuple(
    fc.constantFrom('foo', 'Foo.Bar', 'a_b-c', 'x1', '9a', '_bad'),
    fc.constantFrom('', '', '[x]', '[X_y, z]', ' [ x ]', '[x'),
    fc.array(ordinary, { maxLength: 3 }).map((parts) => parts.join(',')),
    fc.boolean(),
    fc.constantFrom('', '', ' ; os_name == "posix"', ';python_version<"3"', ' ; broken'),
  )
  .map(([name, extras, specifiers, isEnclosed, marker]) => `${name}${extras}${isEnclosed ? ` (${specifiers})` : specifiers}${marker}`);

test('requirements are read as packaging reads them', () => {
  const texts = [...REAL, ...fc.sample(requirement, { numRuns: 3000, seed: SEED })];
  const answer = askPackaging(
    texts,
    `
from packaging.utils import canonicalize_name
def read(text):
    r = Requirement(text)
    return [canonicalize_name(r.name), sorted(canonicalize_name(e) for e in r.extras), r.url, sorted(spec(s) for s in r.specifier), r.marker is not None]
def spec(s):
    version = s.version
    # In normal form, as ours are.
    if s.operator == "===": return "===" + version
    return s.operator + (str(Version(version[:-2])) + ".*" if version.endswith(".*") else str(Version(version)))
answer = [attempt(read, text) for text in question]`,
  );
  if (!Array.isArray(answer)) throw new Error('packaging answered something else');
  const differences = texts.flatMap((text, index) => {
    const theirs = JSON.stringify(answer[index]);
    const ours = JSON.stringify(read(text));
    return ours === theirs ? [] : [{ text, ours, theirs }];
  });
  expect(differences.slice(0, 10)).toEqual([]);
  expect(answer.filter((entry) => entry === null).length).toBeGreaterThan(300);
});

function read(text: string): unknown {
  const parsed = parseRequirement(text);
  if (!parsed.ok) return null;
  const { name, extras, constraint, marker } = parsed.requirement;
  const clauses =
    constraint.kind === 'url'
      ? []
      : [...new Set(constraint.set.specifiers.map((specifier) => formatSpecifiers({ specifiers: [specifier] })))];
  return [name, extras.toSorted(), constraint.kind === 'url' ? constraint.url : null, clauses.toSorted(), marker !== undefined];
}

test('what is no requirement is refused where it stops making sense', () => {
  const texts = ['', '-foo', 'foo[a', 'foo[a b]', 'foo >= 1.0 <2', 'foo ~= 1', 'foo @', 'foo ; os_name', 'foo bar', 'foo (>=1'];
  expect(texts.map((text) => `${text} → ${problem(text)}`)).toMatchInlineSnapshot(`
    [
      " → expected a name, found the end (at 0)",
      "-foo → expected a name, found \`-foo\` (at 0)",
      "foo[a → expected \`,\` or \`]\`, found the end (at 5)",
      "foo[a b] → expected \`,\` or \`]\`, found \`b]\` (at 6)",
      "foo >= 1.0 <2 → \`>= 1.0 <2\` is not a version specifier (at 4)",
      "foo ~= 1 → \`~= 1\` is not a version specifier (at 4)",
      "foo @ → expected an address, found the end (at 5)",
      "foo ; os_name → expected a comparison such as \`==\`, \`>=\` or \`in\`, found the end (at 13)",
      "foo bar → \`bar\` is not a version specifier (at 4)",
      "foo (>=1 → expected \`,\` or \`)\`, found the end (at 8)",
    ]
  `);
});

function problem(text: string): string {
  const parsed = parseRequirement(text);
  return parsed.ok ? 'read' : `${parsed.message} (at ${parsed.offset})`;
}
