import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/model/digest.ts';
import { EMPTY_TREE } from '../../src/model/tree.ts';
import { TreeRefused } from '../../src/store/tree-refused.ts';
import { storeRig } from './rig.ts';

test('a tree written file by file is the one whose bytes were given at once', () => {
  const { store } = storeRig();
  const writer = store.writeTree();
  writer.addFile('a/b/tool', { bytes: Buffer.from('tool'), executable: true });
  writer.addBlob('a/kept', { digest: store.putBlob('kept'), executable: false });
  const file = writer.openFile('pieces', { executable: false });
  file.write(Buffer.from('one '));
  file.write(Buffer.from('two'));
  expect(file.finish()).toEqual(digestOf('one two'));
  const tree = writer.finish();
  const other = storeRig().store.putTree(
    new Map([
      ['a/b/tool', { kind: 'file', bytes: Buffer.from('tool'), executable: true }],
      ['a/kept', { kind: 'file', bytes: Buffer.from('kept'), executable: false }],
      ['pieces', { kind: 'file', bytes: Buffer.from('one two'), executable: false }],
    ]),
  );
  expect(tree).toEqual(other);
  const path = store.treePath(tree) ?? '';
  expect(readFileSync(join(path, 'pieces'), 'utf8')).toBe('one two');
  expect(statSync(join(path, 'a/b/tool')).mode & 0o777).toBe(0o555);
  expect(store.recheck({ kind: 'tree', digest: tree })).toBe(true);
});

test('its listing is known without its files being read', () => {
  const { store } = storeRig();
  const writer = store.writeTree();
  writer.addFile('a/b', { bytes: Buffer.from('b'), executable: true });
  const tree = writer.finish();
  expect(store.listTree(tree)?.directory('a')?.files.get('b')).toEqual({ digest: digestOf('b'), executable: true });
  expect(store.getNote('listing', tree.hash)).toBeDefined();
});

test('two writers of one tree agree, and the second leaves nothing', () => {
  const { store } = storeRig();
  const write = (): unknown => {
    const writer = store.writeTree();
    writer.addFile('x', { bytes: Buffer.from('x'), executable: false });
    const tree = writer.finish();
    writer.dispose();
    return tree;
  };
  expect(write()).toEqual(write());
  expect(temporaries(store.directory)).toEqual([]);
});

test('nothing is left of a tree that was given up', () => {
  const { store } = storeRig();
  const writer = store.writeTree();
  writer.addFile('a/b', { bytes: Buffer.from('b'), executable: false });
  const file = writer.openFile('c', { executable: false });
  file.write(Buffer.from('c'));
  file.abandon();
  writer.dispose();
  expect(temporaries(store.directory)).toEqual([]);
  expect(readdirSync(join(store.directory, 'v1/trees'))).toEqual([]);
});

test('a tree with nothing in it is the empty one', () => {
  const { store } = storeRig();
  expect(store.writeTree().finish()).toEqual(EMPTY_TREE);
});

test.each(['../x', '/x', 'a//b', './x', 'a/..'])('the path `%s` is refused', (path) => {
  const { store } = storeRig();
  const writer = store.writeTree();
  expect(() => writer.addFile(path, { bytes: Buffer.from(''), executable: false })).toThrow(TreeRefused);
  expect(() => writer.openFile(path, { executable: false })).toThrow(TreeRefused);
  expect(existsSync(join(store.directory, 'x'))).toBe(false);
});

function temporaries(directory: string): readonly string[] {
  return readdirSync(join(directory, 'v1/tmp'), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'));
}
