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
    'ferrule.toml': '[[override]]\ncrate = "tool"\nenvironment = { TOOL_MODE = "plain" }\n',
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
  expect(document).toMatchObject({ ok: true, variables: { TOOL_MODE: 'plain', VIRTUAL_ENV_PROMPT: 'web' }, unset: ['PYTHONHOME'] });
}, 60_000);

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
