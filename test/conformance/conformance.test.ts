import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareWithCargo } from './compare.ts';
import type { CargoRun, Fixture } from './fixture.ts';
import { DEPENDENCY_FIXTURES } from './fixtures-dependencies.ts';
import { SETTING_FIXTURES } from './fixtures-settings.ts';
import { TARGET_FIXTURES } from './fixtures-targets.ts';
import { type CargoPlace, machineToolchain, recordCargo } from './oracle.ts';
import { compareRun, factsFor, prepareFixture } from './run-fixture.ts';
import { type CargoCall, parseVerboseLog } from './verbose-log.ts';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ferrule-conformance-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The short part of `npm run conformance`: one command per feature, the cheapest that shows it. */
const SHORT: readonly (readonly [name: string, run: CargoRun])[] = [
  ['every kind of target', { command: 'test' }],
  ['every kind of target', { command: 'bench' }],
  ['every kind of target', { command: 'clippy', targets: ['--all-targets'] }],
  ['editions and lints', { command: 'clippy', targets: ['--all-targets'] }],
  ['proc macros, re-exported and used in private', { command: 'build' }],
  ['library crate types', { command: 'build' }],
  ['dynamic libraries', { command: 'build', packages: ['shared-user'] }],
  ['required features and default features', { command: 'build', features: ['extra-part'] }],
  ['editions and lints', { command: 'build' }],
  ['build scripts and links', { command: 'build', target: '$HOST' }],
  ['one crate for host and target, with different features', { command: 'build', packages: ['app'], profile: 'release' }],
  ['renames, two versions, and a path outside the workspace', { command: 'build' }],
  ['git dependencies and a patch', { command: 'build' }],
  ['vendored sources', { command: 'build' }],
  ['dev-dependencies and cycles through them', { command: 'test' }],
  ['a links override takes the script away', { command: 'build' }],
  ['custom profile and overrides', { command: 'build', profile: 'dist' }],
  ['lto = "thin"', { command: 'build', profile: 'release', packages: ['app'] }],
  ['strip, panic, rpath, split debuginfo', { command: 'build' }],
  ['rustflags from configuration', { command: 'build' }],
  ['rustflags and linker of a target', { command: 'build', target: '$HOST' }],
];

describe('every process cargo starts is planned with the same command, environment and directory', () => {
  test.each(SHORT)('%s: %o', { timeout: 120_000 }, async (name, run) => {
    const { place, workspace, repository, targetDirectory } = prepare(name);
    const comparison = await compareRun({ place, workspace, repository, run, targetDirectory, keep: false });
    expect(comparison.differences).toEqual([]);
    expect(comparison.units).toBeGreaterThan(0);
  });
});

function change(call: CargoCall, from: string, to: string): CargoCall {
  return { ...call, arguments: call.arguments.map((argument) => argument.replaceAll(from, to)) };
}

describe('the comparison finds what differs', () => {
  test('in an argument, a variable, a hash, and in the number of processes', { timeout: 120_000 }, async () => {
    const { place, workspace, repository, targetDirectory } = prepare('renames, two versions, and a path outside the workspace');
    const run: CargoRun = { command: 'build' };
    const facts = await factsFor({ place, workspace, repository, run });
    const recording = recordCargo({ place, workspace, run, targetDirectory, keep: false });
    const tampered = (alter: (calls: readonly CargoCall[]) => readonly CargoCall[]): readonly string[] =>
      compareWithCargo(facts, { ...recording, calls: alter(recording.calls) }).differences.map((line) =>
        line.replaceAll(/[0-9a-f]{16}/g, 'HASH'),
      );

    expect(tampered((calls) => calls)).toEqual([]);
    expect(tampered((calls) => calls.map((call) => change(call, 'debuginfo=2', 'debuginfo=1')))).toContainEqual(
      expect.stringContaining('app v0.1.0 (bin "app"): argument '),
    );
    expect(
      tampered((calls) => calls.map((call) => ({ ...call, environment: { ...call.environment, CARGO_PKG_LICENSE: 'MIT' } }))),
    ).toContainEqual('thing v0.2.0: CARGO_PKG_LICENSE: cargo "MIT", ours ""');
    expect(tampered((calls) => calls.slice(1))).toContainEqual(expect.stringContaining('planned, but cargo does not run it'));
    expect(tampered((calls) => [...calls, ...calls.slice(-1)])).toContainEqual(expect.stringContaining('cargo runs it, we do not plan it'));
    const [first, second] = recording.calls.flatMap(({ arguments: words }) => words.filter((word) => word.startsWith('metadata=')));
    expect(tampered((calls) => calls.map((call) => change(call, second ?? '', first ?? '')))).toContainEqual(
      expect.stringContaining('hashes do not map one to one'),
    );
  });
});

test('the log of `cargo -vv` is read with its quoting, newlines and escapes', () => {
  const running = '\u001B[1m\u001B[92m     Running\u001B[0m `';
  const log = `[a 0.1.0] Running \`not this\`\n${running}A=1 B-C='two\nlines it'\\''s'\\!'' /bin/rustc --cfg 'feature="x"' '' 'back\`tick'\`\n`;
  expect(parseVerboseLog(log)).toEqual([
    { environment: { A: '1', 'B-C': "two\nlines it's!" }, arguments: ['/bin/rustc', '--cfg', 'feature="x"', '', 'back`tick'] },
  ]);
});

function prepare(name: string): {
  readonly place: CargoPlace;
  readonly workspace: string;
  readonly repository: string;
  readonly targetDirectory: string;
} {
  const place = { toolchain: machineToolchain(), cargoHome: join(scratch, 'cargo-home') };
  const directory = mkdtempSync(join(scratch, 'run-'));
  const repository = join(directory, 'checkout');
  const workspace = prepareFixture(fixtureNamed(name), repository, place);
  return { place, workspace, repository, targetDirectory: join(directory, 'target') };
}

function fixtureNamed(name: string): Fixture {
  const fixture = [...TARGET_FIXTURES, ...DEPENDENCY_FIXTURES, ...SETTING_FIXTURES].find((each) => each.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  return fixture;
}
