import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { firstChange, stampReadSet } from '../../src/plan/read-set-stamp.ts';
import type { ReadSet } from '../../src/rust/cargo/read-set.ts';

/** A package with a manifest and a library, and the places where cargo would look for more. */
function packageRig() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ferrule-read-set-')));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'Cargo.toml'), '[package]');
  writeFileSync(join(root, 'src/lib.rs'), '');
  const at = (path: string): string => join(root, path);
  const readSet: ReadSet = {
    contents: [at('Cargo.toml'), at('rust-toolchain')],
    listings: [at('src'), at('tests')],
    presence: [at('src/lib.rs'), at('src/main.rs'), at('build.rs')],
    variables: ['RUSTFLAGS'],
    variablePrefixes: [],
  };
  const stamp = (readAt: number | undefined) => stampReadSet({ readSet, environment: {}, readAt });
  return { at, readSet, stamp };
}

/** Older file systems stamp with the time of the last clock interrupt. */
const afterClockTick = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 20));

/** As if the files had been there for long. */
const LATER = Date.now() + 3_600_000;

const CHANGES: readonly (readonly [name: string, path: string, change: (path: string) => void])[] = [
  ['a manifest', 'Cargo.toml', (path) => writeFileSync(path, '[package]\n')],
  ['a file that was not there', 'build.rs', (path) => writeFileSync(path, '')],
  ['a file beside another', 'src/main.rs', (path) => writeFileSync(path, '')],
  ['a directory that was not there', 'tests', (path) => mkdirSync(path)],
  ['configuration that was not there', 'rust-toolchain', (path) => writeFileSync(path, '')],
  ['a file that is gone', 'src/lib.rs', (path) => unlinkSync(path)],
];

test.each([LATER, undefined])('what cargo read is unchanged while its files are (read at %s)', (readAt) => {
  const { at, readSet, stamp } = packageRig();
  const taken = stamp(readAt);
  writeFileSync(at('README.md'), 'another name in a directory that was looked into');
  utimesSync(at('Cargo.toml'), 1, 1);
  expect(firstChange({ readSet, stamp: taken, environment: {} })).toBeUndefined();
});

test.each(CHANGES)('%s is noticed', async (_, path, change) => {
  for (const readAt of [LATER, undefined]) {
    const { at, readSet, stamp } = packageRig();
    const taken = stamp(readAt);
    await afterClockTick();
    change(at(path));
    const changed = firstChange({ readSet, stamp: taken, environment: {} });
    expect([at(path), at('src')]).toContain(changed);
  }
});

test('the target of a link is noticed although the directory of the link stays as it is', () => {
  const { at, readSet, stamp } = packageRig();
  symlinkSync(at('elsewhere.rs'), at('build.rs'));
  const taken = stamp(LATER);
  writeFileSync(join(at('src'), '..', 'elsewhere.rs'), '');
  expect(firstChange({ readSet, stamp: taken, environment: {} })).toBe(at('build.rs'));
});

test('a directory that changed while cargo read is not relied on', () => {
  const { at, stamp } = packageRig();
  const justNow = stamp(Date.now() - 1000);
  expect(justNow.presence[at('build.rs')]).toBe(false);
  expect(stamp(LATER).presence).toEqual({});
});
