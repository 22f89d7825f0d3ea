import { expect, test } from 'vitest';
import { parsePlaceName } from '../../src/repository/place-name.ts';

test.each(['ripgrep', 'ripgrep:bin/rg', 'rust/ripgrep', 'tools/report.py', './report.py', 'web[tls]:env'])(
  '%j is an ordinary target',
  (text) => {
    expect(parsePlaceName(text)).toBeUndefined();
  },
);

test.each([
  ['../cube', '../cube', undefined],
  ['.', '.', undefined],
  ['..', '..', undefined],
  ['/work/cube#web:env', '/work/cube', 'web:env'],
  ['./cube#', './cube', undefined],
])('%j is a directory', (text, path, target) => {
  expect(parsePlaceName(text)).toEqual({ ok: true, value: { kind: 'directory', path, target } });
});

test('an address of a git repository has a reference, a commit, a directory and a target', () => {
  const revision = 'ab'.repeat(20);
  expect(parsePlaceName(`git+https://forge.example/cube.git?ref=v2&rev=${revision}&dir=apps/web#web`)).toEqual({
    ok: true,
    value: { kind: 'git', url: 'https://forge.example/cube.git', reference: 'v2', revision, directory: 'apps/web', target: 'web' },
  });
});

test.each([
  'git+cube',
  'git+--upload-pack=x://y',
  'git+file:///x?branch=y',
  'git+file:///x?rev=abc',
  'git+file:///x?dir=../y',
  'git+file:///x?dir=/y',
])('%j is refused', (text) => {
  const place = parsePlaceName(text);
  expect(place?.ok === false ? place.diagnostics.map(({ code }) => code) : place).toEqual(['F1122']);
});
