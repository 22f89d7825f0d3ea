import { existsSync, readFileSync, rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { assembled, pathIn, piecesBelow } from '../../src/nix/runner/source-pieces.ts';
import { temporaryDirectory } from '../repository/temporary-directory.ts';

const PIECES = [
  { at: 'LICENSE', path: '/store/1' },
  { at: 'crates/a', path: '/store/2' },
  { at: 'crates/b/src', path: '/store/3' },
];

test('pieces are seen from a directory of the repository', () => {
  expect(piecesBelow(PIECES, '')).toEqual(PIECES);
  expect(piecesBelow(PIECES, 'crates/a')).toEqual([{ at: '', path: '/store/2' }]);
  expect(piecesBelow(PIECES, 'crates/a/src')).toEqual([{ at: '', path: '/store/2/src' }]);
  expect(piecesBelow(PIECES, 'crates')).toEqual([
    { at: 'a', path: '/store/2' },
    { at: 'b/src', path: '/store/3' },
  ]);
  expect(piecesBelow(PIECES, 'crates/ab')).toEqual([]);
  expect(piecesBelow([{ at: '', path: '/store/0' }], 'crates')).toEqual([{ at: '', path: '/store/0/crates' }]);
});

test('a file is found in the piece that has it', () => {
  expect(pathIn(PIECES, 'LICENSE')).toBe('/store/1');
  expect(pathIn(PIECES, 'crates/b/src/lib.rs')).toBe('/store/3/lib.rs');
  expect(() => pathIn(PIECES, 'README.md')).toThrow('`ferrule.nix` gave no `README.md`');
});

test('pieces are put together where one directory is wanted', () => {
  const store = temporaryDirectory({ 'a/lib.rs': 'a\n', license: 'free\n' });
  const directory = assembled([
    { at: 'LICENSE', path: `${store}/license` },
    { at: 'crates/a', path: `${store}/a` },
  ]);
  onTestFinished(() => rmSync(directory, { recursive: true }));
  expect(readFileSync(`${directory}/LICENSE`, 'utf8')).toBe('free\n');
  expect(readFileSync(`${directory}/crates/a/lib.rs`, 'utf8')).toBe('a\n');
  expect(existsSync(`${directory}/crates/b`)).toBe(false);
  expect(assembled([{ at: '', path: store }])).toBe(store);
});
