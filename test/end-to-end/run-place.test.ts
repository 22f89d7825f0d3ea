import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, Program } from '../robustness/program.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';

let place: TemporaryDirectory;
let tools: Checkout;
let program: Program;

function speaker(name: string): Readonly<Record<string, string>> {
  return {
    [`${name}/Cargo.toml`]: `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n`,
    [`${name}/Cargo.lock`]: `version = 4\n\n[[package]]\nname = "${name}"\nversion = "1.0.0"\n`,
    [`${name}/src/main.rs`]: `fn main() { println!("${name} {}", std::env::args().skip(1).collect::<Vec<_>>().join(" ")) }\n`,
  };
}

function git(...words: readonly string[]): string {
  const identity = ['-c', 'user.name=tester', '-c', 'user.email=tester@forge.example'];
  return execFileSync('git', [...identity, ...words], { cwd: tools.directory, encoding: 'utf8' }).trim();
}

beforeAll(() => {
  place = new TemporaryDirectory();
  tools = new Checkout(place.join('tools'), { ...speaker('first'), ...speaker('second') });
  git('init', '--quiet', '--initial-branch=main', '.');
  git('add', '.');
  git('commit', '--quiet', '--message=one');
  git('tag', 'v1');
  tools.replace('first/src/main.rs', '"first ', '"newer ');
  git('commit', '--quiet', '--all', '--message=two');
  program = new Program();
}, 60_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
});

/** From a directory that is no repository. */
function run(...words: readonly string[]): Ended {
  return program.run(['run', ...words], { directory: place.path, store: place.join('store') });
}

test('a directory is a place to run from, and its only program the one that is meant', () => {
  expect(run('./tools/first', '--', 'a').stdout).toBe('newer a\n');
  expect(run(`${tools.directory}#second`, '--', 'b').stdout).toBe('second b\n');
}, 120_000);

test('where there are several programs, each is named as it is to be written', () => {
  const { status, stderr } = run('./tools');
  expect(status).toBe(2);
  expect(stderr).toContain("`ferrule run './tools#second'`");
  expect(run('./toolz')).toMatchObject({ status: 2, stdout: '' });
}, 60_000);

test('a git repository is run from at its newest commit, a tag, or a commit', () => {
  const address = `git+file://${tools.directory}`;
  expect(run(`${address}#first`, '--', 'c').stdout).toBe('newer c\n');
  expect(run(`${address}?ref=v1#first`).stdout).toBe('first \n');
  expect(run(`${address}?rev=${git('rev-parse', 'v1')}&dir=first`).stdout).toBe('first \n');
}, 120_000);

test('what was fetched is there when the repository is not, and what never was is refused with the words of git', () => {
  const address = `git+file://${tools.directory}`;
  renameSync(tools.directory, place.join('moved'));
  try {
    expect(run('--offline', `${address}#first`).stdout).toBe('newer \n');
    expect(run('--offline', `${address}?ref=other#first`)).toMatchObject({ status: 3, stdout: '' });
    const { status, stderr } = run(`${address}#first`);
    expect(status).toBe(3);
    expect(stderr).toContain('F1123');
  } finally {
    renameSync(place.join('moved'), tools.directory);
  }
}, 60_000);
