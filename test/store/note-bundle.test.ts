import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type StoreRig, storeRig } from './rig.ts';

test('notes that were read under one name are found again without their own files', () => {
  const rig = storeRig();
  for (const key of ['a', 'b']) rig.store.putNote('wheel', key, `of ${key}`);
  readTogether(rig, ['a', 'b']);
  rmSync(join(rig.directory, 'v1/notes/wheel'), { recursive: true });
  expect(readTogether(rig, ['a', 'b', 'c'])).toEqual(['of a', 'of b', undefined]);
});

test('a note that is written while its bundle is open belongs to it', () => {
  const rig = storeRig();
  const store = rig.reopen();
  store.openBundle('both', ['wheel']);
  store.putNote('wheel', 'a', 'new');
  store.close();
  rmSync(join(rig.directory, 'v1/notes/wheel'), { recursive: true });
  expect(readTogether(rig, ['a'])).toEqual(['new']);
});

test('notes of other namespaces are only found where they stand', () => {
  const rig = storeRig();
  rig.store.putNote('run', 'a', 'first');
  readTogether(rig, ['a'], 'run');
  rig.store.putNote('run', 'a', 'second');
  expect(readTogether(rig, ['a'], 'run')).toEqual(['second']);
});

test('what nobody asks for any more is left out in the end', () => {
  const rig = storeRig();
  const old = Array.from({ length: 20 }, (_, index) => `old ${index}`);
  for (const key of [...old, 'new', 'newer']) rig.store.putNote('wheel', key, 'x');
  readTogether(rig, old);
  readTogether(rig, ['new']);
  readTogether(rig, ['new', 'newer']);
  rmSync(join(rig.directory, 'v1/notes/wheel'), { recursive: true });
  expect(readTogether(rig, ['old 1', 'new', 'newer'])).toEqual([undefined, 'x', 'x']);
});

/** What a process of its own reads with the bundle `both` open. */
function readTogether(rig: StoreRig, keys: readonly string[], namespace = 'wheel'): readonly (string | undefined)[] {
  const store = rig.reopen();
  store.openBundle('both', ['wheel']);
  const found = keys.map((key) => store.getNote(namespace, key));
  store.close();
  return found;
}
