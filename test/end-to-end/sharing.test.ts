import { spawnSync } from 'node:child_process';
import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Checkout, type SavedFiles, TemporaryDirectory } from './checkout.ts';
import { lockTiny, makeHouse, makeStreet } from './house.ts';
import { build, complaints, untilRemembered } from './rig.ts';

const UNITS = 14;

describe('one repository and one store', () => {
  let place: TemporaryDirectory;
  let house: Checkout;
  let saved: SavedFiles;
  const buildApp = () => build({ directory: house.directory, store: place.join('store'), targets: ['app'] });

  beforeAll(async () => {
    place = new TemporaryDirectory();
    house = makeHouse(place.join('house'));
    saved = house.save();
    const first = await buildApp();
    expect(first.executed, complaints(first)).toHaveLength(UNITS);
  }, 120_000);

  afterEach(() => house.restore(saved));
  afterAll(() => place[Symbol.dispose]());

  test('the program does what cargo’s would', () => {
    expect(spawnSync(house.path('result/bin/app'), { encoding: 'utf8' }).stdout).toBe('441 data plain 440 none\n');
  });

  test('a run with nothing to do is remembered whole, and looks at nothing but stamps', async () => {
    await untilRemembered();
    await buildApp();
    const again = await buildApp();
    expect(again.remembered).toBe(true);
    expect(again.report.actions).toEqual({ total: UNITS, executed: 0, cached: UNITS, failed: 0 });
  });

  test('a deleted result link comes back, and nothing is built', async () => {
    await untilRemembered();
    await buildApp();
    const before = readlinkSync(house.path('result'));
    rmSync(house.path('result'));
    const built = await buildApp();
    expect(built.executed).toEqual([]);
    expect(readlinkSync(house.path('result'))).toBe(before);
  });

  test('git going to another branch and back builds each once', async () => {
    const git = (...words: readonly string[]): void => {
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
      const done = spawnSync('git', [...identity, ...words], { cwd: house.directory, encoding: 'utf8' });
      expect(done.status, done.stderr).toBe(0);
    };
    git('init', '--quiet', '--initial-branch=main');
    git('add', '--all', '.');
    git('commit', '--quiet', '--message=all');
    expect((await buildApp()).executed, 'a repository that git knows').toEqual([]);
    git('checkout', '--quiet', '-b', 'other');
    house.append('base/src/lib.rs', '// On the other branch.\n');
    git('commit', '--quiet', '--all', '--message=other');
    expect((await buildApp()).executed, 'the other branch').toEqual(['app bin', 'base', 'mid']);
    git('checkout', '--quiet', 'main');
    expect((await buildApp()).executed, 'back').toEqual([]);
    git('checkout', '--quiet', 'other');
    expect((await buildApp()).executed, 'there again').toEqual([]);
    git('checkout', '--quiet', 'main');
    house.remove('.git');
  });

  test('another checkout at another place builds nothing', async () => {
    const other = makeHouse(place.join('some', 'where', 'else'));
    const built = await build({ directory: other.directory, store: place.join('store'), targets: ['app'] });
    expect(built.ok, complaints(built)).toBe(true);
    expect(built.executed).toEqual([]);
    expect(built.remembered).toBe(false);
    expect(readlinkSync(other.path('result'))).toBe(readlinkSync(house.path('result')));
  });

  test('a deleted store is built again, to the same result', async () => {
    await untilRemembered();
    await buildApp();
    const before = readlinkSync(house.path('result'));
    rmSync(place.join('store'), { recursive: true });
    const built = await buildApp();
    expect(built.executed).toHaveLength(UNITS);
    expect(readlinkSync(house.path('result'))).toBe(before);
    expect(existsSync(house.path('result/bin/app'))).toBe(true);
  }, 60_000);

  const nightly = spawnSync('rustup', ['run', 'nightly', 'rustc', '--version']).status === 0;
  test.skipIf(!nightly)(
    'another toolchain builds everything, and the first one is still there afterwards',
    async () => {
      await buildApp();
      house.write('rust-toolchain.toml', '[toolchain]\nchannel = "nightly"\n');
      const built = await buildApp();
      expect(built.ok, complaints(built)).toBe(true);
      expect(built.executed).toHaveLength(UNITS);
      house.remove('rust-toolchain.toml');
      expect((await buildApp()).executed).toEqual([]);
    },
    60_000,
  );
});

describe('two workspaces without coordination', () => {
  let place: TemporaryDirectory;
  let street: Checkout;
  beforeEach(() => {
    place = new TemporaryDirectory();
    street = makeStreet(place.join('street'));
  });
  afterEach(() => place[Symbol.dispose]());

  test('the second one builds only what the first has not', async () => {
    const left = await build({ directory: street.path('left'), store: place.join('store') });
    expect(left.executed, complaints(left)).toEqual(['common', 'common script', 'common script run', 'left bin', 'tiny']);
    const right = await build({ directory: street.path('right'), store: place.join('store') });
    expect(right.executed, complaints(right)).toEqual(['right bin']);
    expect(right.cached).toEqual(['common', 'common script', 'common script run', 'tiny']);
  }, 60_000);

  test('built together, what they have in common runs once', async () => {
    const built = await build({ directory: street.directory, store: place.join('store') });
    expect(built.ok, complaints(built)).toBe(true);
    expect(built.executed).toEqual(['common', 'common script', 'common script run', 'left bin', 'right bin', 'tiny']);
    expect(built.report.actions).toEqual({ total: 10, executed: 6, cached: 4, failed: 0 });
  }, 60_000);

  test('another lock in one of them leaves the other alone', async () => {
    await build({ directory: street.directory, store: place.join('store') });
    lockTiny(street.path('right/Cargo.lock'), '1.0.1');
    const built = await build({ directory: street.directory, store: place.join('store') });
    expect(built.executed, complaints(built)).toEqual(['common', 'right bin', 'tiny']);
  }, 60_000);
});
