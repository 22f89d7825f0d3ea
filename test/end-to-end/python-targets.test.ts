import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, networkVariables, Program } from '../robustness/program.ts';
import { oracleTools } from '../python/oracle.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';

/** Extras, groups, workspaces without a project of their own, scripts, and builds that must match what runs: with real uv and a real index. */

const PROBE = `from setuptools import setup
import packaging
open("probe.py", "w").write(f"BUILT_WITH = {packaging.__version__!r}\\n")
setup(name="probe", version="1.0", py_modules=["probe"])
`;

const FILES = {
  'space/pyproject.toml': `[tool.uv.workspace]
members = ["one", "two"]
[dependency-groups]
lint = ["iniconfig==2.0.0"]
[tool.uv.extra-build-dependencies]
probe = [{ requirement = "packaging", match-runtime = true }]
`,
  'space/one/pyproject.toml': `[project]
name = "one"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["packaging==23.2", "probe"]
[project.optional-dependencies]
sniff = ["sniffio==1.3.0"]
[project.scripts]
one = "one:main"
[dependency-groups]
dev = ["idna==3.7"]
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
[tool.uv.sources]
probe = { path = "../probe" }
`,
  'space/one/src/one/__init__.py': 'def main() -> None:\n    print("one")\n',
  'space/two/pyproject.toml': `[project]
name = "two"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["one"]
[tool.uv.sources]
one = { workspace = true }
`,
  'space/probe/pyproject.toml': '[project]\nname = "probe"\nversion = "1.0"\n[build-system]\nrequires = ["setuptools"]\n',
  'space/probe/setup.py': PROBE,
  'tools/words.py':
    '# /// script\n# requires-python = ">=3.10"\n# dependencies = ["iniconfig"]\n# ///\nimport iniconfig, sys\nprint(*sys.argv[1:])\n',
  'tools/unlocked.py': '# /// script\n# dependencies = []\n# ///\n',
  'tools/plain.py': 'print("plain")\n',
};

let place: TemporaryDirectory;
let checkout: Checkout;
let program: Program;

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('checkout'), FILES);
  program = new Program();
  for (const words of [
    ['lock', '--directory', 'space'],
    ['lock', '--script', 'tools/words.py'],
  ])
    uv(...words);
  expect(ferrule('lock')).toMatchObject({ status: 0 });
}, 300_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
}, 60_000);

function uv(...words: readonly string[]): string {
  const environment = { ...process.env, UV_PYTHON: oracleTools().python, UV_PYTHON_DOWNLOADS: 'never' };
  const done = spawnSync(oracleTools().uv, words, { cwd: checkout.directory, env: environment, encoding: 'utf8' });
  expect(done.status, done.stderr).toBe(0);
  return done.stdout;
}

function ferrule(...words: readonly string[]): Ended {
  return program.run(words, { directory: checkout.directory, store: place.join('store'), variables: networkVariables() });
}

function built(target: string): readonly string[] {
  expect(ferrule('build', target)).toMatchObject({ status: 0 });
  return python('from importlib.metadata import distributions as d; print(*sorted({x.name + "=" + x.version for x in d()}))').split(' ');
}

function python(code: string): string {
  return spawnSync(checkout.path('result/bin/python'), ['-c', code], { encoding: 'utf8' }).stdout.trim();
}

const PLAIN = ['one=1.0', 'packaging=23.2', 'probe=1.0'];

test('what must match at run time is built with the version that runs, as uv builds it', () => {
  expect(built('one:env')).toEqual(PLAIN);
  expect(python('import probe; print(probe.BUILT_WITH)')).toBe('23.2');
  uv('sync', '--directory', 'space', '--package', 'one', '--no-dev');
  const theirs = spawnSync(checkout.path('space/.venv/bin/python'), ['-c', 'import probe; print(probe.BUILT_WITH)'], { encoding: 'utf8' });
  expect(theirs.stdout).toBe('23.2\n');
}, 300_000);

test('an extra and a group are part of the environment that names them', () => {
  expect(built('one[sniff]:env/dev')).toEqual(['idna=3.7', ...PLAIN, 'sniffio=1.3.0']);
  expect(built('one[sniff]:editable')).toEqual(['idna=3.7', ...PLAIN, 'sniffio=1.3.0']);
  expect(built('one:editable')).toEqual(['idna=3.7', ...PLAIN]);
}, 120_000);

test('an extra is told from a group', () => {
  const { status, stderr } = ferrule('build', 'one:env/sniff');
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('`NAME[sniff]:env`') });
  expect(ferrule('build', 'one[dev]:env').stderr).toContain('`NAME:env/dev`');
}, 60_000);

test('a workspace that is no project stands for its members, with its own groups and theirs', () => {
  expect(built('space:env')).toEqual(PLAIN);
  expect(built('space:env/lint')).toEqual(['iniconfig=2.0.0', ...PLAIN]);
  expect(built('space:editable')).toEqual(['idna=3.7', ...PLAIN]);
  expect(ferrule('run', 'space', '--script', 'one').stdout).toBe('one\n');
  expect(ferrule('build', 'space:wheel')).toMatchObject({ status: 2, stderr: expect.stringContaining('F1034') });
}, 120_000);

test('a script runs in the environment of its lock, wherever it is called from', () => {
  expect(ferrule('run', 'tools/words.py', '--', 'a', '--b')).toMatchObject({ status: 0, stdout: 'a --b\n' });
  expect(ferrule('-C', 'tools', 'run', 'words.py', '--', 'c')).toMatchObject({ status: 0, stdout: 'c\n' });
  expect(ferrule('run', 'tools/words.py:env', '--', 'python', '-c', 'import iniconfig; print("there")').stdout).toBe('there\n');
  const { stdout } = ferrule('build', '--json', 'tools/words.py');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, targets: [{ name: 'words.py', output: 'env' }] });
}, 120_000);

test.each([
  ['tools/none.py', 'F1031'],
  ['tools/plain.py', 'F1032'],
  ['tools/unlocked.py', 'F1033'],
])('%s cannot be run', (script, code) => {
  expect(ferrule('run', script)).toMatchObject({ status: 2, stderr: expect.stringContaining(code) });
});

test('a repository of nothing but a script runs it', () => {
  const alone = new Checkout(place.join('alone'), {
    'words.py': FILES['tools/words.py'],
    'words.py.lock': checkout.read('tools/words.py.lock'),
  });
  const done = program.run(['run', 'words.py', '--', 'x'], { directory: alone.directory, store: place.join('store') });
  expect(done).toMatchObject({ status: 0, stdout: 'x\n' });
}, 60_000);

test('what must match and does not run is an error that says which', () => {
  checkout.replace('space/pyproject.toml', 'requirement = "packaging"', 'requirement = "iniconfig"');
  const { status, stderr } = ferrule('build', 'one:env');
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('F1035') });
  checkout.replace('space/pyproject.toml', 'requirement = "iniconfig"', 'requirement = "packaging"');
}, 60_000);

test('another version at run time is not in `ferrule.lock` until it is written again', () => {
  checkout.replace('space/one/pyproject.toml', 'packaging==23.2', 'packaging==24.0');
  uv('lock', '--directory', 'space');
  expect(ferrule('build', 'one:env')).toMatchObject({ status: 2, stderr: expect.stringContaining('F0985') });
  expect(ferrule('lock')).toMatchObject({ status: 0 });
  expect(built('one:env')).toContain('packaging=24.0');
  expect(python('import probe; print(probe.BUILT_WITH)')).toBe('24.0');
}, 120_000);
