import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CheckSummary } from '../../src/plan/checks/summary.ts';
import { Checkout, type Files, TemporaryDirectory } from './checkout.ts';
import { build, type Built, complaints, untilRemembered } from './rig.ts';

let place: TemporaryDirectory;
let checkout: Checkout;

/** `core` needs `helper` for its tests, and `helper` needs `core`; `app` has a program that its test starts. */
const WORKSPACE: Files = {
  'Cargo.toml': '[workspace]\nmembers = ["core", "helper", "app"]\nresolver = "2"\n\n[workspace.lints.clippy]\nneedless_return = "deny"\n',
  'Cargo.lock': `version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = ["core-lib"]

[[package]]
name = "core-lib"
version = "0.1.0"
dependencies = ["helper"]

[[package]]
name = "helper"
version = "0.1.0"
dependencies = ["core-lib"]
`,
  'rustfmt.toml': 'max_width = 100\n',
  'shared/note.txt': 'shared\n',
  'core/Cargo.toml':
    '[package]\nname = "core-lib"\nversion = "0.1.0"\nedition = "2021"\n\n[lints]\nworkspace = true\n\n[dev-dependencies]\nhelper = { path = "../helper" }\n',
  'core/src/lib.rs': `//! Core.

/// Adds.
///
/// \`\`\`
/// assert_eq!(core_lib::add(1, 2), 3);
/// \`\`\`
pub fn add(a: u32, b: u32) -> u32 {
    a + b
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(helper::twice(super::add(1, 1)), 4);
    }

    #[test]
    fn holds() {
        assert!(super::add(0, 0) == 0);
    }
}
`,
  'core/tests/files.rs': `#[test]
fn reads_its_package_and_writes_its_directory() {
    let text = std::fs::read_to_string("tests/data.txt").unwrap();
    let copy = concat!(env!("CARGO_TARGET_TMPDIR"), "/copy.txt");
    std::fs::write(copy, &text).unwrap();
    assert_eq!(std::fs::read_to_string(copy).unwrap(), "data\\n");
}
`,
  'core/tests/data.txt': 'data\n',
  'core/examples/show.rs': 'fn main() {\n    println!("{}", core_lib::add(1, 2));\n}\n',
  'helper/Cargo.toml':
    '[package]\nname = "helper"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\ncore-lib = { path = "../core" }\n',
  'helper/src/lib.rs': 'pub fn twice(a: u32) -> u32 {\n    core_lib::add(a, a)\n}\n',
  'app/Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\ncore-lib = { path = "../core" }\n',
  'app/src/main.rs': 'fn main() {\n    println!("{}", core_lib::add(1, 2));\n}\n',
  'app/tests/program.rs': `use std::process::Command;

#[test]
fn prints_three() {
    let output = Command::new(env!("CARGO_BIN_EXE_app")).output().unwrap();
    assert_eq!(output.stdout, b"3\\n");
    let tests = std::env::current_exe().unwrap();
    let directory = tests.parent().unwrap().parent().unwrap();
    assert!(directory.join("app").exists());
    assert_eq!(std::env::var("CARGO_PKG_NAME").unwrap(), "app");
}
`,
};

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('workspace'), WORKSPACE);
});

afterAll(() => {
  place[Symbol.dispose]();
});

async function check(...targets: readonly string[]): Promise<Built> {
  return await checkOnly([], ...targets);
}

async function checkOnly(only: readonly string[], ...targets: readonly string[]): Promise<Built> {
  const { directory } = checkout;
  return await build({ directory, store: place.join('store'), targets, purpose: 'check', checks: { only }, keepGoing: true });
}

/** All but what depends on whether the machine has cargo-audit. */
function checksOf(built: Built): readonly CheckSummary[] {
  return (built.report.checks ?? []).filter((check) => check.check !== 'advisories');
}

/** `core-lib tests` of every check that ended so. */
function ended(built: Built, status: CheckSummary['status']): readonly string[] {
  return checksOf(built)
    .filter((check) => check.status === status)
    .map(({ subject, check: name }) => `${subject} ${name}`);
}

