import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChangeWatch, directoriesOf, sourceDirectories } from '../../src/cli/change-watch.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferrule-watch-'));
  for (const directory of ['src/deep', 'target/debug', '.git']) mkdirSync(join(root, directory), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

test('a change that came before anybody waited is noticed', async () => {
  using changes = new ChangeWatch();
  changes.update([root]);
  writeFileSync(join(root, 'a'), '');
  await changes.next(new AbortController().signal);
  expect(changes.size).toBe(1);
}, 10_000);

test('waiting ends when it is interrupted', async () => {
  using changes = new ChangeWatch();
  changes.update([root]);
  const controller = new AbortController();
  const waiting = changes.next(controller.signal);
  controller.abort();
  await waiting;
  expect(controller.signal.aborted).toBe(true);
}, 10_000);

test('paths are watched by their directories, present or not, and only below the root', () => {
  const paths = [join(root, 'src/lib.rs'), join(root, 'src/deep'), '/elsewhere/file', join(root, 'ferrule.toml')];
  expect([...directoriesOf(paths, root)].toSorted()).toEqual([root, join(root, 'src'), join(root, 'src/deep')]);
});

test('without knowing better every directory with sources is watched', () => {
  expect(sourceDirectories(root).toSorted()).toEqual([root, join(root, 'src'), join(root, 'src/deep')]);
});
