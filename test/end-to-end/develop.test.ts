import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, ended, Program } from '../robustness/program.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';

let place: TemporaryDirectory;
let checkout: Checkout;
let program: Program;

/** A project without dependencies that is no package, beside a crate. */
beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('checkout'), {
    'ferrule.toml':
      '[[override]]\ncrate = "tool"\nenvironment = { TOOL_MODE = "plain" }\n\n[[override]]\ncrate = "pyo3-ffi"\nenvironment = { PYO3_NO_PYTHON = "1" }\n',
    'tool/Cargo.toml': '[package]\nname = "tool"\nversion = "0.1.0"\nedition = "2021"\n',
    'tool/Cargo.lock': 'version = 4\n\n[[package]]\nname = "tool"\nversion = "0.1.0"\n',
    'tool/src/main.rs': 'fn main() {}\n',
    'web/pyproject.toml': '[project]\nname = "web"\nversion = "1"\nrequires-python = ">=3.10"\n',
    'web/uv.lock':
      'version = 1\nrevision = 3\nrequires-python = ">=3.10"\n\n[[package]]\nname = "web"\nversion = "1"\nsource = { virtual = "." }\n',
  });
  program = new Program();
}, 60_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
});

function develop(words: readonly string[], variables: Readonly<Record<string, string>> = {}): Ended {
  return program.run(['develop', ...words], { directory: checkout.directory, store: place.join('store'), variables });
}

test('a command runs with the environment, where the user is, and its status is ours', () => {
  const { status, stdout } = develop(['--', 'sh', '-c', 'python -c "import sys; print(sys.prefix != sys.base_prefix)"; pwd; exit 7']);
  expect({ status, stdout }).toEqual({ status: 7, stdout: `True\n${checkout.directory}\n` });
}, 120_000);

test('what is printed sets the environment in a shell', () => {
  const { status, stdout } = develop(['web', '--print-env']);
  expect(status).toBe(0);
  const shell = spawnSync('sh', ['-c', `${stdout}\ncommand -v python; echo "$TOOL_MODE"; cargo --version`], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONHOME: '/nowhere' },
  });
  expect(shell.stdout).toMatch(/^\/.*\/develop\/[0-9a-f]{16}\/bin\/python\nplain\ncargo \d/);
}, 120_000);

test('the same as a document names the environment and where it lies', () => {
  const document: unknown = JSON.parse(develop(['web', '--print-env', '--json']).stdout);
  expect(document).toMatchObject({ ok: true, variables: { TOOL_MODE: 'plain' }, unset: ['PYTHONHOME'] });
}, 60_000);

/** A build script that looks at what PyO3's looks at, beside a configuration that answers it as PyO3's manual advises. */
test('plain cargo compiles nothing anew, whether it is called inside or outside', () => {
  using other = new TemporaryDirectory();
  const crate = new Checkout(other.join('checkout'), {
    '.cargo/config.toml': '[env]\nPYO3_PYTHON = "python3"\n',
    'ferrule.toml': '[[override]]\ncrate = "app"\nenvironment = { PYO3_NO_PYTHON = "1" }\n',
    'app/Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
    'app/Cargo.lock': 'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
    'app/src/lib.rs': '\n',
    'app/build.rs':
      'fn main() {\n    for name in ["PYO3_PYTHON", "PYO3_NO_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "RUSTFLAGS", "CARGO_TARGET_DIR"] {\n        println!("cargo::rerun-if-env-changed={name}");\n    }\n}\n',
    'web/pyproject.toml': '[project]\nname = "web"\nversion = "1"\nrequires-python = ">=3.10"\n',
    'web/uv.lock': checkout.read('web/uv.lock'),
  });
  const words = ['build', '--manifest-path', 'app/Cargo.toml'];
  const outside = (): string => spawnSync('cargo', words, { cwd: crate.directory, encoding: 'utf8' }).stderr;
  const inside = program.run(['develop', 'web', '--', 'cargo', ...words], { directory: crate.directory, store: place.join('store') });
  expect(inside.stderr).toContain('Compiling app v0.1.0');
  for (const stderr of [outside(), outside()]) expect(stderr).not.toContain('Compiling');
  const again = program.run(['develop', 'web', '--', 'cargo', ...words], { directory: crate.directory, store: place.join('store') });
  expect(again).toMatchObject({ status: 0 });
  expect(again.stderr).not.toContain('Compiling');
}, 120_000);

test('nothing is written into the checkout', () => {
  expect(readdirSync(checkout.path('web')).toSorted()).toEqual(['pyproject.toml', 'uv.lock']);
  expect(readdirSync(checkout.path('tool')).toSorted()).toEqual(['Cargo.lock', 'Cargo.toml', 'src']);
});

test('a signal that is sent to it reaches the command', async () => {
  const child = program.start(['develop', '--', 'sh', '-c', 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'], {
    directory: checkout.directory,
    store: place.join('store'),
  });
  child.stdout?.once('data', () => child.kill('SIGTERM'));
  expect((await ended(child)).status).toBe(9);
}, 60_000);

test('a name that is not there is answered with what was meant', () => {
  const { status, stderr } = develop(['wep']);
  expect(status).toBe(2);
  expect(stderr).toContain('did you mean `web`?');
}, 60_000);
