import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Checkout, TemporaryDirectory } from './checkout.ts';
import { targetCone } from '../../src/explain/cone.ts';
import { differenceText } from '../../src/explain/difference.ts';
import { explainWhy } from '../../src/explain/why.ts';
import { forecastRun } from '../../src/plan/forecast.ts';
import { build, type Built, complaints, requestOf } from './rig.ts';

const EXAMPLE = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'examples/federation');

let place: TemporaryDirectory;
let checkout: Checkout;

beforeAll(() => {
  place = new TemporaryDirectory();
  const directory = place.join('federation');
  cpSync(EXAMPLE, directory, { recursive: true, filter: (path) => !/\/(target|result[^/]*|\.venv|__pycache__)$/.test(path) });
  checkout = new Checkout(directory, {});
});

afterAll(() => {
  place[Symbol.dispose]();
}, 120_000);

async function ferrule(...targets: readonly string[]): Promise<Built> {
  return await build({ directory: checkout.directory, store: place.join('store'), targets, profile: 'dev', offline: false });
}

/** What `ferrule why` names for the environment before it is built again. */
async function causes(): Promise<readonly string[]> {
  const request = requestOf({ directory: checkout.directory, store: place.join('store'), targets: [], offline: true });
  const found = await explainWhy({ target: 'pnt-cli:env', against: undefined, forecastNix: forecastRun, build: request });
  if (!found.ok) throw new Error(JSON.stringify(found.diagnostics));
  return found.value.now.explanation.causes.map(({ difference }) => differenceText(difference));
}

function run(program: string, ...words: readonly string[]): string {
  const done = spawnSync(checkout.path(program), words, { encoding: 'utf8', cwd: place.path });
  return `${done.stdout}${done.stderr}`;
}

test('an environment holds the extension, the project beside it and the locked wheels, and its script runs', async () => {
  const built = await ferrule('pnt-cli:env');
  expect(built.ok, complaints(built)).toBe(true);
  expect(run('result/bin/pnt-py', 'the', 'ring', 'the', 'parts')).toBe('1 parts\n1 ring\n2 the\n');
  const listed = run('result/bin/python', '-c', 'from importlib.metadata import distributions as d; print(*sorted(x.name for x in d()))');
  expect(listed).toBe('click pnt-cli pnt-functional toolz\n');
}, 300_000);

test('its graph tells crates from wheels, and both locks from what they are needed for', async () => {
  const build = requestOf({ directory: checkout.directory, store: place.join('store'), targets: [], profile: 'dev' });
  const cone = await targetCone({ target: 'pnt-cli:env', build });
  if (!cone.ok) throw new Error(JSON.stringify(cone.diagnostics));
  const { packages, locks } = cone.value;
  const kindOf = (name: string): string | undefined => packages.find((pkg) => pkg.name === name)?.kind;
  expect(['click', 'pyo3', 'pnt-cli-core', 'pnt-functional'].map(kindOf)).toEqual(['wheel', 'registry', 'workspace', 'built']);
  expect(locks.map(({ file }) => file)).toEqual(['packages/pnt-cli/crates/Cargo.lock', 'packages/pnt-cli/uv.lock']);
  expect(locks[1]?.spared.map((entry) => entry.split(' ')[0])).toContain('pytest');
}, 60_000);

test('the same again does nothing, and is recognised without a look at the graph', async () => {
  const again = await ferrule('pnt-cli:env');
  expect(again.executed).toEqual([]);
  expect((await ferrule('pnt-cli:env')).remembered).toBe(true);
}, 60_000);

test('a Python file is packed and composed again, and nothing is compiled', async () => {
  checkout.replace('packages/pnt-cli/src/pnt_cli/__init__.py', 'Count the words given', 'Count words');
  expect(await causes()).toEqual(['pnt_cli/__init__.py (in the wheel) changed']);
  const built = await ferrule('pnt-cli:env');
  expect(built.executed).toEqual(['pnt-cli (env)', 'pnt-cli 0.1.0']);
  expect(run('result/bin/pnt-py', '--help')).toContain('Count words.');
}, 60_000);

