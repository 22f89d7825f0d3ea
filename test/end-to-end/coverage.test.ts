import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cargoTool } from '../cargo-tools.ts';
import { oracleTools } from '../python/oracle.ts';
import { type CoverageRequest } from '../../src/plan/build-request.ts';
import { mergeLcov } from '../../src/plan/coverage/lcov.ts';
import { Checkout, type Files, TemporaryDirectory } from './checkout.ts';
import { build, type Built, complaints, plainEnvironment, untilRemembered } from './rig.ts';

const CARGO_LLVM_COV = cargoTool('cargo-llvm-cov');
const { uv } = oracleTools();

let place: TemporaryDirectory;
let checkout: Checkout;

/**
 * Crates with a build script, a generic function, a file elsewhere, generated code and a macro; a program that a test starts twice; and
 * one that is no member of the workspace.
 */
const RUST: Files = {
  '.gitignore': 'target\n',
  'rust/Cargo.toml': '[workspace]\nmembers = ["core", "app", "names"]\nresolver = "2"\n',
  'rust/Cargo.lock': `version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = ["core-lib", "names"]

[[package]]
name = "core-lib"
version = "0.1.0"
dependencies = ["outside"]

[[package]]
name = "names"
version = "0.1.0"

[[package]]
name = "outside"
version = "0.1.0"
`,
  'outside/Cargo.toml': '[package]\nname = "outside"\nversion = "0.1.0"\nedition = "2021"\n',
  'outside/src/lib.rs': 'pub fn plus(a: u32, b: u32) -> u32 {\n    a + b\n}\n',
  'rust/core/Cargo.toml':
    '[package]\nname = "core-lib"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\noutside = { path = "../../outside" }\n',
  'rust/core/build.rs': `fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/generated.rs"), "pub fn generated() -> u32 {\\n    5\\n}\\n").unwrap();
    println!("cargo:rerun-if-changed=build.rs");
}
`,
  'rust/core/odd/place.rs': 'pub fn odd(n: u32) -> bool {\n    if n % 2 == 1 {\n        true\n    } else {\n        false\n    }\n}\n',
  'rust/core/src/lib.rs': `#[path = "../odd/place.rs"]
pub mod place;
include!(concat!(env!("OUT_DIR"), "/generated.rs"));

pub fn add(a: u32, b: u32) -> u32 {
    if a == 77 {
        return 0;
    }
    outside::plus(a, b)
}

pub fn show<T: std::fmt::Display>(value: T) -> String {
    let mut text = String::new();
    if cfg!(coverage) {
        text.push_str(&value.to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::add(1, 1), 2);
    }

    #[test]
    #[ignore]
    fn is_not_run() {
        assert_eq!(super::add(77, 1), 0);
    }
}
`,
  'rust/core/tests/whole.rs': `#[test]
fn shows_under_coverage_alone() {
    assert_eq!(core_lib::show(3), if cfg!(coverage) { "3" } else { "" });
    assert!(core_lib::place::odd(core_lib::generated()));
}
`,
  'rust/names/Cargo.toml': '[package]\nname = "names"\nversion = "0.1.0"\nedition = "2021"\n\n[lib]\nproc-macro = true\n',
  'rust/names/src/lib.rs': `use proc_macro::TokenStream;

/// The number of words.
#[proc_macro]
pub fn count(input: TokenStream) -> TokenStream {
    words(&input.to_string()).to_string().parse().unwrap()
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[test]
fn counts() {
    assert_eq!(words("one two"), 2);
}
`,
  'rust/app/Cargo.toml':
    '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\ncore-lib = { path = "../core" }\nnames = { path = "../names" }\n',
  'rust/app/src/main.rs': `fn main() {
    if std::env::args().count() > 2 {
        println!("{}", names::count!(one two three));
    }
    println!("{}", core_lib::add(1, 2));
}
`,
  'rust/app/tests/program.rs': `#[test]
fn prints_three() {
    for words in [&[][..], &["one"]] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_app")).args(words).output().unwrap();
        assert_eq!(output.stdout, b"3\\n");
    }
}
`,
};

const PYTHON: Files = {
  'python/pyproject.toml': `[project]
name = "choosing"
version = "0.1.0"
requires-python = ">=3.10"

[dependency-groups]
test = ["pytest>=8", "pytest-cov>=6"]

[tool.coverage.run]
branch = true
source = ["choosing"]
`,
  'python/conftest.py': '',
  'python/choosing/__init__.py': 'def choose(value: int) -> str:\n    if value > 3:\n        return "big"\n    return "small"\n',
  'python/choosing/unused.py': 'NEVER = 3\n',
  'python/tests/test_choose.py': 'from choosing import choose\n\n\ndef test_small() -> None:\n    assert choose(1) == "small"\n',
};

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('repository'), { ...RUST, ...PYTHON });
  lockPython();
}, 300_000);

