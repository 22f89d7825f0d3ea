import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cargoTool } from '../cargo-tools.ts';
import type { CheckRequest } from '../../src/plan/build-request.ts';
import { Checkout, type Files, TemporaryDirectory } from './checkout.ts';
import { build, type Built, complaints, untilRemembered } from './rig.ts';

const NEXTEST = cargoTool('cargo-nextest');
const PATH = process.env['PATH'] ?? '';

let place: TemporaryDirectory;
let checkout: Checkout;

/** A library with a build script, a program that a test starts, a macro; tests that tell in which process they are. */
const WORKSPACE: Files = {
  'Cargo.toml': '[workspace]\nmembers = ["core", "names"]\nresolver = "2"\n',
  'Cargo.lock': `version = 4

[[package]]
name = "core-lib"
version = "0.1.0"

[[package]]
name = "names"
version = "0.1.0"
`,
  'core/Cargo.toml': `[package]
name = "core-lib"
version = "0.1.0"
edition = "2021"
authors = ["One <one@example.com>", "Two"]
description = "What nextest tells its tests"
license = "MIT"
`,
  'core/build.rs': 'fn main() {\n    println!("cargo:rerun-if-changed=build.rs");\n}\n',
  'core/src/lib.rs': `/// Adds.
///
/// \`\`\`
/// assert_eq!(core_lib::add(1, 2), 3);
/// \`\`\`
pub fn add(a: u32, b: u32) -> u32 {
    a + b
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    static CALLS: AtomicU32 = AtomicU32::new(0);

    #[test]
    fn first_in_its_process() {
        assert_eq!(CALLS.fetch_add(1, Ordering::SeqCst), 0);
    }

    #[test]
    fn first_in_another_process() {
        assert_eq!(CALLS.fetch_add(1, Ordering::SeqCst), 0);
    }

    #[test]
    #[ignore]
    fn is_not_run() {
        panic!("ignored");
    }
}
`,
  'core/src/bin/tool.rs': 'fn main() {\n    println!("{}", core_lib::add(1, 2));\n}\n',
  'core/tests/told.rs': `use std::env::var;

#[test]
fn has_what_cargo_and_nextest_say() {
    assert_eq!(var("NEXTEST").as_deref(), Ok("1"));
    assert_eq!(var("CARGO_PKG_NAME").as_deref(), Ok("core-lib"));
    assert_eq!(var("CARGO_PKG_VERSION").as_deref(), Ok("0.1.0"));
    assert_eq!(var("CARGO_PKG_AUTHORS").as_deref(), Ok("One <one@example.com>:Two"));
    assert_eq!(var("CARGO_PKG_DESCRIPTION").as_deref(), Ok("What nextest tells its tests"));
    assert_eq!(var("CARGO_PKG_LICENSE").as_deref(), Ok("MIT"));
    assert_eq!(var("CARGO_MANIFEST_DIR").as_deref(), Ok(env!("CARGO_MANIFEST_DIR")));
    assert!(std::path::Path::new(&var("OUT_DIR").unwrap()).is_dir());
    assert_eq!(std::fs::read_to_string("tests/data.txt").unwrap(), "data\\n");
}

#[test]
fn starts_the_program_of_its_package() {
    assert_eq!(var("NEXTEST_BIN_EXE_tool").as_deref(), Ok(env!("CARGO_BIN_EXE_tool")));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tool")).output().unwrap();
    assert_eq!(output.stdout, b"3\\n");
}
`,
  'core/tests/data.txt': 'data\n',
  'core/tests/flaky.rs': `#[test]
fn succeeds_the_second_time() {
    let mark = concat!(env!("CARGO_TARGET_TMPDIR"), "/mark");
    let was_here = std::path::Path::new(mark).exists();
    std::fs::write(mark, "").unwrap();
    assert!(was_here, "the first time");
}
`,
  'names/Cargo.toml': '[package]\nname = "names"\nversion = "0.1.0"\nedition = "2021"\n\n[lib]\nproc-macro = true\n',
  'names/src/lib.rs': '#[test]\nfn tests_of_macros_run_on_the_host() {}\n',
  '.config/nextest.toml': '[profile.default]\nretries = 1\n\n[profile.strict]\nretries = 0\n',
};

const STARTS_TWICE = `#[test]
fn starts_the_program_twice() {
    for _ in 0..2 {
        assert!(std::process::Command::new(env!("CARGO_BIN_EXE_tool")).status().unwrap().success());
    }
}
`;

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('workspace'), WORKSPACE);
});

afterAll(() => {
  place[Symbol.dispose]();
});

async function check(
  checks: Partial<CheckRequest>,
  { path = [NEXTEST, PATH].join(delimiter), sandbox }: { readonly path?: string; readonly sandbox?: 'off' } = {},
): Promise<Built> {
  return await build({
    directory: checkout.directory,
    store: place.join('store'),
    purpose: 'check',
    checks: { only: ['tests'], ...checks },
    keepGoing: true,
    sandbox,
    variables: { PATH: path },
  });
}

