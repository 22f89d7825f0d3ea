import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oracleTools } from '../python/oracle.ts';
import { type Ended, networkVariables, Program } from '../robustness/program.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';

/** Projects beside a lock in every form that uv installs: without a build system, with a `setup.py` alone, in Poetry's old form, with meson. */

const FILES = {
  'pyproject.toml': '[tool.uv.workspace]\nmembers = ["one", "bare"]\n',
  'one/pyproject.toml': `[project]
name = "one"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["bare", "beside", "old", "verse", "stone"]
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
[tool.uv.sources]
bare = { workspace = true }
beside = { path = "../beside" }
old = { path = "../old" }
verse = { path = "../verse" }
stone = { path = "../stone" }
`,
  'one/src/one/__init__.py': '',
  'bare/pyproject.toml': '[project]\nname = "bare"\nversion = "1.1"\nrequires-python = ">=3.10"\n',
  'bare/src/bare/__init__.py': '',
  'beside/pyproject.toml': '[project]\nname = "beside"\nversion = "1.2"\n',
  'beside/beside.py': '',
  'old/setup.py': 'from setuptools import setup\nsetup(name="old", version="1.3", py_modules=["old"])\n',
  'old/old.py': '',
  'verse/pyproject.toml': `[tool.poetry]
name = "verse"
version = "1.4"
description = ""
authors = ["A <a@example.org>"]
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`,
  'verse/verse/__init__.py': '',
  'stone/pyproject.toml':
    '[project]\nname = "stone"\nversion = "1.5"\n[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n',
  'stone/meson.build': "project('stone', version: '1.5')\nimport('python').find_installation().install_sources('stone.py')\n",
  'stone/stone.py': '',
};

const WHERE = `import bare, beside, old, one, stone, verse
from importlib.metadata import version
for module in (bare, beside, old, one, stone, verse):
    print(module.__name__, version(module.__name__), "site-packages" in module.__file__)
`;

let place: TemporaryDirectory;
let checkout: Checkout;
let program: Program;

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('checkout'), FILES);
  program = new Program();
  const environment = { ...process.env, UV_PYTHON: oracleTools().python, UV_PYTHON_DOWNLOADS: 'never' };
  const locked = spawnSync(oracleTools().uv, ['lock'], { cwd: checkout.directory, env: environment, encoding: 'utf8' });
  expect(locked.status, locked.stderr).toBe(0);
  expect(ferrule('lock')).toMatchObject({ status: 0 });
}, 300_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
}, 60_000);

function ferrule(...words: readonly string[]): Ended {
  return program.run(words, { directory: checkout.directory, store: place.join('store'), variables: networkVariables() });
}

function python(code: string): string {
  return spawnSync(checkout.path('result/bin/python'), ['-c', code], { encoding: 'utf8' }).stdout;
}

test('all of them are installed, as the lock says', () => {
  expect(ferrule('build', 'one:env')).toMatchObject({ status: 0 });
  expect(python(WHERE)).toBe('bare 1.1 True\nbeside 1.2 True\nold 1.3 True\none 1.0 True\nstone 1.5 True\nverse 1.4 True\n');
}, 300_000);

test('all of them can be edited in place, but what imports through code of its own is a copy, which is said', () => {
  const { status, stderr } = ferrule('build', 'one:editable');
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('warning[F1037]: `stone` is in the editable') });
  expect(python(WHERE)).toBe('bare 1.1 False\nbeside 1.2 False\nold 1.3 False\none 1.0 False\nstone 1.5 True\nverse 1.4 False\n');
}, 300_000);

test('a project that is asked for as a wheel and in an environment is built once', () => {
  checkout.write('one/src/one/__init__.py', 'WORD = "more"\n');
  const { status, stderr } = ferrule('build', 'one:wheel', 'one:env');
  expect(status).toBe(0);
  expect(stderr.match(/Building one 1\.0/g)).toHaveLength(1);
}, 120_000);
