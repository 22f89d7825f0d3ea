import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
  mkdirSync,
  rmSync,
  readlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/model/digest.ts';
import { resultFile, storeLayout } from '../../src/store/store-layout.ts';
import { HOUR, keyOf, resultWith, storeRig, temporaryDirectory } from './rig.ts';

describe('a result', () => {
  test('comes back as it was put, in another process too', () => {
    const rig = storeRig();
    const tree = rig.store.putTree(new Map([['x', { kind: 'file', bytes: Buffer.from('x'), executable: true }]]));
    const result = { ...resultWith([rig.store.putBlob('out')], [tree]), stderr: rig.store.putBlob('warning: unused') };
    rig.store.putResult(keyOf('a'), result);
    expect(rig.reopen().getResult(keyOf('a'))).toEqual(result);
    expect(rig.store.getResult(keyOf('b'))).toBeUndefined();
  });

  test('of a failed action is never kept', () => {
    const { store } = storeRig();
    expect(() => store.putResult(keyOf('a'), { ...resultWith([]), exitCode: 1 })).toThrowError('internal');
    expect(store.getResult(keyOf('a'))).toBeUndefined();
  });

  test('is recognised by its mark without being read, until it is written anew or an output is gone', () => {
    const rig = storeRig();
    const { store } = rig;
    const key = keyOf('a');
    const out = store.putBlob('out');
    const result = resultWith([out]);
    expect(store.resultMark(key)).toBeUndefined();
    store.putResult(key, result);
    const mark = store.resultMark(key) ?? '';
    expect(store.isResult(key, { result, mark })).toBe(true);
    rig.ahead = HOUR;
    expect(store.isResult(key, { result, mark }), 'when it is time to mark it as used').toBe(false);
    rig.ahead = 0;
    store.dropBlob(out);
    expect(store.isResult(key, { result, mark }), 'without an output').toBe(false);
    store.putBlob('out');
    expect(store.isResult(key, { result, mark })).toBe(true);
    store.putResult(key, { ...result, elapsedMs: 13 });
    expect(store.isResult(key, { result, mark }), 'when it was written anew').toBe(false);
    store.dropResult(key);
    expect(store.isResult(key, { result, mark }), 'when it is gone').toBe(false);
  });

  test('is unknown as long as an output or a log is missing', () => {
    const { store } = storeRig();
    const tree = store.putTree(new Map([['x', { kind: 'directory' }]]));
    const log = store.putBlob('log');
    const out = store.putBlob('out');
    store.putResult(keyOf('a'), { ...resultWith([out], [tree]), stdout: log });
    expect(store.getResult(keyOf('a'))).toBeDefined();
    store.dropTree(tree);
    expect(store.getResult(keyOf('a'))).toBeUndefined();
    store.putTree(new Map([['x', { kind: 'directory' }]]));
    expect(store.getResult(keyOf('a'))).toBeDefined();
    store.dropBlob(log);
    expect(store.getResult(keyOf('a'))).toBeUndefined();
  });

  test('whose output was cut short is unknown, and the damage is gone', () => {
    const { store } = storeRig();
    const out = store.putBlob('output');
    store.putResult(keyOf('a'), resultWith([out]));
    const path = store.blobPath(out, false) ?? '';
    chmodSync(path, 0o644);
    writeFileSync(path, 'out');
    expect(store.getResult(keyOf('a'))).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ['cut short', (text: string) => text.slice(0, -5)],
    ['empty', () => ''],
    ['garbage', () => '\u0000\u0001\u0002'],
    ['changed', (text: string) => text.replace('0 12 ', '0 13 ')],
  ])('that is %s is absent and removed', (_, damage) => {
    const { store, directory } = storeRig();
    store.putResult(keyOf('a'), resultWith([]));
    const path = resultFile(storeLayout(directory), keyOf('a').hash);
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    expect(store.getResult(keyOf('a'))).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test('under another action’s name is not believed', () => {
    const { store, directory } = storeRig();
    store.putResult(keyOf('a'), resultWith([]));
    store.putResult(keyOf('b'), { ...resultWith([]), elapsedMs: 99 });
    const layout = storeLayout(directory);
    renameSync(resultFile(layout, keyOf('a').hash), resultFile(layout, keyOf('b').hash));
    expect(store.getResult(keyOf('b'))).toBeUndefined();
  });

  test('is marked as used at most every half hour', () => {
    const rig = storeRig();
    rig.store.putResult(keyOf('a'), resultWith([]));
    const path = resultFile(storeLayout(rig.directory), keyOf('a').hash);
    const used = () => lstatSync(path).mtimeMs;
    const written = used();
    rig.ahead = 20 * 60_000;
    rig.store.getResult(keyOf('a'));
    expect(used()).toBe(written);
    rig.ahead = 31 * 60_000;
    rig.store.getResult(keyOf('a'));
    expect(used() - written).toBeGreaterThan(30 * 60_000);
  });
});

describe('a result link', () => {
  test('points to the tree and is replaced by the next', () => {
    const { store } = storeRig();
    const link = join(temporaryDirectory(), 'result');
    const first = store.putTree(new Map([['x', { kind: 'directory' }]]));
    const second = store.putTree(new Map([['y', { kind: 'directory' }]]));
    store.linkResult(first, link);
    expect(readdirSync(link)).toEqual(['x']);
    store.linkResult(second, link);
    expect(readlinkSync(link)).toBe(store.treePath(second));
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'mine')],
    ['a directory', (path: string) => mkdirSync(path)],
    ['a link to elsewhere', (path: string) => symlinkSync('/etc', path)],
  ])('never replaces %s of the user', (_, make) => {
    const { store } = storeRig();
    const link = join(temporaryDirectory(), 'result');
    make(link);
    const tree = store.putTree(new Map([['x', { kind: 'directory' }]]));
    expect(() => store.linkResult(tree, link)).toThrowError(expect.objectContaining({ systemCode: 'EEXIST', path: link }));
    rmSync(link, { recursive: true });
    store.linkResult(tree, link);
    expect(readdirSync(link)).toEqual(['x']);
  });

  test('to a tree that is not kept is a programming error', () => {
    const { store } = storeRig();
    expect(() => store.linkResult(digestOf('nothing'), join(temporaryDirectory(), 'result'))).toThrowError('internal');
  });
});
