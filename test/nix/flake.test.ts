import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Checkout } from '../end-to-end/checkout.ts';
import { makeHouse } from '../end-to-end/house.ts';
import { cargo } from '../end-to-end/rig.ts';
import { FLAKE, FlakeCheckout, SYSTEMS } from './flake-checkout.ts';
import { nixVersions } from './programs.ts';

/** What these tests ask of `ferrule check --json`. */
interface CheckDocument {
  readonly actions: object;
  readonly checks: readonly { readonly subject: string; readonly check: string; readonly status: string }[];
  readonly diagnostics: readonly { readonly message: string }[];
}

function makeDocumentedHouse(directory: string): Checkout {
  const house = makeHouse(directory);
  house.append('mid/src/lib.rs', '\n/// ```\n/// assert_eq!(mid::documented(), 3);\n/// ```\npub fn documented() -> u32 {\n    3\n}\n');
  house.write(
    'app/tests/starts.rs',
    '#[test]\nfn starts() {\n    let program = std::process::Command::new(env!("CARGO_BIN_EXE_app"));\n    assert!(std::path::Path::new(program.get_program()).ends_with("app"));\n    assert!({ program }.output().unwrap().status.success());\n}\n',
  );
  cargo(['fmt', '--all'], { directory });
  return house;
}

