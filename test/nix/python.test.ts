import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Digest, formatDigest } from '../../src/model/digest.ts';
import { Checkout } from '../end-to-end/checkout.ts';
import { build as buildLocally, complaints } from '../end-to-end/rig.ts';
import { FLAKE, FlakeCheckout, SYSTEMS } from './flake-checkout.ts';
import { nixVersions } from './programs.ts';

const EXAMPLE = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'examples/federation');
const TARGETS = ['pnt-functional:wheel', 'pnt-functional:sdist', 'pnt-cli:wheel', 'pnt-cli:env'];

/** Of a report as JSON, or as the pipeline has it. */
function digests(
  targets: readonly { readonly name: string; readonly output: string; readonly digest: string | Digest }[],
): readonly unknown[] {
  return targets.map(({ name, output, digest }) => [name, output, typeof digest === 'string' ? digest : formatDigest(digest)]);
}

const CHECKS = `
[build]
profile = "dev"

[environments.all]
projects = ["pnt-cli", "pnt-functional"]

[checks.imports]
command = ["python", "-c", "import pnt_functional, sys; print(sys.prefix, pnt_functional.__file__)"]
project = ["pnt-functional"]

[checks.count]
command = ["pnt-py", "the", "ring"]
environment = "all"

[checks.notes]
command = ["sh", "-c", "test -s crates/pnt-report/Cargo.toml"]

[checks.machine]
command = ["program-of-this-machine"]

`;

function makeFederation(directory: string): Checkout {
  cpSync(EXAMPLE, directory, { recursive: true, filter: (path) => !/\/(target|result[^/]*|\.venv|__pycache__)$/.test(path) });
  const federation = new Checkout(directory, {});
  federation.append('ferrule.toml', CHECKS);
  return federation;
}

