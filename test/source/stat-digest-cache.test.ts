import { chmodSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/model/digest.ts';
import { StatDigestCache } from '../../src/source/stat-digest-cache.ts';
import { temporaryDirectory } from '../repository/temporary-directory.ts';
import { laterClock } from './source-rig.ts';

function cacheWith(text?: string): StatDigestCache {
  return new StatDigestCache({ text, now: laterClock });
}

test('an unchanged file is read once, in one run and over runs', () => {
  const root = temporaryDirectory({ a: 'hello' });
  const first = cacheWith();
  expect(first.look(`${root}/a`)).toEqual({ digest: digestOf('hello'), executable: false });
  first.look(`${root}/a`);
  expect(first.hashed).toBe(1);
  const second = cacheWith(first.save());
  expect(second.look(`${root}/a`)).toEqual({ digest: digestOf('hello'), executable: false });
  expect(second.hashed).toBe(0);
  expect(second.save()).toBeUndefined();
});

test('a file that was just written is read again in the next run', () => {
  const root = temporaryDirectory({ a: 'hello' });
  const first = new StatDigestCache({ text: undefined, now: () => statSync(`${root}/a`).mtimeMs + 10 });
  first.look(`${root}/a`);
  const second = cacheWith(first.save());
  second.look(`${root}/a`);
  expect(second.hashed).toBe(1);
});

test('a changed file of the same size and time is seen by its change time', () => {
  const root = temporaryDirectory({ a: 'hello' });
  const { atime, mtime } = statSync(`${root}/a`);
  const first = cacheWith();
  first.look(`${root}/a`);
  const before = statSync(`${root}/a`).ctimeMs;
  do {
    writeFileSync(`${root}/a`, 'olleh');
    utimesSync(`${root}/a`, atime, mtime);
  } while (statSync(`${root}/a`).ctimeMs === before);
  expect(cacheWith(first.save()).look(`${root}/a`)?.digest).toEqual(digestOf('olleh'));
});

test('a replaced file is seen, and so is a link that points elsewhere', () => {
  const root = temporaryDirectory({ a: 'one', b: 'two' });
  symlinkSync('a', `${root}/link`);
  const first = cacheWith();
  expect(first.look(`${root}/link`)?.digest).toEqual(digestOf('one'));
  symlinkSync('b', `${root}/new`);
  renameSync(`${root}/new`, `${root}/link`);
  expect(cacheWith(first.save()).look(`${root}/link`)?.digest).toEqual(digestOf('two'));
});

test('the executable bit is always current', () => {
  const root = temporaryDirectory({ a: 'x' });
  const first = cacheWith();
  first.look(`${root}/a`);
  chmodSync(`${root}/a`, 0o755);
  expect(cacheWith(first.save()).look(`${root}/a`)?.executable).toBe(true);
});

test('directories and missing files are no files', () => {
  const root = temporaryDirectory({ 'd/': '', f: '' });
  const cache = cacheWith();
  expect([cache.look(`${root}/d`), cache.look(`${root}/none`), cache.look(`${root}/f/x`)]).toEqual([undefined, undefined, undefined]);
});

test('a damaged note is forgotten', () => {
  const root = temporaryDirectory({ a: 'x' });
  for (const text of ['', '{', '{}', '[1, ["a"], ["b", 1, 2, 3, 4, 5]]']) {
    expect(cacheWith(text).look(`${root}/a`)?.digest).toEqual(digestOf('x'));
  }
});

test('a damaged hash is not believed', () => {
  const root = temporaryDirectory({ a: 'x' });
  const first = cacheWith();
  first.look(`${root}/a`);
  const damaged = first.save()?.replace(digestOf('x').hash, 'zz');
  expect(cacheWith(damaged).look(`${root}/a`)?.digest).toEqual(digestOf('x'));
});