describe.each(nixVersions())('the flake that is exported, with Nix of kind %s', (version) => {
  let flake: FlakeCheckout;
  let house: Checkout;

  beforeAll(async () => {
    flake = await FlakeCheckout.start({ version, make: makeDocumentedHouse });
    house = flake.checkout;
    await flake.build('app');
  }, 600_000);

  afterAll(() => flake.dispose(), 120_000);

  function checks(): string {
    return `.#checks.${flake.nix.system}`;
  }

  async function check(...words: readonly string[]): Promise<{ readonly status: number | null; readonly report: CheckDocument }> {
    const { status, stdout } = await flake.builder.run(['check', '--engine', 'nix', '--offline', '--json', '-q', ...words], house);
    return { status, report: JSON.parse(stdout) };
  }

  test('evaluates in pure mode and has its outputs for four systems', async () => {
    const { packages, apps, devShells, overlays } = Object(await flake.shown());
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
      const { status, stdout, stderr } = await flake.run('eval', '--raw', `.#packages.${system}.app.drvPath`);
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/^\/nix\/store\/[a-z0-9]{32}-app-0\.1\.0-[0-9a-f]{16}\.drv$/);
    }
  }, 120_000);

  test('builds a program that runs, and a second time nothing', async () => {
    const path = await flake.build('app');
    expect((await flake.nix.enter([`${path}/bin/app`])).stdout).toBe('441 data plain 440 none\n');
    expect(await flake.pending('app')).toEqual([]);
    const { stdout } = await flake.run('run', '.#app');
    expect(stdout).toBe('441 data plain 440 none\n');
  }, 120_000);

  test('names the very paths that the engine builds', async () => {
    const { status, stdout, stderr } = await flake.builder.run(['build', '--engine', 'nix', '--offline', '--json', '-q', 'app'], house);
    expect(status, stderr).toBe(0);
    const report: unknown = JSON.parse(stdout);
    expect(Object(report).actions).toMatchObject({ executed: 0 });
    const { stdout: path } = await flake.run('eval', '--raw', '.#app.outPath');
    expect(readlinkSync(house.path('result'))).toBe(path);
    house.remove('result');
  }, 120_000);

  test('rebuilds what reads an edited file, without a new plan', async () => {
    await flake.changing(
      () => house.append('base/src/inner.rs', '// Done.\n'),
      async () => expect(await flake.pending('app')).toEqual(['app-0.1.0', 'app-0.1.0', 'base-0.1.0', 'mid-0.1.0']),
    );
  }, 120_000);

  test('sees a new module without a new plan', async () => {
    await flake.changing(
      () => {
        house.write('base/src/more.rs', 'pub fn more() -> u32 {\n    2\n}\n');
        house.replace('base/src/lib.rs', 'mod inner;', 'mod inner;\nmod more;');
        house.replace('base/src/lib.rs', 'inner::secret()', 'inner::secret() + more::more()');
      },
      async () => {
        const path = await flake.build('app');
        expect((await flake.nix.enter([`${path}/bin/app`])).stdout).toBe('443 data plain 440 none\n');
      },
    );
  }, 300_000);

  test('builds nothing for files that no unit of a program reads', async () => {
    await flake.changing(
      () => {
        house.append('README.md', 'More.\n');
        house.append('base/tests/x.rs', '// More.\n');
        house.append('lone/src/lib.rs', '// More.\n');
      },
      async () => expect(await flake.pending('app')).toEqual([]),
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
      await flake.changing(
        () => change(house),
        async () => {
          const { status, stderr } = await flake.run('build', '--dry-run', '--no-link', '.#app');
          expect(status).toBe(1);
          expect(stderr).toContain(`nix/ferrule.json was not made from this ${named}: run \`ferrule nix export\``);
        },
      );
    },
    120_000,
  );

  test('`nix check` fails where `nix export` would write something else, and writes nothing', async () => {
    expect((await flake.builder.run(['nix', 'check', '--offline'], house)).status).toBe(0);
    await flake.changing(
      () => house.replace('base/Cargo.toml', '0.1.0', '0.2.0'),
      async () => {
        const before = readFileSync(house.path('nix/ferrule.json'), 'utf8');
        spawnSync('cargo', ['update', '--offline', '--workspace', '--quiet'], { cwd: house.directory });
        const { status, stderr } = await flake.builder.run(['nix', 'check', '--offline'], house);
        expect(status).toBe(2);
        expect(stderr).toContain('error[F1156]');
        expect(readFileSync(house.path('nix/ferrule.json'), 'utf8')).toBe(before);
      },
    );
  }, 120_000);

  test('`nix flake check` checks every package as `ferrule check` does, and a second time nothing', async () => {
    const { stdout } = await flake.run('eval', '--json', checks(), '--apply', 'builtins.attrNames');
    const names: readonly string[] = JSON.parse(stdout);
    const own = ['clippy', 'doctests', 'examples', 'fmt', 'tests'].map((check) => `base-${check}`);
    expect(names).toEqual(expect.arrayContaining([...own, 'app-clippy', 'app-fmt', 'app-tests', 'mid-doctests']));
    expect(names).not.toContain('app-doctests');
    const { status, stderr } = await flake.run('flake', 'check');
    expect(status, stderr).toBe(0);
    expect(await flake.pending(...names.map((name) => `checks.${flake.nix.system}.${name}`))).toEqual([]);
    const again = await check();
    expect(again.status).toBe(0);
    expect(again.report.actions).toMatchObject({ executed: 0, failed: 0 });
    const { checks: ended } = again.report;
    expect(ended).toContainEqual(
      expect.objectContaining({
        subject: 'base',
        check: 'tests',
        status: 'passed',
        cached: true,
        tests: { passed: 1, failed: 0, ignored: 0 },
      }),
    );
    expect(ended).toContainEqual(
      expect.objectContaining({ subject: 'mid', check: 'doctests', status: 'passed', tests: { passed: 1, failed: 0, ignored: 0 } }),
    );
    const passed = ended.filter(({ status: how }) => how === 'passed');
    expect(passed.map(({ subject, check: name }) => `${subject}-${name}`).toSorted()).toEqual(names);
    expect(ended.filter((one) => !passed.includes(one))).toMatchObject([{ check: 'advisories', status: 'skipped' }]);
  }, 600_000);

  test('a check that fails shows what it said, in the flake and by the engine', async () => {
    await flake.changing(
      () => {
        house.replace('base/tests/x.rs', 'assert_eq!(base::base(), 1);', 'assert_eq!(base::base(), 2, "not two");');
        house.append('base/src/lib.rs', 'pub fn ill_formatted( ) { }\n');
        house.replace('mid/src/lib.rs', 'mid::documented(), 3', 'mid::documented(), 4');
      },
      async () => {
        for (const [name, printed] of [
          ['base-tests', 'not two'],
          ['base-fmt', 'ill_formatted()'],
          ['mid-doctests', 'right: 4'],
        ] as const) {
          const built = await flake.run('build', '--no-link', '-L', `${checks()}.${name}`);
          expect(built.status, name).toBe(1);
          expect(built.stderr).toContain(printed);
        }
        const { status, report } = await check('base', 'mid');
        expect(status).toBe(1);
        const failed = report.checks.filter((one) => one.status !== 'passed' && one.check !== 'advisories');
        expect(failed.map((one) => `${one.subject} ${one.check} ${one.status}`).toSorted()).toEqual([
          'base fmt failed',
          'base tests failed',
          'mid doctests failed',
        ]);
        const tests = report.diagnostics.find(({ message }) => message === 'base v0.1.0 (test "x") failed');
        expect(tests).toMatchObject({ code: 'F1155', output: expect.stringContaining('not two') });
      },
    );
  }, 600_000);

  test('has an escape hatch for each unit', async () => {
    await flake.changing(
      () =>
        house.write(
          'flake.nix',
          FLAKE.replace(
            'packagesFor = ',
            'overrideUnit = unit: attributes: attributes // (if unit.name == "base" then { marked = true; } else { }); packagesFor = ',
          ),
        ),
      async () => expect(await flake.pending('app')).toEqual(['app-0.1.0', 'app-0.1.0', 'base-0.1.0', 'mid-0.1.0']),
    );
  }, 120_000);
});