describe.each(nixVersions())('Python projects as a flake, with Nix of kind %s', (version) => {
  let flake: FlakeCheckout;
  let federation: Checkout;

  beforeAll(async () => {
    flake = await FlakeCheckout.start({ version, make: makeFederation });
    federation = flake.checkout;
    await flake.build('pnt-cli-env');
  }, 900_000);

  afterAll(() => flake.dispose(), 120_000);

  test('has every output of every project for four systems, planned on one', async () => {
    const { packages, apps, devShells } = Object(await flake.shown());
    for (const system of SYSTEMS) {
      expect(Object.keys(packages[system])).toEqual(
        expect.arrayContaining([
          'pnt-cli',
          'pnt-cli-env',
          'pnt-cli-env-test',
          'pnt-functional',
          'pnt-functional-env',
          'pnt-functional-env-test',
          'pnt-functional-sdist',
        ]),
      );
      expect(apps[system]['pnt-py'].type).toBe('app');
      expect(Object.keys(devShells[system])).toEqual(expect.arrayContaining(['default', 'pnt-cli', 'pnt-functional']));
      expect((await flake.run('eval', '--raw', `.#packages.${system}.pnt-cli-env.drvPath`)).stdout).toMatch(
        /-pnt-cli-env-0\.1\.0-[0-9a-f]{16}\.drv$/,
      );
    }
  }, 300_000);

  test('pytest of every project and declared checks are checks of the flake, on every system; a program of the machine is not', async () => {
    const { systems } = flake.plan();
    for (const system of SYSTEMS) {
      const names = Object.keys(systems[system]?.checks ?? {});
      expect(names).toEqual(
        expect.arrayContaining(['pnt-cli-pytest', 'pnt-functional-pytest', 'pnt-functional-imports', 'all-count', 'notes']),
      );
      expect(names).not.toContain('machine');
      const check = await flake.run('eval', '--raw', `.#checks.${system}.pnt-cli-pytest.drvPath`);
      expect(check.stdout, check.stderr).toMatch(/-pnt-cli-pytest-0\.1\.0-[0-9a-f]{16}\.drv$/);
    }
    expect(flake.exported).toContain('warning[F1160]: the flake has no `machine` for');
    const names = ['pnt-cli-pytest', 'pnt-functional-pytest', 'pnt-functional-imports', 'all-count', 'notes'];
    const checks = names.map((name) => `checks.${flake.nix.system}.${name}`);
    for (const check of checks) await flake.build(check);
    expect(await flake.pending(...checks)).toEqual([]);
    const { status, stdout } = await flake.builder.run(
      ['check', '--engine', 'nix', '--json', '-q', '--only', 'pytest,imports,count,notes'],
      federation,
    );
    const report = Object(JSON.parse(stdout));
    expect(status, stdout).toBe(0);
    expect(report.actions).toMatchObject({ executed: 0 });
    expect(report.checks).toContainEqual(
      expect.objectContaining({
        subject: 'pnt-cli',
        check: 'pytest',
        status: 'passed',
        cached: true,
        tests: expect.objectContaining({ failed: 0 }),
      }),
    );
  }, 600_000);

  test('an environment holds the extension, the project beside it and the locked wheels, and its script runs', async () => {
    const path = await flake.build('pnt-cli-env');
    expect((await flake.nix.enter([`${path}/bin/pnt-py`, 'the', 'ring', 'the', 'parts'])).stdout).toBe('1 parts\n1 ring\n2 the\n');
    const program = 'from importlib.metadata import distributions as d; print(*sorted(x.name for x in d()))';
    expect((await flake.nix.enter([`${path}/bin/python`, '-c', program])).stdout).toBe('click pnt-cli pnt-functional toolz\n');
    expect((await flake.run('run', '.#pnt-py', '--', 'ring')).stdout).toBe('1 ring\n');
  }, 120_000);

  test('`nix develop` has what `ferrule develop` has: interpreter, sources of the checkout, modules in Rust, cargo of the toolchain', async () => {
    const develop = async (shell: string, ...command: readonly string[]): Promise<string> => {
      const { status, stdout, stderr } = await flake.run('develop', `.#${shell}`, '-c', ...command);
      expect(status, stderr).toBe(0);
      return stdout.trim();
    };
    await flake.changing(
      () => federation.write('packages/pnt-functional/src/pnt_functional/fresh.py', 'FRESH = 5\n'),
      async () => {
        const program =
          'import os, sys, pnt_functional.fresh as f, pnt_cli, pnt_cli._native as n; print(f.FRESH, pnt_cli.__file__, n.__file__, sys.prefix == os.environ["VIRTUAL_ENV"])';
        const [fresh, python, module, isOwn] = (await develop('pnt-cli', 'python', '-B', '-c', program)).split(' ');
        expect([fresh, python, isOwn]).toEqual(['5', federation.path('packages/pnt-cli/src/pnt_cli/__init__.py'), 'True']);
        expect(module).toMatch(/^\/nix\/store\//);
        const words =
          'pytest --version && which cargo && rustc --print sysroot && pkg-config --version && cc --version && echo $PYO3_NO_PYTHON';
        const lines = (await develop('pnt-cli', 'sh', '-c', words)).split('\n');
        const { rust } = flake.nix.places;
        expect(lines.at(-1)).toBe('1');
        expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^pytest /), `${rust}/bin/cargo`, rust]));
        expect(await develop('default', 'sh', '-c', 'which cargo; python3 --version')).toContain(`${rust}/bin/cargo\nPython 3`);
      },
    );
  }, 300_000);

  test('the tests of a project pass in the environment of its group', async () => {
    const path = await flake.build('pnt-functional-env-test');
    const { status, stdout } = await flake.nix.enter(
      [`${path}/bin/python`, '-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'packages/pnt-functional/tests'],
      {
        cwd: federation.directory,
      },
    );
    expect(status, stdout).toBe(0);
    expect(stdout).toContain('passed');
  }, 300_000);

  test('the engine builds the very paths of the flake, and what it builds has the digests of the local engine', async () => {
    for (const name of ['pnt-cli', 'pnt-functional', 'pnt-functional-sdist']) await flake.build(name);
    const { status, stdout, stderr } = await flake.builder.run(['build', '--engine', 'nix', '--json', '-q', ...TARGETS], federation);
    expect(status, stderr).toBe(0);
    const report = Object(JSON.parse(stdout));
    expect(report.actions).toMatchObject({ executed: 0, failed: 0 });
    const store = flake.place.join('local-store');
    const local = await buildLocally({ directory: federation.directory, store, targets: TARGETS, profile: 'dev', offline: false });
    expect(local.ok, complaints(local)).toBe(true);
    expect(digests(report.targets)).toEqual(digests(local.report.targets));
  }, 600_000);

  test('a second build does nothing', async () => {
    expect(await flake.pending('pnt-cli-env')).toEqual([]);
  }, 60_000);

  test('a Python file is packed and composed again, and nothing is compiled', async () => {
    await flake.changing(
      () => federation.replace('packages/pnt-cli/src/pnt_cli/__init__.py', 'Count the words given', 'Count words'),
      async () => {
        expect(await flake.pending('pnt-cli-env')).toEqual(['pnt-cli-0.1.0', 'pnt-cli-env-0.1.0']);
        const path = await flake.build('pnt-cli-env');
        expect((await flake.nix.enter([`${path}/bin/pnt-py`, '--help'])).stdout).toContain('Count words.');
      },
    );
  }, 120_000);

  test('a new Python file is packed without a new plan', async () => {
    await flake.changing(
      () => federation.write('packages/pnt-cli/src/pnt_cli/more.py', 'MORE = 3\n'),
      async () => {
        const path = await flake.build('pnt-cli-env');
        expect((await flake.nix.enter([`${path}/bin/python`, '-c', 'from pnt_cli.more import MORE; print(MORE)'])).stdout).toBe('3\n');
      },
    );
  }, 120_000);

  test('an edit of the Rust core compiles it, the module around it, and packs that', async () => {
    await flake.changing(
      () => federation.replace('packages/pnt-cli/crates/pnt-cli-core/src/lib.rs', 'word.to_lowercase()', 'word.to_uppercase()'),
      async () =>
        expect(await flake.pending('pnt-cli-env')).toEqual([
          'pnt-cli-0.1.0',
          'pnt-cli-core-0.1.0',
          'pnt-cli-env-0.1.0',
          'pnt-cli-py-0.1.0',
        ]),
    );
  }, 120_000);

  test('an edit of a sibling builds its wheel again, and composes', async () => {
    await flake.changing(
      () => federation.append('packages/pnt-functional/src/pnt_functional/__init__.py', '# Done.\n'),
      async () => expect(await flake.pending('pnt-cli-env')).toEqual(['pnt-cli-env-0.1.0', 'pnt-functional-0.1.0']),
    );
  }, 120_000);

  test('a test that fails shows what pytest said; an edit of it runs the checks of its project and no others', async () => {
    const checks = ['pnt-cli-pytest', 'pnt-functional-pytest', 'all-count'].map((name) => `checks.${flake.nix.system}.${name}`);
    await flake.changing(
      () => federation.write('packages/pnt-functional/tests/test_more.py', 'def test_more() -> None:\n    assert 1 == 2, "not two"\n'),
      async () => {
        expect(await flake.pending(...checks)).toEqual(['pnt-functional-pytest-0.1.0']);
        const { status, stderr } = await flake.run('build', '--no-link', '-L', `.#checks.${flake.nix.system}.pnt-functional-pytest`);
        expect(status).toBe(1);
        expect(stderr).toContain('not two');
        expect(stderr).not.toContain('<testsuites');
      },
    );
  }, 120_000);

  test('tests and notes of a project are no ingredients of its wheel', async () => {
    await flake.changing(
      () => {
        federation.write('packages/pnt-functional/tests/test_more.py', 'def test_nothing() -> None:\n    pass\n');
        federation.write('packages/pnt-cli/NOTES.md', 'notes\n');
      },
      async () => expect(await flake.pending('pnt-cli-env')).toEqual([]),
    );
  }, 120_000);

  test.each(['packages/pnt-cli/uv.lock', 'packages/pnt-functional/pyproject.toml', 'ferrule.lock'])(
    'refuses a plan that was made from another %s',
    async (file) => {
      await flake.changing(
        () => federation.append(file, '\n'),
        async () => {
          const { status, stderr } = await flake.run('build', '--dry-run', '--no-link', '.#pnt-cli-env');
          expect(status).toBe(1);
          expect(stderr).toContain(`nix/ferrule.json was not made from this ${file}: run \`ferrule nix export\``);
        },
      );
    },
    60_000,
  );

  test('has an escape hatch for each distribution', async () => {
    const hatch =
      'overrideDistribution = one: attributes: attributes // (if one.name == "toolz" then { marked = true; } else { }); packagesFor = ';
    await flake.changing(
      () => federation.write('flake.nix', FLAKE.replace('packagesFor = ', hatch)),
      async () => expect(await flake.pending('pnt-cli-env')).toEqual(['pnt-cli-env-0.1.0', 'toolz-1.2.0']),
    );
  }, 60_000);
});
