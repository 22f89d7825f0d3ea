import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isUnchanged, type RunStamp, takeStamp } from '../../src/plan/run-stamp.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ferrule-stamp-'));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const FAR_AHEAD = Date.now() + 1e9;

/** The stamp of a run that begins long after everything was written. */
function stampOf(paths: readonly string[]): RunStamp {
  const stamp = takeStamp({ watched: { paths, variables: [], variablePrefixes: [] }, variables: {}, startedAt: FAR_AHEAD });
  if (stamp === undefined) throw new Error('everything was quiet');
  return stamp;
}

test('a path that is missing in a watched directory is watched through the directory', () => {
  const crate = join(scratch, 'crate');
  mkdirSync(crate, { recursive: true });
  utimesSync(crate, 1000, 1000);
  const stamp = stampOf([crate, join(crate, 'build.rs'), join(crate, 'src'), join(crate, 'src/main.rs'), join(scratch, 'elsewhere')]);
  expect(stamp.paths.map(([path]) => path)).toEqual([crate, join(scratch, 'elsewhere')]);
  expect(isUnchanged(stamp, {})).toBe(true);
  mkdirSync(join(crate, 'src'));
  expect(isUnchanged(stamp, {})).toBe(false);
});

test('a path that is missing where nothing is watched is watched itself', () => {
  mkdirSync(scratch, { recursive: true });
  const stamp = stampOf([join(scratch, 'rust-toolchain.toml')]);
  expect(isUnchanged(stamp, {})).toBe(true);
  writeFileSync(join(scratch, 'rust-toolchain.toml'), '');
  expect(isUnchanged(stamp, {})).toBe(false);
});

test('a path below a file, such as `.git` of a linked worktree, is missing', () => {
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, '.git'), 'gitdir: elsewhere\n');
  const stamp = stampOf([join(scratch, '.git/info/exclude')]);
  expect(isUnchanged(stamp, {})).toBe(true);
  rmSync(join(scratch, '.git'));
  mkdirSync(join(scratch, '.git/info'), { recursive: true });
  writeFileSync(join(scratch, '.git/info/exclude'), '');
  expect(isUnchanged(stamp, {})).toBe(false);
});
