import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, editDistance } from '../../src/repository/did-you-mean.ts';
import { spanAt, spanAtBytes, spanAtLine } from '../../src/repository/file-span.ts';
import { spanOfToml, type TomlPath } from '../../src/repository/toml-span.ts';

describe('the nearest name', () => {
  test.each([
    ['mebers', 'members'],
    ['memebrs', 'members'],
    ['Members', 'members'],
    ['xyz', undefined],
    ['ab', undefined],
    ['exclude', undefined],
    ['exklud', 'exclude'],
  ])('of %s is %s', (written, meant) => {
    expect(didYouMean(written, ['members', 'exclude', 'cd'])).toBe(meant);
  });

  test('is at a distance that is symmetric and zero only to itself', () => {
    const word = fc.stringMatching(/^[abc]{0,6}$/);
    fc.assert(
      fc.property(word, word, (left, right) => {
        expect(editDistance(left, right)).toBe(editDistance(right, left));
        expect(editDistance(left, right) === 0).toBe(left === right);
        expect(editDistance(left, right)).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
    expect(editDistance('ab', 'ba')).toBe(1);
  });
});

describe('places', () => {
  const text = 'one\nzwölf €\nthree';
  const shown = (span: { readonly start: number; readonly end: number }): string => text.slice(span.start, span.end);

  test('by line and column, from one', () => {
    expect(shown(spanAtLine({ file: 'f', text, line: 2, column: 3 }))).toBe('ölf €');
    expect(shown(spanAtLine({ file: 'f', text, line: 9, column: 1 }))).toBe('three');
  });

  test('by bytes', () => {
    const start = Buffer.byteLength('one\n');
    expect(shown(spanAtBytes({ file: 'f', text, start, end: start + Buffer.byteLength('zwölf €') }))).toBe('zwölf €');
  });

  test('never outside the text', () => {
    expect(spanAt({ file: 'f', text, start: 99, end: 120 })).toMatchObject({ start: text.length, end: text.length });
  });
});

describe('places in TOML', () => {
  const text = `top = 1
[table]
key = "value"
dotted.inner = [10, { deep = true }]
[table.sub]
x = 2
[[list]]
a = 1
[[list]]
a = 2
`;
  const at = (path: TomlPath, part: 'key' | 'value'): string | undefined => {
    const span = spanOfToml({ file: 'f', text, path, part });
    return span === undefined ? undefined : text.slice(span.start, span.end);
  };

  test.each<[TomlPath, 'key' | 'value', string]>([
    [['top'], 'key', 'top'],
    [['top'], 'value', '1'],
    [['table', 'key'], 'value', '"value"'],
    [['table'], 'key', 'table'],
    [['table', 'dotted', 'inner', 0], 'value', '10'],
    [['table', 'dotted', 'inner', 1, 'deep'], 'value', 'true'],
    [['table', 'dotted', 'inner'], 'key', 'inner'],
    [['table', 'sub', 'x'], 'value', '2'],
    [['list', 0, 'a'], 'value', '1'],
    [['list', 1, 'a'], 'value', '2'],
    [['list', 1, 'missing'], 'value', 'list'],
  ])('%j, its %s', (path, part, expected) => {
    expect(at(path, part)).toBe(expected);
  });

  test('a text that is no TOML has none', () => {
    expect(spanOfToml({ file: 'f', text: 'a = ', path: ['a'], part: 'key' })).toBeUndefined();
  });
});