afterAll(() => {
  place[Symbol.dispose]();
});

function lockPython(): void {
  const { status, stderr } = spawnSync(uv, ['lock', '--quiet', '--directory', checkout.path('python')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

async function measure(
  coverage: CoverageRequest,
  { only = ['tests', 'pytest'], targets = [], sandbox }: { only?: readonly string[]; targets?: readonly string[]; sandbox?: 'off' } = {},
): Promise<Built> {
  const { directory } = checkout;
  const store = place.join('store');
  const checks = { only, coverage };
  return await build({ directory, store, targets, purpose: 'check', checks, keepGoing: true, offline: false, sandbox });
}

function pytestOptions(least: number): string {
  return `\n[tool.pytest.ini_options]\naddopts = "--cov=choosing --cov-report=term --cov-fail-under=${least}"\n`;
}

const MACRO = 'names/src/lib.rs';

/** Hits by line of each file below a directory, by its path in it. */
function linesOf(tracefile: string, below: string): Readonly<Record<string, Readonly<Record<number, number>>>> {
  const text = readFileSync(tracefile, 'utf8').replaceAll('/src/../', '/');
  const merged = mergeLcov([{ text, placed: (source) => (source.startsWith(below) ? source.slice(below.length) : undefined) }]);
  return Object.fromEntries([...merged].map(([path, { lines }]) => [path, Object.fromEntries(lines)]));
}

test('one tracefile holds the lines of Rust and Python, those of Rust as cargo-llvm-cov counts them', async () => {
  const lcov = place.join('both.info');
  const built = await measure({ lcov });
  expect(built.ok, complaints(built)).toBe(true);
  const oracle = place.join('oracle.info');
  const { status, stderr } = spawnSync('cargo', ['llvm-cov', '--workspace', '--lcov', '--output-path', oracle], {
    cwd: checkout.path('rust'),
    env: { ...plainEnvironment(), ...llvmPrograms(), PATH: [CARGO_LLVM_COV, process.env['PATH'] ?? ''].join(delimiter) },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const { [MACRO]: macro, ...measured } = linesOf(lcov, 'rust/');
  const { [MACRO]: expandedMacro, ...expected } = linesOf(oracle, `${checkout.path('rust')}/`);
  expect(Object.keys(measured)).toEqual(['app/src/main.rs', 'core/odd/place.rs', 'core/src/lib.rs']);
  expect(measured).toEqual(expected);
  expect(Object.keys(macro ?? {})).toEqual(Object.keys(expandedMacro ?? {}));
  // What it does in the compiler is not counted.
  expect(macro).toMatchObject({ 5: 0, 9: 1, 10: 1 });
  expect(linesOf(lcov, 'python/')).toEqual({
    'choosing/__init__.py': { 1: 1, 2: 1, 3: 0, 4: 1 },
    'choosing/unused.py': { 1: 0 },
  });
  expect(readFileSync(lcov, 'utf8')).toMatch(/^BRDA:2,0,jump to line 3,0$/m);
}, 300_000);

test('the report counts lines of each package, and both languages together', async () => {
  const { report } = await measure({});
  expect(report.coverage?.packages.map(({ name, language }) => [name, language])).toEqual([
    ['app', 'rust'],
    ['choosing', 'python'],
    ['core-lib', 'rust'],
    ['names', 'rust'],
  ]);
  expect(report.coverage?.packages.find(({ name }) => name === 'choosing')?.lines).toEqual({ total: 5, covered: 3 });
  const sum = report.coverage?.packages.reduce((total, { lines }) => total + lines.covered, 0);
  expect(report.coverage?.lines.covered).toBe(sum);
}, 120_000);

test('a second run measures nothing, writes the same files, and without files is recognised at once', async () => {
  await untilRemembered();
  const [lcov, cobertura] = [place.join('again.info'), place.join('reports/cobertura.xml')];
  const again = await measure({ lcov, cobertura });
  expect(again.executed).toEqual([]);
  expect(readFileSync(lcov, 'utf8')).toBe(readFileSync(place.join('both.info'), 'utf8'));
  const xml = readFileSync(cobertura, 'utf8');
  expect(xml).toContain('<class name="__init__.py" filename="python/choosing/__init__.py" line-rate="0.7500"');
  expect(xml).toContain('<line number="3" hits="0"/>');
  await measure({});
  const remembered = await measure({});
  expect(remembered.remembered).toBe(true);
  expect(remembered.report.coverage).toEqual(again.report.coverage);
}, 120_000);

test('what is no member of the workspace is compiled as without coverage', async () => {
  const { directory } = checkout;
  const plain = await build({
    directory,
    store: place.join('store'),
    purpose: 'check',
    checks: { only: ['tests'] },
    keepGoing: true,
  });
  expect(plain.ok, complaints(plain)).toBe(true);
  expect(plain.executed).toContain('core-lib');
  expect(plain.executed).not.toContain('outside');
}, 120_000);

test('of a package that is asked for by name, its own lines are reported and not those of what it uses', async () => {
  const lcov = place.join('app.info');
  const built = await measure({ lcov }, { targets: ['app:tests'], only: [] });
  expect(built.report.coverage?.packages.map(({ name }) => name)).toEqual(['app']);
  expect(Object.keys(linesOf(lcov, ''))).toEqual(['rust/app/src/main.rs']);
}, 120_000);

test('an edit of one crate measures again what depends on it', async () => {
  checkout.replace('rust/app/src/main.rs', 'count() > 2', 'count() > 1');
  const edited = await measure({ lcov: place.join('edited.info') });
  expect(edited.ok).toBe(false);
  expect(edited.report.diagnostics.map(({ code }) => code)).toEqual(['F1050']);
  expect(edited.report.coverage).toBeUndefined();
  expect(existsSync(place.join('edited.info'))).toBe(false);
  expect(edited.executed).not.toContain('core-lib lib test');
  checkout.replace('rust/app/src/main.rs', 'count() > 1', 'count() > 2');
  expect((await measure({})).executed).toEqual([]);
}, 120_000);

test('checks without a test have nothing to measure', async () => {
  const built = await measure({}, { only: ['fmt'] });
  expect(built.report.diagnostics.map(({ code }) => code)).toEqual(['F1072']);
}, 60_000);

test('without a sandbox coverage is refused before a test is run', async () => {
  const built = await measure({}, { only: ['tests'], sandbox: 'off' });
  expect(new Set(built.report.diagnostics.map(({ code }) => code))).toEqual(new Set(['F1071']));
}, 180_000);

test('what `addopts` of pytest names is measured and nothing else, and its threshold counts', async () => {
  const manifest = readFileSync(checkout.path('python/pyproject.toml'), 'utf8');
  checkout.write('python/pyproject.toml', manifest + pytestOptions(50));
  const lcov = place.join('addopts.info');
  const built = await measure({ lcov }, { only: ['pytest'] });
  expect(built.ok, complaints(built)).toBe(true);
  expect(Object.keys(linesOf(lcov, 'python/'))).toEqual(['choosing/__init__.py', 'choosing/unused.py']);
  checkout.write('python/pyproject.toml', manifest + pytestOptions(90));
  const below = await build({
    directory: checkout.directory,
    store: place.join('store'),
    purpose: 'check',
    checks: { only: ['pytest'] },
    keepGoing: true,
  });
  expect(below.report.diagnostics.map(({ code }) => code)).toEqual(['F1053']);
  expect(complaints(below)).toContain('Required test coverage of 90% not reached');
  checkout.write('python/pyproject.toml', manifest);
}, 120_000);

test('a project whose environment has nothing that measures says what to add, and coverage.py alone is enough', async () => {
  const manifest = readFileSync(checkout.path('python/pyproject.toml'), 'utf8');
  checkout.write('python/pyproject.toml', manifest.replace(', "pytest-cov>=6"', ''));
  lockPython();
  const without = await measure({}, { only: ['pytest'] });
  expect(without.report.diagnostics.map(({ code }) => code)).toEqual(['F1075']);
  checkout.write('python/pyproject.toml', manifest.replace('pytest-cov>=6', 'coverage>=7').replace('source = ["choosing"]\n', ''));
  lockPython();
  const lcov = place.join('python.info');
  const built = await measure({ lcov }, { only: ['pytest'] });
  expect(built.ok, complaints(built)).toBe(true);
  expect(linesOf(lcov, 'python/')).toMatchObject({ 'choosing/__init__.py': { 3: 0, 4: 1 }, 'tests/test_choose.py': { 5: 1 } });
}, 300_000);

/** Those that Ferrule found, as cargo-llvm-cov wants to be told. */
function llvmPrograms(): Readonly<Record<string, string>> {
  const { stdout } = spawnSync('rustc', ['-vV'], { encoding: 'utf8' });
  const major = /LLVM version: (\d+)/.exec(stdout)?.[1] ?? '';
  const named = ['llvm-cov', 'llvm-profdata'].map((name) => {
    const { stdout: path } = spawnSync('sh', ['-c', `command -v ${name}-${major}`], { encoding: 'utf8' });
    return [name.replace('-', '_').toUpperCase(), path.trim()] as const;
  });
  return Object.fromEntries(named.filter(([, path]) => path !== ''));
}