function codes(built: Built): readonly string[] {
  return built.report.diagnostics.map(({ code }) => code);
}

test('every package is formatted, linted and tested, dev-dependency cycles and programs included', async () => {
  const built = await check();
  expect(built.ok, complaints(built)).toBe(true);
  expect(ended(built, 'passed').toSorted()).toEqual([
    'app clippy',
    'app fmt',
    'app tests',
    'core-lib clippy',
    'core-lib doctests',
    'core-lib examples',
    'core-lib fmt',
    'core-lib tests',
    'helper clippy',
    'helper doctests',
    'helper fmt',
    'helper tests',
  ]);
}, 180_000);

test('a second run checks nothing, and is recognised without a look at the graph', async () => {
  await untilRemembered();
  expect((await check()).executed).toEqual([]);
  const third = await check();
  expect(third.remembered).toBe(true);
  expect(checksOf(third).every(({ status, cached }) => status === 'passed' && cached)).toBe(true);
}, 60_000);

test('what only formatting sees runs only formatting again', async () => {
  checkout.write('rustfmt.toml', 'max_width = 99\n');
  const built = await check();
  expect(built.executed).toEqual(['app fmt', 'core-lib fmt', 'helper fmt']);
}, 60_000);

test("a file beside a package's tests compiles what may include it, and runs all its tests again", async () => {
  checkout.write('core/tests/more.txt', 'new\n');
  const built = await checkOnly(['tests']);
  // The integration test is compiled and run, the library's own tests are run only.
  expect(built.executed).toEqual(['core-lib lib test', 'core-lib test', 'core-lib test']);
}, 60_000);

test('one failing test shows its own output, and what passed is not run again', async () => {
  checkout.replace('core/src/lib.rs', 'add(1, 1)), 4', 'add(1, 1)), 5');
  const failed = await checkOnly(['tests'], 'core-lib');
  expect(codes(failed)).toEqual(['F1050']);
  const [diagnostic] = failed.report.diagnostics;
  expect(diagnostic?.message).toBe('core-lib v0.1.0 (lib test): `tests::adds` failed');
  expect(diagnostic?.blame).toBe('build');
  expect(diagnostic?.output).toContain('left: 4');
  expect(diagnostic?.output).not.toContain('holds');
  expect(ended(failed, 'failed')).toEqual(['core-lib tests']);
  const again = await checkOnly(['tests'], 'core-lib');
  expect(again.report.diagnostics[0]?.output).toContain('left: 4');
  expect(again.executed).toEqual([]);
  checkout.replace('core/src/lib.rs', 'add(1, 1)), 5', 'add(1, 1)), 4');
}, 120_000);

test("clippy fails by the workspace's lints, and all other checks run on", async () => {
  checkout.replace('core/src/lib.rs', '    a + b\n', '    return a + b;\n');
  const failed = await check('core-lib');
  expect(codes(failed)).toEqual(['F0401']);
  expect(ended(failed, 'failed')).toEqual(['core-lib clippy']);
  expect(ended(failed, 'passed')).toContain('core-lib tests');
  expect(failed.report.diagnostics[0]?.output).toContain('needless_return');
  checkout.replace('core/src/lib.rs', '    return a + b;\n', '    a + b\n');
}, 120_000);

test('a file above the package is named with the lines that declare it, and then it is read', async () => {
  checkout.write('helper/tests/above.rs', '#[test]\nfn reads() {\n    std::fs::read_to_string("../shared/note.txt").unwrap();\n}\n');
  const failed = await checkOnly(['tests'], 'helper');
  expect(codes(failed)).toEqual(['F1050', 'F1055']);
  expect(failed.report.diagnostics[1]?.hints?.[0]).toContain('inputs = ["../shared/note.txt"]');
  checkout.write('ferrule.toml', '[[override]]\ncrate = "helper"\ninputs = ["../shared/note.txt"]\n');
  const built = await checkOnly(['tests'], 'helper');
  expect(built.ok, complaints(built)).toBe(true);
}, 120_000);