function lines(tracefile: string): readonly string[] {
  return readFileSync(tracefile, 'utf8').match(/^(?:SF|DA):.*$/gm) ?? [];
}

function codes(built: Built): readonly string[] {
  return built.report.diagnostics.map(({ code }) => code);
}

test('every test runs in a process of its own, with what cargo and nextest tell it, and is tried again as configured', async () => {
  const built = await check({ runner: 'nextest', only: ['tests', 'doctests'] });
  expect(built.ok, complaints(built)).toBe(true);
  expect(built.report.checks?.map(({ subject, check: name, tests }) => [subject, name, tests?.passed])).toEqual([
    ['core-lib', 'tests', 5],
    ['names', 'tests', 1],
    ['core-lib', 'doctests', 1],
    ['names', 'doctests', 0],
  ]);
  const alone = await check({ runner: 'cargo' });
  expect(alone.report.diagnostics.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^core-lib .*: `tests::first_in_(its|another)_process` failed$/),
    'core-lib v0.1.0 (test "flaky"): `succeeds_the_second_time` failed',
    'core-lib v0.1.0 (test "told"): 2 tests failed',
  ]);
}, 180_000);

test('a second run starts nothing, and is recognised without a look at the graph', async () => {
  await untilRemembered();
  expect((await check({ runner: 'nextest' })).executed).toEqual([]);
  expect((await check({ runner: 'nextest' })).remembered).toBe(true);
}, 60_000);

test('the profile and the arguments come from `ferrule.toml`, and what fails is named with its output', async () => {
  checkout.write(
    'ferrule.toml',
    '[checks.tests]\nrunner = "nextest"\nenv = { NEXTEST_PROFILE = "strict" }\narguments = ["--include-ignored"]\n',
  );
  const junit = place.join('junit.xml');
  const built = await check({ junit });
  expect(built.report.diagnostics.map(({ code, message }) => `${code} ${message}`).toSorted()).toEqual([
    'F1050 core-lib v0.1.0 (lib test): `tests::is_not_run` failed',
    'F1050 core-lib v0.1.0 (test "flaky"): `succeeds_the_second_time` failed',
  ]);
  expect(complaints(built)).toContain('the first time');
  expect(complaints(built)).not.toContain('<testcase');
  const report = readFileSync(junit, 'utf8');
  expect(report).toContain('<testsuite name="core-lib::flaky" tests="1" skipped="0" errors="0" failures="1">');
  expect(report).toContain('<testcase name="tests_of_macros_run_on_the_host" classname="names"');
  checkout.remove('ferrule.toml');
}, 120_000);

test('an edit of the configuration runs tests again and compiles nothing', async () => {
  checkout.replace('.config/nextest.toml', 'retries = 1', 'retries = 2');
  const built = await check({ runner: 'nextest' });
  expect(built.ok, complaints(built)).toBe(true);
  expect(built.executed).toEqual(['core-lib bin test', 'core-lib lib test', 'core-lib test', 'core-lib test', 'names lib test']);
}, 60_000);

test('it measures the coverage that the harness measures', async () => {
  checkout.write('core/tests/flaky.rs', '');
  checkout.replace('core/src/lib.rs', 'fetch_add(1, Ordering::SeqCst), 0);', 'fetch_and(0, Ordering::SeqCst), 0);');
  checkout.write('core/tests/told.rs', STARTS_TWICE);
  const [nextest, cargo] = [place.join('nextest.info'), place.join('cargo.info')];
  const driven = await check({ runner: 'nextest', coverage: { lcov: nextest } });
  expect(driven.ok, complaints(driven)).toBe(true);
  const plain = await check({ coverage: { lcov: cargo } });
  expect(plain.ok, complaints(plain)).toBe(true);
  expect(lines(nextest)).toContain('DA:7,2');
  expect(lines(nextest)).toEqual(lines(cargo));
}, 180_000);

test('where nextest is missing or has no sandbox, that is said, and no other check may name a runner', async () => {
  const without = PATH.split(delimiter).filter((directory) => !existsSync(join(directory, 'cargo-nextest')));
  const cargoHome = process.env['CARGO_HOME'] ?? join(process.env['HOME'] ?? '/', '.cargo');
  const isInstalled = existsSync(join(cargoHome, 'bin/cargo-nextest'));
  const missing = await check({ runner: 'nextest' }, { path: without.join(delimiter) });
  expect(codes(missing)).toEqual(isInstalled ? [] : ['F1076']);
  const plain = await check({ runner: 'nextest' }, { sandbox: 'off' });
  expect(new Set(codes(plain))).toEqual(new Set(['F1077']));
  checkout.write('ferrule.toml', '[checks.clippy]\nrunner = "nextest"\n');
  expect(codes(await check({}))).toEqual(['F1067']);
}, 180_000);
