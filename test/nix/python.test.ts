import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Digest, formatDigest } from '../../src/model/digest.ts';
import { Checkout, type SavedFiles, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { build as buildLocally, complaints } from '../end-to-end/rig.ts';
import { writeHostPackages } from './host-packages.ts';
import { NixBuilder } from './nix-builder.ts';
import { nixVersions } from './programs.ts';
import { type Ended, type Nix, startNix } from './rig.ts';

const EXAMPLE = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'examples/federation');
const FLAKE = `{
  outputs = _: import ./nix/ferrule.nix { packagesFor = _: import ./host-packages.nix; };
}
`;
const SYSTEMS = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux'];
const TARGETS = ['pnt-functional:wheel', 'pnt-functional:sdist', 'pnt-cli:wheel', 'pnt-cli:env'];

/** Of a report as JSON, or as the pipeline has it. */
function digests(
  targets: readonly { readonly name: string; readonly output: string; readonly digest: string | Digest }[],
): readonly unknown[] {
  return targets.map(({ name, output, digest }) => [name, output, typeof digest === 'string' ? digest : formatDigest(digest)]);
}

describe.each(nixVersions())('Python projects as a flake, with Nix of kind %s', (version) => {
  let nix: Nix;
  let place: TemporaryDirectory;
  let federation: Checkout;
  let saved: SavedFiles;
  let builder: NixBuilder;

  function git(...words: readonly string[]): void {
    const { status, stderr } = spawnSync('git', words, { cwd: federation.directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  async function flake(...words: readonly string[]): Promise<Ended> {
    return await nix.run(words, { cwd: federation.directory });
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
    const directory = place.join('federation');
    cpSync(EXAMPLE, directory, { recursive: true, filter: (path) => !/\/(target|result[^/]*|\.venv|__pycache__)$/.test(path) });
    federation = new Checkout(directory, {});
    builder = new NixBuilder(nix, place.join('store'));
    writeHostPackages(directory, nix.places);
    federation.append('ferrule.toml', '\n[build]\nprofile = "dev"\n\n[nix]\npackages = "host-packages.nix"\n');
    federation.write('flake.nix', FLAKE);
    git('init', '--quiet');
    const exported = await builder.run(['nix', 'export'], federation);
    expect(exported.status, exported.stderr).toBe(0);
    git('add', '--all');
    saved = federation.save();
    await build('pnt-cli-env');
  }, 900_000);

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
      federation.restore(saved);
      git('add', '--all');
    }
  }

  test('has every output of every project for four systems, planned on one', async () => {
    const { status, stdout, stderr } = await flake('flake', 'show', '--json', ...(version === 'current' ? ['--all-systems'] : []));
    expect(status, stderr).toBe(0);
    const { packages, apps, devShells } = Object(JSON.parse(stdout));
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
      expect((await flake('eval', '--raw', `.#packages.${system}.pnt-cli-env.drvPath`)).stdout).toMatch(
        /-pnt-cli-env-0\.1\.0-[0-9a-f]{16}\.drv$/,
      );
    }
  }, 300_000);

  test('an environment holds the extension, the project beside it and the locked wheels, and its script runs', async () => {
    const path = await build('pnt-cli-env');
    expect((await nix.enter([`${path}/bin/pnt-py`, 'the', 'ring', 'the', 'parts'])).stdout).toBe('1 parts\n1 ring\n2 the\n');
    const program = 'from importlib.metadata import distributions as d; print(*sorted(x.name for x in d()))';
    expect((await nix.enter([`${path}/bin/python`, '-c', program])).stdout).toBe('click pnt-cli pnt-functional toolz\n');
    expect((await flake('run', '.#pnt-py', '--', 'ring')).stdout).toBe('1 ring\n');
  }, 120_000);

  test('a shell imports the projects from the checkout, with the module in Rust as it was built', async () => {
    const shell = await build(`devShells.${nix.system}.pnt-cli`);
    const environment = /^export VIRTUAL_ENV='(.*)'$/m.exec(readFileSync(nix.outside(shell), 'utf8'))?.[1] ?? '';
    const ask = async (program: string, root: string): Promise<Ended> =>
      await nix.enter([`${environment}/bin/python`, '-B', '-c', program], { env: { FERRULE_ROOT: root } });
    await changing(
      () => federation.write('packages/pnt-functional/src/pnt_functional/fresh.py', 'FRESH = 5\n'),
      async () => {
        const program = 'import pnt_functional.fresh as f, pnt_cli, pnt_cli._native as n; print(f.FRESH, pnt_cli.__file__, n.__file__)';
        const { stdout, stderr } = await ask(program, federation.directory);
        const [fresh, python, module] = stdout.trim().split(' ');
        expect([fresh, python], stderr).toEqual(['5', federation.path('packages/pnt-cli/src/pnt_cli/__init__.py')]);
        expect(module).toMatch(/^\/nix\/store\//);
      },
    );
  }, 300_000);

  test('the tests of a project pass in the environment of its group', async () => {
    const path = await build('pnt-functional-env-test');
    const { status, stdout } = await nix.enter(
      [`${path}/bin/python`, '-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'packages/pnt-functional/tests'],
      {
        cwd: federation.directory,
      },
    );
    expect(status, stdout).toBe(0);
    expect(stdout).toContain('passed');
  }, 300_000);

  test('the engine builds the very paths of the flake, and what it builds has the digests of the local engine', async () => {
    for (const name of ['pnt-cli', 'pnt-functional', 'pnt-functional-sdist']) await build(name);
    const { status, stdout, stderr } = await builder.run(['build', '--engine', 'nix', '--json', '-q', ...TARGETS], federation);
    expect(status, stderr).toBe(0);
    const report = Object(JSON.parse(stdout));
    expect(report.actions).toMatchObject({ executed: 0, failed: 0 });
    const store = place.join('local-store');
    const local = await buildLocally({ directory: federation.directory, store, targets: TARGETS, profile: 'dev', offline: false });
    expect(local.ok, complaints(local)).toBe(true);
    expect(digests(report.targets)).toEqual(digests(local.report.targets));
  }, 600_000);

  test('a second build does nothing', async () => {
    expect(await pending('pnt-cli-env')).toEqual([]);
  }, 60_000);

  test('a Python file is packed and composed again, and nothing is compiled', async () => {
    await changing(
      () => federation.replace('packages/pnt-cli/src/pnt_cli/__init__.py', 'Count the words given', 'Count words'),
      async () => {
        expect(await pending('pnt-cli-env')).toEqual(['pnt-cli-0.1.0', 'pnt-cli-env-0.1.0']);
        const path = await build('pnt-cli-env');
        expect((await nix.enter([`${path}/bin/pnt-py`, '--help'])).stdout).toContain('Count words.');
      },
    );
  }, 120_000);

  test('a new Python file is packed without a new plan', async () => {
    await changing(
      () => federation.write('packages/pnt-cli/src/pnt_cli/more.py', 'MORE = 3\n'),
      async () => {
        const path = await build('pnt-cli-env');
        expect((await nix.enter([`${path}/bin/python`, '-c', 'from pnt_cli.more import MORE; print(MORE)'])).stdout).toBe('3\n');
      },
    );
  }, 120_000);

  test('an edit of the Rust core compiles it, the module around it, and packs that', async () => {
    await changing(
      () => federation.replace('packages/pnt-cli/crates/pnt-cli-core/src/lib.rs', 'word.to_lowercase()', 'word.to_uppercase()'),
      async () =>
        expect(await pending('pnt-cli-env')).toEqual(['pnt-cli-0.1.0', 'pnt-cli-core-0.1.0', 'pnt-cli-env-0.1.0', 'pnt-cli-py-0.1.0']),
    );
  }, 120_000);

  test('an edit of a sibling builds its wheel again, and composes', async () => {
    await changing(
      () => federation.append('packages/pnt-functional/src/pnt_functional/__init__.py', '# Done.\n'),
      async () => expect(await pending('pnt-cli-env')).toEqual(['pnt-cli-env-0.1.0', 'pnt-functional-0.1.0']),
    );
  }, 120_000);

  test('tests and notes of a project are no ingredients of its wheel', async () => {
    await changing(
      () => {
        federation.write('packages/pnt-functional/tests/test_more.py', 'def test_nothing() -> None:\n    pass\n');
        federation.write('packages/pnt-cli/NOTES.md', 'notes\n');
      },
      async () => expect(await pending('pnt-cli-env')).toEqual([]),
    );
  }, 120_000);

  test.each(['packages/pnt-cli/uv.lock', 'packages/pnt-functional/pyproject.toml', 'ferrule.lock'])(
    'refuses a plan that was made from another %s',
    async (file) => {
      await changing(
        () => federation.append(file, '\n'),
        async () => {
          const { status, stderr } = await flake('build', '--dry-run', '--no-link', '.#pnt-cli-env');
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
    await changing(
      () => federation.write('flake.nix', FLAKE.replace('packagesFor = ', hatch)),
      async () => expect(await pending('pnt-cli-env')).toEqual(['pnt-cli-env-0.1.0', 'toolz-1.2.0']),
    );
  }, 60_000);
});
