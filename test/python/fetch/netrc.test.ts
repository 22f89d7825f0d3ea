import { expect, test } from 'vitest';
import { parseNetrc } from '../../../src/python/fetch/netrc.ts';

test('entries are read in any shape', () => {
  const text = [
    'machine a.example login one password "with \\"quotes\\" and spaces"',
    'machine B.example',
    '  login two # a remark',
    '  password #two',
    '  account ignored',
    'macdef init',
    '  machine not.example login no password no',
    '',
    'machine a.example login second password second',
    'default login any password one',
  ].join('\n');
  expect([...parseNetrc(text)]).toEqual([
    ['a.example', { username: 'one', password: 'with "quotes" and spaces' }],
    ['b.example', { username: 'two', password: '#two' }],
    ['', { username: 'any', password: 'one' }],
  ]);
});

test('an empty file has none', () => {
  expect(parseNetrc('').size).toBe(0);
});
