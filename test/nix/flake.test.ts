import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Checkout, type SavedFiles, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { makeHouse } from '../end-to-end/house.ts';
import { NixBuilder } from './nix-builder.ts';
import { nixVersions } from './programs.ts';
import { type Ended, type Nix, startNix } from './rig.ts';

const FLAKE = `{
  outputs = _: import ./nix/ferrule.nix { packagesFor = _: import ./host-packages.nix; };
}
`;
const SYSTEMS = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux'];

describe.each(nixVersions())('the flake that is exported, with Nix of kind %s', (version) => {
  let nix: Nix;
  let place: TemporaryDirectory;
  let house: Checkout;
  let saved: SavedFiles;
  let builder: NixBuilder;

  function git(...words: readonly string[]): void {
    const { status, stderr } = spawnSync('git', words, { cwd: house.directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  async function exported(): Promise<void> {
    const { status, stderr } = await builder.run(['nix', 'export', '--offline'], house);
    expect(status, stderr).toBe(0);
    git('add', '--all');
  }

  async function flake(...words: readonly string[]): Promise<Ended> {
    return await nix.run(words, { cwd: house.directory });
  }

  async function build(name: string): Promise<string> {
    const { status, stdout, stderr } = await flake('build', '--no-link', '--json', `.#${name}`);
    expect(status, stderr).toBe(0);
    const built: unknown = JSON.parse(stdout);
    return String(Object(built)[0].outputs.out);
  }

  /** Names of the derivations that would be built. */
  async function pending(name: string): Promise<readonly string[]> {
    const { stderr } = await flake('build', '--dry-run', '--no-link', `.#${name}`);
    return [...stderr.matchAll(/^ +\/nix\/store\/[a-z0-9]{32}-(.*)-[0-9a-f]{16}\.drv$/gm)].map(([, label = '']) => label).toSorted();
  }

  beforeAll(async () => {
    nix = await startNix({ version });
    place = new TemporaryDirectory();
    house = makeHouse(place.join('house'));
    builder = new NixBuilder(nix, place.join('store'));
    builder.prepare(house.directory);
    house.write('flake.nix', FLAKE);
    git('init', '--quiet');
    git('add', '--all');
    await exported();
    saved = house.save();
    await build('app');
  }, 600_000);

  afterAll(() => {
    builder[Symbol.dispose]();
    place[Symbol.dispose]();
    nix.dispose();
  }, 120_000);

  async function changing(change: () => void, check: () => Promise<void>): Promise<void> {
    try {
      change();
      git('add', '--all');
      await check();
    } finally {
      house.restore(saved);
      git('add', '--all');
    }
  }

  test('evaluates in pure mode and has its outputs for four systems', async () => {
    const { status, stdout, stderr } = await flake('flake', 'show', '--json', ...(version === 'current' ? ['--all-systems'] : []));
    expect(status, stderr).toBe(0);
    const shown: unknown = JSON.parse(stdout);
    const { packages, apps, devShells, overlays } = Object(shown);
    expect(Object.keys(packages).toSorted()).toEqual(SYSTEMS);
    for (const system of SYSTEMS) {
      expect(Object.keys(packages[system]).toSorted()).toEqual(['app']);
      expect(packages[system].app.type).toBe('derivation');
      expect(apps[system].app.type).toBe('app');
      expect(devShells[system].default.type).toBe('derivation');
    }
    expect(overlays.default.type).toBe('nixpkgs-overlay');
  }, 120_000);

  test('instantiates every package of every system on one machine', async () => {
    for (const system of SYSTEMS) {
      const { status, stdout, stderr } = await flake('eval', '--raw', `.#packages.${system}.app.drvPath`);
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/^\/nix\/store\/[a-z0-9]{32}-app-0\.1\.0-[0-9a-f]{16}\.drv$/);
    }
  }, 120_000);

  test('builds a program that runs, and a second time nothing', async () => {
    const path = await build('app');
    expect((await nix.enter([`${path}/bin/app`])).stdout).toBe('441 data plain 440 none\n');
    expect(await pending('app')).toEqual([]);
    const { stdout } = await flake('run', '.#app');
    expect(stdout).toBe('441 data plain 440 none\n');
  }, 120_000);

  test('names the very paths that the engine builds', async () => {
    const { status, stdout, stderr } = await builder.run(['build', '--engine', 'nix', '--offline', '--json', '-q', 'app'], house);
    expect(status, stderr).toBe(0);
    const report: unknown = JSON.parse(stdout);
    expect(Object(report).actions).toMatchObject({ executed: 0 });
    const { stdout: path } = await flake('eval', '--raw', '.#app.outPath');
    expect(readlinkSync(house.path('result'))).toBe(path);
    house.remove('result');
  }, 120_000);

  test('rebuilds what reads an edited file, without a new plan', async () => {
    await changing(
      () => house.append('base/src/inner.rs', '// Done.\n'),
      async () => expect(await pending('app')).toEqual(['app-0.1.0', 'app-0.1.0', 'base-0.1.0', 'mid-0.1.0']),
    );
  }, 120_000);

  test('sees a new module without a new plan', async () => {
    await changing(
      () => {
        house.write('base/src/more.rs', 'pub fn more() -> u32 {\n    2\n}\n');
        house.replace('base/src/lib.rs', 'mod inner;', 'mod inner;\nmod more;');
        house.replace('base/src/lib.rs', 'inner::secret()', 'inner::secret() + more::more()');
      },
      async () => {
        const path = await build('app');
        expect((await nix.enter([`${path}/bin/app`])).stdout).toBe('443 data plain 440 none\n');
      },
    );
  }, 300_000);

  test('builds nothing for files that no unit of a program reads', async () => {
    await changing(
      () => {
        house.append('README.md', 'More.\n');
        house.append('base/tests/x.rs', '// More.\n');
        house.append('lone/src/lib.rs', '// More.\n');
      },
      async () => expect(await pending('app')).toEqual([]),
    );
  }, 120_000);

  test.each([
    ['a manifest', (files: Checkout) => files.replace('base/Cargo.toml', '0.1.0', '0.2.0'), 'base/Cargo.toml'],
    ['the lock', (files: Checkout) => files.append('Cargo.lock', '\n'), 'Cargo.lock'],
    ['`ferrule.toml`', (files: Checkout) => files.append('ferrule.toml', '# Mine.\n'), 'ferrule.toml'],
    ['the targets that cargo finds', (files: Checkout) => files.write('base/src/bin/new.rs', 'fn main() {}\n'), 'base/src/bin'],
  ])(
    'refuses a plan that was made from other contents of %s',
    async (_, change, named) => {
      await changing(
        () => change(house),
        async () => {
          const { status, stderr } = await flake('build', '--dry-run', '--no-link', '.#app');
          expect(status).toBe(1);
          expect(stderr).toContain(`nix/ferrule.json was not made from this ${named}: run \`ferrule nix export\``);
        },
      );
    },
    120_000,
  );

  test('`nix check` fails where `nix export` would write something else, and writes nothing', async () => {
    expect((await builder.run(['nix', 'check', '--offline'], house)).status).toBe(0);
    await changing(
      () => house.replace('base/Cargo.toml', '0.1.0', '0.2.0'),
      async () => {
        const before = readFileSync(house.path('nix/ferrule.json'), 'utf8');
        spawnSync('cargo', ['update', '--offline', '--workspace', '--quiet'], { cwd: house.directory });
        const { status, stderr } = await builder.run(['nix', 'check', '--offline'], house);
        expect(status).toBe(2);
        expect(stderr).toContain('error[F1156]');
        expect(readFileSync(house.path('nix/ferrule.json'), 'utf8')).toBe(before);
      },
    );
  }, 120_000);

  test('checks every package with clippy, rustfmt and its tests', async () => {
    const checks = `.#checks.${nix.system}`;
    const { stdout } = await flake('eval', '--json', checks, '--apply', 'builtins.attrNames');
    expect(JSON.parse(stdout)).toEqual(
      expect.arrayContaining(['app-clippy', 'app-fmt', 'app-tests', 'base-clippy', 'base-fmt', 'base-tests']),
    );
    for (const name of ['base-tests', 'mid-clippy', 'base-fmt']) {
      const { status, stderr } = await flake('build', '--no-link', `${checks}.${name}`);
      expect(status, stderr).toBe(0);
    }
    await changing(
      () => {
        house.replace('base/tests/x.rs', 'assert_eq!(base::base(), 1);', 'assert_eq!(base::base(), 2, "not two");');
        house.append('base/src/lib.rs', 'pub fn ill_formatted( ) { }\n');
      },
      async () => {
        const tests = await flake('build', '--no-link', '-L', `${checks}.base-tests`);
        expect(tests.status).toBe(1);
        expect(tests.stderr).toContain('not two');
        expect(tests.stderr).toContain('base v0.1.0 (test "x") failed');
        const format = await flake('build', '--no-link', '-L', `${checks}.base-fmt`);
        expect(format.status).toBe(1);
        expect(format.stderr).toContain('ill_formatted()');
      },
    );
  }, 600_000);

  test('has an escape hatch for each unit', async () => {
    await changing(
      () =>
        house.write(
          'flake.nix',
          FLAKE.replace(
            'packagesFor = ',
            'overrideUnit = unit: attributes: attributes // (if unit.name == "base" then { marked = true; } else { }); packagesFor = ',
          ),
        ),
      async () => expect(await pending('app')).toEqual(['app-0.1.0', 'app-0.1.0', 'base-0.1.0', 'mid-0.1.0']),
    );
  }, 120_000);
});