test('an edit of the Rust core compiles it, the module around it, and packs that', async () => {
  checkout.replace('packages/pnt-cli/crates/pnt-cli-core/src/lib.rs', 'word.to_lowercase()', 'word.to_uppercase()');
  expect(await causes()).toEqual(['packages/pnt-cli/crates/pnt-cli-core/src/lib.rs changed']);
  const built = await ferrule('pnt-cli:env');
  expect(built.executed).toEqual(['pnt-cli (env)', 'pnt-cli 0.1.0', 'pnt-cli-core', 'pnt-cli-py']);
  expect(run('result/bin/pnt-py', 'ring')).toBe('1 RING\n');
}, 120_000);

test('tests and notes of a project are no ingredients of its wheel', async () => {
  checkout.write('packages/pnt-functional/tests/test_more.py', 'def test_nothing() -> None:\n    pass\n');
  checkout.write('packages/pnt-cli/tests/test_more.py', 'def test_nothing() -> None:\n    pass\n');
  checkout.write('packages/pnt-cli/NOTES.md', 'notes\n');
  expect((await ferrule('pnt-cli:env')).executed).toEqual([]);
}, 60_000);

test('an edit of the pure project builds its wheel by its own backend', async () => {
  checkout.replace('packages/pnt-functional/src/pnt_functional/__init__.py', 'Small functions', 'Little functions');
  expect(await causes()).toEqual(['packages/pnt-functional/src/pnt_functional/__init__.py changed']);
  expect((await ferrule('pnt-cli:env')).executed).toEqual(['pnt-cli (env)', 'pnt-functional 0.1.0']);
}, 60_000);

test('an editable environment imports the checkout and the module from the store, and edits show at once', async () => {
  const built = await ferrule('pnt-cli:editable');
  expect(built.ok, complaints(built)).toBe(true);
  const where = 'import pnt_cli, pnt_functional; print(pnt_cli.__file__, pnt_functional.__file__, sep="\\n")';
  expect(run('result/bin/python', '-c', where)).toBe(
    `${checkout.path('packages/pnt-cli/src/pnt_cli/__init__.py')}\n${checkout.path('packages/pnt-functional/src/pnt_functional/__init__.py')}\n`,
  );
  checkout.write('packages/pnt-cli/src/pnt_cli/fresh.py', 'WORD = "fresh"\n');
  expect(run('result/bin/python', '-c', 'import pnt_cli.fresh; print(pnt_cli.fresh.WORD, pnt_cli.count("Ring"))')).toBe(
    "fresh {'RING': 1}\n",
  );
  expect(existsSync(checkout.path('packages/pnt-cli/src/pnt_cli/_native.abi3.so'))).toBe(false);
}, 120_000);

test('wheels and source distributions are files with the right names, and the same from another place', async () => {
  const targets = ['pnt-cli:wheel', 'pnt-functional:wheel', 'pnt-functional:sdist'];
  const built = await ferrule(...targets);
  expect(built.ok, complaints(built)).toBe(true);
  const digests = built.report.targets.map((target) => target.digest.hash);
  const elsewhere = place.join('elsewhere');
  renameSync(checkout.directory, elsewhere);
  try {
    const moved = await build({ directory: elsewhere, store: place.join('another-store'), targets, profile: 'dev', offline: false });
    expect(moved.report.targets.map((target) => target.digest.hash)).toEqual(digests);
  } finally {
    renameSync(elsewhere, checkout.directory);
  }
}, 300_000);

