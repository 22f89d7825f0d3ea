import { mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type DirectoryReader,
  readDirectories,
  RecordedDirectories,
  RememberedDirectories,
} from '../../src/repository/directory-listings.ts';
import { temporaryDirectory, writeFiles } from './temporary-directory.ts';

const later = (): number => Date.now() + 60_000;

function names(reader: DirectoryReader, directory: string): readonly string[] | undefined {
  return reader.list(directory)?.map((entry) => `${entry.kind} ${entry.name}`);
}

test('entries are sorted and have their kinds', () => {
  const root = temporaryDirectory({ b: '', 'a/x': '' });
  symlinkSync('b', `${root}/c`);
  expect(names(readDirectories, root)).toEqual(['directory a', 'file b', 'symlink c']);
  expect(readDirectories.list(`${root}/none`)).toBeUndefined();
});

test('a remembered listing is the same as a fresh one', () => {
  const root = temporaryDirectory({ b: '', 'a/x': '', 'empty/': '' });
  symlinkSync('b', `${root}/c`);
  const first = new RememberedDirectories({ text: undefined, now: later });
  const listed = [root, `${root}/a`, `${root}/empty`].map((directory) => names(first, directory));
  const second = new RememberedDirectories({ text: first.save(), now: later });
  expect([root, `${root}/a`, `${root}/empty`].map((directory) => names(second, directory))).toEqual(listed);
  expect(second.save()).toBeUndefined();
});

test('added and removed entries are seen in the next run', () => {
  const root = temporaryDirectory({ a: '', b: '' });
  utimesSync(root, 1, 1);
  const first = new RememberedDirectories({ text: undefined, now: later });
  first.list(root);
  const note = first.save();
  writeFiles(root, { c: '' });
  rmSync(`${root}/a`);
  expect(names(new RememberedDirectories({ text: note, now: later }), root)).toEqual(['file b', 'file c']);
});

test('a directory that was just written is not remembered', () => {
  const root = temporaryDirectory({ a: '' });
  mkdirSync(`${root}/sub`);
  const first = new RememberedDirectories({ text: undefined, now: () => Date.now() });
  first.list(root);
  expect(first.save()).toBe('[]');
});

test('a damaged note is forgotten', () => {
  const root = temporaryDirectory({ a: '' });
  for (const text of ['', '{', '[["x"]]']) expect(names(new RememberedDirectories({ text, now: later }), root)).toEqual(['file a']);
});

test('everything that was asked for is written down, there or not', () => {
  const root = temporaryDirectory({ '.gitignore': 'x' });
  for (const reader of [new RecordedDirectories(readDirectories), new RememberedDirectories({ text: undefined, now: later })]) {
    reader.list(root);
    reader.list(`${root}/none`);
    expect(reader.readText(`${root}/.gitignore`)).toBe('x');
    expect(reader.readText(`${root}/none/.gitignore`)).toBeUndefined();
    expect(reader.watched.toSorted()).toEqual([root, `${root}/.gitignore`, `${root}/none`, `${root}/none/.gitignore`]);
  }
});
