import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nameOutput } from '../../src/nix/output-names.ts';
import type { NixOutput, NixPlan } from '../../src/nix/plan-file.ts';
import { Checkout, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { Program } from '../robustness/program.ts';

const MANIFEST = '[package]\nname = "xtask"\nversion = "1.0.0"\nedition = "2021"\n\n[workspace]\n';
const LOCK = 'version = 4\n\n[[package]]\nname = "xtask"\nversion = "1.0.0"\n';
const MEMBERS = ['first', 'second'] as const;

let place: TemporaryDirectory;
let checkout: Checkout;
let program: Program;

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(
    place.join('both'),
    Object.fromEntries([
      ['ferrule.toml', ''],
      ...MEMBERS.flatMap((member) => [
        [`${member}/Cargo.toml`, MANIFEST],
        [`${member}/Cargo.lock`, LOCK],
        [`${member}/src/main.rs`, `fn main() {\n    println!("${member}");\n}\n`],
      ]),
    ]),
  );
  program = new Program();
}, 120_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
});

function ferrule(words: readonly string[], directory = checkout.directory): ReturnType<Program['run']> {
  return program.run([...words, '--offline'], { directory, store: place.join('store') });
}

function said(link: string): string {
  return spawnSync(checkout.path(`${link}/bin/xtask`), { encoding: 'utf8' }).stdout;
}

test('a package of two members is asked for with its member, from wherever the user is', () => {
  const { status, stderr } = ferrule(['build', 'xtask']);
  expect(status).toBe(2);
  expect(stderr).toContain('hint: write `first#xtask` or `second#xtask`');
  expect(ferrule(['build', 'second#xtask']).status).toBe(0);
  expect(said('result')).toBe('second\n');
  expect(ferrule(['build', '../first#xtask:bin', '--output', '../result'], checkout.path('second')).status).toBe(0);
  expect(said('result')).toBe('first\n');
  expect(ferrule(['build', 'xtask', '--output', '../result'], checkout.path('second')).status).toBe(0);
  expect(said('result')).toBe('second\n');
}, 120_000);

test('a member that is not there is told beside those that are', () => {
  const { status, stderr } = ferrule(['build', 'secnd#xtask']);
  expect(status).toBe(2);
  expect(stderr).toContain('error[F0754]: there is no member in `secnd`\nhint: did you mean `second`?');
}, 120_000);

test('both are linked where both are built', () => {
  expect(ferrule(['build', 'first#xtask', 'second#xtask']).status).toBe(0);
  expect([said('result-xtask-bin'), said('result-xtask-bin-2')]).toEqual(['first\n', 'second\n']);
}, 120_000);

test('one of them is checked', () => {
  const { status, stdout } = ferrule(['check', 'second#xtask:fmt', '--json', '-q']);
  expect(status).toBe(0);
  expect(Object(JSON.parse(stdout)).checks).toMatchObject([{ subject: 'xtask', check: 'fmt', status: 'passed' }]);
}, 120_000);

test('a flake has both, the second under the name of its member as well', () => {
  const { status, stderr } = ferrule(['nix', 'export']);
  expect(status, stderr).toBe(0);
  const plan: NixPlan = JSON.parse(checkout.read('nix/ferrule.json'));
  const { outputs = {}, checks = {} } = plan.systems['x86_64-linux'] ?? {};
  expect(Object.keys(outputs)).toEqual(['xtask', 'second-xtask']);
  expect(Object.keys(checks).toSorted()).toEqual(
    ['clippy', 'fmt', 'tests'].flatMap((check) => [`second-xtask-${check}`, `xtask-${check}`]).toSorted(),
  );
}, 120_000);

test.each<readonly [string, readonly (readonly [Partial<NixOutput>, string?])[], readonly string[]]>([
  ['a crate has the short name', [[{ node: '1' }, 'a'], [{ node: '2', output: 'wheel' }]], ['x', 'x-wheel']],
  [
    'crates of members',
    [
      [{ node: '1' }, '.'],
      [{ node: '2' }, 'tools/b'],
      [{ node: '3' }, 'tools/c'],
    ],
    ['x', 'tools-b-x', 'tools-c-x'],
  ],
  [
    'what is the same is there once',
    [
      [{ node: '1' }, 'a'],
      [{ node: '1' }, 'b'],
    ],
    ['x'],
  ],
  ['what else there is gets a number', [[{ node: '1' }], [{ node: '2' }], [{ node: '3' }]], ['x', 'x-bin', 'x-2']],
  ['outputs of a package', [[{ node: '1', output: 'bin/y', isDefault: false }, 'a']], ['x-bin-y']],
])('names in a flake: %s', (_, entered, names) => {
  const outputs: Record<string, NixOutput> = {};
  const base: NixOutput = { kind: 'rust', node: '', target: 'x', output: 'bin', programs: [], isDefault: true };
  for (const [output, member] of entered) nameOutput(outputs, { ...base, ...output }, member);
  expect(Object.keys(outputs)).toEqual(names);
});
