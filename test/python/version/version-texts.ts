import fc from 'fast-check';

/** The same in every run, so that a failure stays one. */
export const SEED = 20_261_120;

const number = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 3 }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 4000 }).map(String) },
  fc.constantFrom('00', '01', '007', '20261120', '20261120123456789012345', '9007199254740993'),
);
const separator = fc.constantFrom('', '', '.', '-', '_');

function optional(arbitrary: fc.Arbitrary<string>, weight = 2): fc.Arbitrary<string> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight, arbitrary });
}

const release = fc.array(number, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
const pre = fc
  .tuple(separator, fc.constantFrom('a', 'b', 'c', 'rc', 'alpha', 'beta', 'pre', 'preview', 'RC', 'Alpha'), separator, optional(number, 5))
  .map((parts) => parts.join(''));
const post = fc.oneof(
  fc.tuple(separator, fc.constantFrom('post', 'rev', 'r', 'POST'), separator, optional(number, 5)).map((parts) => parts.join('')),
  number.map((digits) => `-${digits}`),
);
const dev = fc.tuple(separator, fc.constantFrom('dev', 'DEV'), separator, optional(number, 5)).map((parts) => parts.join(''));
const local = fc
  .array(fc.oneof(number, fc.constantFrom('cpu', 'cu121', 'ABC', 'ubuntu', 'g1a2b3c')), { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.constantFrom('.', '-', '_').map((by) => `+${parts.join(by)}`));

/** Versions in every spelling that PEP 440 allows; sorted by likelihood of the plain ones. */
export const versionText: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '', '', '', 'v', ' '),
    optional(
      number.map((epoch) => `${epoch}!`),
      1,
    ),
    release,
    optional(pre),
    optional(post),
    optional(dev),
    optional(local),
  )
  .map((parts) => parts.join(''));

/** Almost a version: a character more, less or other. */
export const damagedText: fc.Arbitrary<string> = fc
  .tuple(versionText, fc.nat(), fc.constantFrom('', '.', '-', '+', '!', 'x', ' ', '*', '..'))
  .map(([text, at, by]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + by + text.slice(place + (at % 2));
  });

export const specifierText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom('==', '!=', '<=', '>=', '<', '>', '~='),
        fc.constantFrom('', ' '),
        versionText.map((text) => text.trim()),
      )
      .map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('==', '!='), release).map(([operator, text]) => `${operator}${text}.*`) },
  fc.tuple(fc.constantFrom('==', '!=', '>='), versionText).map(([operator, text]) => `${operator}${text.trim()}.*`),
  versionText.map((text) => `===${text.trim()}`),
);

/** Of the vectors of packaging's own suite: in ascending order. */
export const ASCENDING: readonly string[] = [
  '1.0.dev456',
  '1.0a1',
  '1.0a2.dev456',
  '1.0a12.dev456',
  '1.0a12',
  '1.0b1.dev456',
  '1.0b2',
  '1.0b2.post345.dev456',
  '1.0b2.post345',
  '1.0b2-346',
  '1.0c1.dev456',
  '1.0c1',
  '1.0rc2',
  '1.0c3',
  '1.0',
  '1.0.post456.dev34',
  '1.0.post456',
  '1.1.dev1',
  '1.2+123abc',
  '1.2+123abc456',
  '1.2+abc',
  '1.2+abc123',
  '1.2+abc123def',
  '1.2+1234.abc',
  '1.2+123456',
  '1.2.r32+123456',
  '1.2.rev33+123456',
  '1!1.0.dev456',
  '1!1.0a1',
  '1!1.0',
  '1!1.0.post456',
  '1!1.2+123456',
];

/** As real projects have them. */
export const REAL: readonly string[] = [
  '2024.2.2',
  '0.0.0',
  '23.2.1',
  '1.26.4',
  '2.2.0+cu121',
  '2.2.0+cpu',
  '4.0.0b3',
  '0.1.dev1+g1a2b3c4',
  '1.0.0-rc.1',
  '3.0.0rc1',
  '0.4.3.post1',
  '1.0.0.dev20240101',
  '2!1.0',
  '0.0.1a0.dev5',
  '5.0.0.0',
  '2023.11.17',
  '6.0.1',
  '1.0-beta',
  '1.0.0-1',
  '3.14.0rc2',
  '3.13.0a6',
];