test('checks are chosen by name, and a misspelt one is answered with what was meant', async () => {
  const named = await check('app:clippy', 'helper:fmt');
  expect(ended(named, 'passed').toSorted()).toEqual(['app clippy', 'helper fmt']);
  const misspelt = await checkOnly(['clipy']);
  expect(codes(misspelt)).toEqual(['F1056']);
  expect(misspelt.report.diagnostics[0]?.hints).toEqual(['did you mean `clippy`?']);
}, 60_000);

test('a declared check runs a command on the files it names, and fails with its output', async () => {
  const declared = '[checks.words]\ncommand = ["grep", "-q", "shared", "shared/note.txt"]\ndirectory = "."\n';
  checkout.write('ferrule.toml', declared);
  const passed = await checkOnly(['words']);
  expect(ended(passed, 'passed'), complaints(passed)).toEqual(['words words']);
  checkout.write('ferrule.toml', declared.replace('"-q", "shared"', '"-c", "missing"'));
  const failed = await checkOnly(['words']);
  expect(codes(failed)).toEqual(['F1054']);
  expect(failed.report.diagnostics[0]?.output).toBe('0\n');
}, 60_000);

test('a policy that demands tests finds the package whose programs hold none', async () => {
  checkout.write('helper/tests/above.rs', 'use helper as _;\n');
  checkout.write('ferrule.toml', '[policy.checks]\nrequire = ["tests"]\n');
  const failed = await check();
  expect(failed.report.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'F1059 `helper` has no `tests`, which the policy demands of everybody',
  ]);
  const exempt = '[[policy.checks.exempt]]\nsubject = "helper"\nchecks = ["tests"]\nreason = "tested through core"\n';
  checkout.write('ferrule.toml', `[policy.checks]\nrequire = ["tests"]\n${exempt}`);
  const passed = await check();
  expect(passed.ok, complaints(passed)).toBe(true);
}, 120_000);

test('shares of the checks are everything, and each only once', async () => {
  const shares: string[] = [];
  for (const share of [1, 2, 3]) {
    const built = await partitioned(`count:${share}/3`);
    expect(built.ok, complaints(built)).toBe(true);
    shares.push(...testedBy(built));
  }
  expect(shares.toSorted()).toEqual(testedBy(await check('app', 'core-lib', 'helper')).toSorted());
  expect(codes(await partitioned('count:4/3'))).toEqual(['F1064']);
}, 120_000);

async function partitioned(partition: string): Promise<Built> {
  const { directory } = checkout;
  return await build({
    directory,
    store: place.join('store'),
    targets: [],
    purpose: 'check',
    checks: { only: [], partition },
    keepGoing: true,
  });
}

/** Labels of the commands of checks. */
function testedBy(built: Built): readonly string[] {
  return built.events.flatMap((event) =>
    event.type === 'graph' ? event.nodes.filter(({ verb }) => verb === 'test' || verb === 'format').map(({ label }) => label) : [],
  );
}

test('a JUnit report has every test, those that were reused as well, and what a failed one printed', async () => {
  checkout.replace('core/src/lib.rs', 'add(1, 1)), 4', 'add(1, 1)), 5');
  const junit = place.join('reports/checks.xml');
  const { directory } = checkout;
  await build({
    directory,
    store: place.join('store'),
    targets: [],
    purpose: 'check',
    checks: { only: ['tests', 'fmt'], junit },
    keepGoing: true,
  });
  const report = readFileSync(junit, 'utf8');
  expect(report).toContain('<testcase classname="core-lib::tests" name="holds"/>');
  expect(report).toMatch(/<testcase classname="core-lib::tests" name="adds"><failure message="failed">[^<]*left: 4/);
  expect(report).toContain('<testcase classname="app" name="prints_three"/>');
  expect(report).toContain('<testcase classname="app" name="fmt"/>');
  checkout.replace('core/src/lib.rs', 'add(1, 1)), 5', 'add(1, 1)), 4');
}, 120_000);