test('an environment goes on working when the repository moves', async () => {
  await ferrule('pnt-cli:env');
  const elsewhere = place.join('moved');
  renameSync(checkout.directory, elsewhere);
  try {
    const done = spawnSync(join(elsewhere, 'result/bin/pnt-py'), ['ring'], { encoding: 'utf8' });
    expect(done.stdout).toBe('1 RING\n');
    const activated = spawnSync('bash', ['-c', 'source result/bin/activate && command -v pnt-py && python -c "import pnt_cli"'], {
      cwd: elsewhere,
      encoding: 'utf8',
    });
    expect(activated.stdout).toBe(`${elsewhere}/result/bin/pnt-py\n`);
    expect(activated.status).toBe(0);
  } finally {
    renameSync(elsewhere, checkout.directory);
  }
}, 120_000);

test('a group of dependencies is part of the environment that names it', async () => {
  const built = await ferrule('pnt-functional:env/test');
  expect(built.ok, complaints(built)).toBe(true);
  expect(
    run('result/bin/pytest', '-q', '-p', 'no:cacheprovider', checkout.path('packages/pnt-functional/tests/test_compose.py')),
  ).toContain('1 passed');
  const unknown = await ferrule('pnt-functional:env/tests');
  expect(unknown.report.diagnostics.map(({ code, blame }) => [code, blame])).toEqual([['F0922', 'input']]);
}, 120_000);

test('an environment of several projects needs locks that agree, and names those that do not', async () => {
  const table = '\n[environments.all]\nprojects = ["pnt-cli", "pnt-functional"]\ngroups = ["test"]\n';
  const config = checkout.read('ferrule.toml');
  checkout.write('ferrule.toml', config + table);
  expect(complaints(await ferrule('all'))).toBe('');
  expect(run('result/bin/python', '-c', 'import pnt_cli, pnt_functional, pytest; print("all there")')).toBe('all there\n');
  const lock = checkout.read('packages/pnt-functional/uv.lock');
  checkout.write(
    'packages/pnt-functional/uv.lock',
    lock.replace('name = "toolz"\nversion = "1.2.0"', 'name = "toolz"\nversion = "1.0.0"').replaceAll('toolz-1.2.0', 'toolz-1.0.0'),
  );
  const disagreeing = await ferrule('all');
  expect(disagreeing.report.diagnostics.map(({ code, message }) => [code, message])).toEqual([
    ['F0933', '`toolz` is locked at 1.2.0 by `packages/pnt-cli` and at 1.0.0 by `packages/pnt-functional`'],
  ]);
  checkout.write('ferrule.toml', `${config}${table}prefer = "packages/pnt-cli"\n`);
  expect(complaints(await ferrule('all'))).toBe('');
  const misspelt = await ferrule('all:env/tests');
  expect(misspelt.report.diagnostics.map(({ code, message }) => [code, message])).toEqual([
    ['F1038', 'none of the projects of the environment `all` has the group `tests`'],
  ]);
  checkout.write('packages/pnt-functional/uv.lock', lock);
  checkout.write('ferrule.toml', config);
}, 120_000);

test('a requirement that the lock does not have is an error with its place and the command', async () => {
  checkout.replace('packages/pnt-functional/pyproject.toml', 'toolz>=0.12', 'toolz>=1.3');
  const built = await ferrule('pnt-cli:env');
  const [diagnostic] = built.report.diagnostics;
  expect(diagnostic).toMatchObject({ code: 'F0928', hints: ['run `uv lock --directory packages/pnt-cli`'] });
  expect(diagnostic?.span?.file).toBe('packages/pnt-functional/pyproject.toml');
  checkout.replace('packages/pnt-functional/pyproject.toml', 'toolz>=1.3', 'toolz>=0.12');
}, 60_000);

test('without `ferrule.lock` a backend is not guessed', async () => {
  rmSync(checkout.path('ferrule.lock'));
  const built = await ferrule('pnt-functional:wheel');
  expect(built.report.diagnostics.map(({ code, hints }) => [code, hints])).toEqual([
    ['F0985', ['run `ferrule lock`, which resolves build requirements and pins them by hash']],
  ]);
}, 60_000);
