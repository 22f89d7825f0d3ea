import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completeUnit } from '../../src/rust/script/complete-unit.ts';
import { parseScriptOutput } from '../../src/rust/script/script-directives.ts';
import type { ScriptOutput } from '../../src/rust/script/script-output.ts';
import type { PackageTarget } from '../../src/rust/unit.ts';
import { type CargoCall, parseVerboseLog } from '../conformance/verbose-log.ts';
import { compileUnit, outputsOf, packageWith, target } from './planned-units.ts';

/** cargo itself says which flags a script's words become; these packages say everything a script can say. */
const WORKSPACE: Readonly<Record<string, string>> = {
  'Cargo.toml': '[workspace]\nresolver = "2"\nmembers = ["native", "app", "tool"]\n',
  'native/Cargo.toml': '[package]\nname = "native"\nversion = "0.1.0"\nedition = "2021"\nlinks = "my-native"\n',
  'native/src/lib.rs': '',
  'native/build.rs': `fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    println!("cargo::rustc-link-search=/usr/lib");
    println!("cargo::rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=m");
    println!("cargo:rustc-flags=-l dylib=dl -L/usr/local/lib");
    println!("cargo::rustc-link-arg-cdylib=-Wl,--as-needed");
    println!("cargo::rustc-link-arg=-Wl,-z,relro");
    println!("cargo::rustc-cfg=native_only");
    println!("cargo::rustc-check-cfg=cfg(native_only)");
    println!("cargo::metadata=root-dir={out}");
    println!("cargo:old=value");
    println!("   cargo:rustc-env=NATIVE_ENV=1 ");
  }`,
  'app/Cargo.toml':
    '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[lib]\ncrate-type = ["lib", "cdylib"]\n[dependencies]\nnative = { path = "../native" }\n[[bench]]\nname = "speed"\nharness = false\n',
  'app/src/lib.rs': '',
  'app/src/main.rs': 'fn main() { println!("{}", env!("APP_ENV")); }',
  'app/src/bin/other.rs': 'fn main() {}',
  'app/tests/it.rs': '',
  'app/benches/speed.rs': 'fn main() {}',
  'app/examples/show.rs': 'fn main() {}',
  'app/build.rs': `fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    println!("cargo::rustc-link-search=all={}", std::env::var("DEP_MY_NATIVE_ROOT_DIR").unwrap());
    println!("cargo::rustc-link-search={out}/made");
    println!("cargo::rustc-env=APP_ENV={}", std::env::var("DEP_MY_NATIVE_OLD").unwrap());
    println!("cargo::rustc-link-lib=m");
    println!("cargo::rustc-link-arg=-Wl,-z,now");
    println!("cargo::rustc-link-arg-bins=-Wl,-O1");
    println!("cargo::rustc-link-arg-bin=other=-Wl,-O2");
    println!("cargo::rustc-link-arg-tests=-Wl,-z,max-page-size=4096");
    println!("cargo::rustc-link-arg-benches=-Wl,-z,norelro");
    println!("cargo::rustc-link-arg-examples=-Wl,-z,lazy");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libapp.so.1");
    println!("cargo::rustc-check-cfg=cfg(kind, values(\\"a b\\"))");
    println!("cargo::rustc-cfg=kind=\\"a b\\"");
    println!("cargo::rustc-cfg=plain");
  }`,
  'tool/Cargo.toml': '[package]\nname = "tool"\nversion = "0.1.0"\nedition = "2021"\n',
  'tool/src/main.rs': 'fn main() {}',
  'tool/build.rs': 'fn main() { println!("cargo:rustc-link-lib=m"); println!("cargo:rustc-link-arg-bin=tool=-Wl,-O1"); }',
};

const APP_LIB: PackageTarget = { kinds: ['lib', 'cdylib'], crateTypes: ['lib', 'cdylib'], name: 'app', sourcePath: '/src/app/src/lib.rs' };
const TARGETS: Readonly<Record<string, readonly PackageTarget[]>> = {
  native: [target('lib', 'native')],
  app: [APP_LIB, target('bin', 'app'), target('bin', 'other'), target('test', 'it'), target('bench', 'speed'), target('example', 'show')],
  tool: [target('bin', 'tool')],
};
const SCRIPTS: Readonly<Record<string, readonly number[]>> = { native: [1], app: [2, 1], tool: [3] };
const SCRIPT_NAMES = ['native', 'app', 'tool'] as const;

let directory: string;
let calls: readonly CargoCall[];
let outputs: Readonly<Record<number, ScriptOutput>>;

function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

/** What a script printed under cargo, parsed with cargo's own OUT_DIR. */
function recordedOutput(name: string): ScriptOutput {
  const builds = join(directory, 'target/debug/build');
  const run = readdirSync(builds).find((entry) => entry.startsWith(`${name}-`) && readdirSync(join(builds, entry)).includes('output'));
  if (run === undefined) throw new Error(`${name} has not run`);
  const result = parseScriptOutput({
    stdout: readFileSync(join(builds, run, 'output')),
    label: `${name} v0.1.0`,
    package: packageWith(TARGETS[name] ?? []),
    outDirectory: readFileSync(join(builds, run, 'root-output'), 'utf8'),
    bootstrap: { nightly: false, allowed: undefined },
  });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ferrule-oracle-'));
  writeFiles(directory, WORKSPACE);
  const cargo = spawnSync('cargo', ['build', '-vv', '--workspace', '--all-targets', '--offline', '--color=always'], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, CARGO_TARGET_DIR: join(directory, 'target'), CARGO_INCREMENTAL: '0' },
  });
  if (cargo.status !== 0) throw new Error(cargo.stderr);
  calls = parseVerboseLog(cargo.stderr);
  outputs = Object.fromEntries(SCRIPT_NAMES.map((name, index) => [index + 1, recordedOutput(name)]));
}, 120_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** cargo's rustc calls, build scripts left out. */
function compilations(): readonly CargoCall[] {
  return calls.filter((call) => call.arguments.includes('--crate-name') && !call.arguments.includes('build_script_build'));
}

function declaredTarget(call: CargoCall): PackageTarget {
  const source = call.arguments.find((word) => word.endsWith('.rs')) ?? '';
  const targets = TARGETS[call.environment['CARGO_PKG_NAME'] ?? ''] ?? [];
  const folder: Readonly<Record<string, string>> = { tests: 'test', benches: 'bench', examples: 'example', bin: 'bin' };
  const kind = folder[source.split('/').at(-2) ?? ''] ?? (source.endsWith('main.rs') ? 'bin' : 'lib');
  const name = call.arguments[call.arguments.indexOf('--crate-name') + 1];
  const found = targets.find((declared) => declared.kinds.some((declaredKind) => declaredKind === kind) && declared.name === name);
  if (found === undefined) throw new Error(`no target for ${source}`);
  return found;
}

describe('against cargo', () => {
  test('every compilation ends in the same flags', () => {
    const seen = compilations().map((call) => {
      const name = call.environment['CARGO_PKG_NAME'] ?? '';
      const linkScripts = SCRIPTS[name] ?? [];
      const declared = declaredTarget(call);
      const isTest = call.arguments.includes('--test') || declared.kinds.includes('test') || declared.kinds.includes('bench');
      const unit = compileUnit({
        owner: packageWith(TARGETS[name] ?? []),
        target: declared,
        mode: isTest ? 'test' : 'build',
        linkScripts,
        ...(linkScripts[0] === undefined ? {} : { ownScript: linkScripts[0] }),
      });
      const flags = completeUnit(unit, outputsOf(outputs)).arguments.slice(1);
      const split = call.arguments.length - flags.length;
      expect(call.arguments.slice(split), call.arguments.join(' ')).toEqual(flags);
      const before = call.arguments.slice(0, split);
      expect(
        before.filter((word) => word === '-l' || word.startsWith('link-arg=') || (word === '--cfg' && !before.includes('--check-cfg'))),
      ).toEqual([]);
      expect(before.filter((_word, index) => before[index - 1] === '-L')).toEqual([`dependency=${join(directory, 'target/debug/deps')}`]);
      return `${name} ${declared.kinds[0]} ${declared.name}${isTest ? ' test' : ''}: ${flags.length}`;
    });
    expect(seen.toSorted()).toMatchInlineSnapshot(`
      [
        "app bench speed test: 20",
        "app bin app test: 20",
        "app bin app: 20",
        "app bin other test: 22",
        "app bin other: 22",
        "app example show: 20",
        "app lib app test: 20",
        "app lib app: 24",
        "app test it test: 20",
        "native lib native test: 16",
        "native lib native: 16",
        "tool bin tool test: 4",
        "tool bin tool: 4",
      ]
    `);
  });

  test('the variables of a script reach the package it belongs to', () => {
    const app = compilations().filter((call) => call.environment['CARGO_PKG_NAME'] === 'app');
    expect(app.map((call) => call.environment['APP_ENV'])).toEqual(app.map(() => 'value'));
    expect(app.filter((call) => call.environment['NATIVE_ENV'] !== undefined)).toEqual([]);
    expect(outputs[2]?.environment).toEqual([['APP_ENV', 'value']]);
    expect(outputs[1]?.environment).toEqual([['NATIVE_ENV', '1']]);
  });

  test('metadata becomes the DEP variables cargo set', () => {
    const run = calls.find((call) => call.environment['CARGO_PKG_NAME'] === 'app' && call.environment['DEP_MY_NATIVE_OLD'] !== undefined);
    const root = run?.environment['DEP_MY_NATIVE_ROOT_DIR'];
    expect(outputs[1]?.metadata).toEqual([
      ['root-dir', root],
      ['old', 'value'],
    ]);
  });
});

/** One line each that cargo refuses. */
const REFUSED: readonly (readonly [line: string, rustVersion?: string])[] = [
  ['cargo::rustc-cfg'],
  ['cargo:naked'],
  ['cargo::metadata=naked'],
  ['cargo::nonsense=x'],
  ['cargo::rustc-flags=--cfg x'],
  ['cargo::rustc-flags=-l'],
  ['cargo::rustc-env=NAME'],
  ['cargo::rustc-link-arg-bins=-x'],
  ['cargo::rustc-link-arg-bin=main'],
  ['cargo::rustc-link-arg-bin=main=-x'],
  ['cargo:rustc-link-arg-benches=-x'],
  ['cargo::rustc-cfg=x', '1.70'],
  ['cargo::rustc-env=RUSTC_BOOTSTRAP=1'],
];

/** Without what our form of messages leaves out: line breaks, and some back-ticks. */
function plain(text: string): string {
  return text.replaceAll(/[`\s]/g, '').toLowerCase();
}

test('what cargo refuses is refused, in its words', () => {
  const root = mkdtempSync(join(tmpdir(), 'ferrule-refused-'));
  try {
    writeFiles(root, { 'src/lib.rs': '', 'build.rs': 'fn main() { print!("{}", std::env::var("SAY").unwrap()); }' });
    for (const [line, rustVersion] of REFUSED) {
      const version = rustVersion === undefined ? '' : `rust-version = "${rustVersion}"\n`;
      writeFiles(root, { 'Cargo.toml': `[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n${version}[workspace]\n` });
      const cargo = spawnSync('cargo', ['check', '--offline', '--color=never'], {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, CARGO_TARGET_DIR: join(root, 'target'), SAY: line, RUSTC_BOOTSTRAP: undefined },
      });
      const label = `demo v0.1.0 (${root})`;
      const ours = parseScriptOutput({
        stdout: Buffer.from(line),
        label,
        package: packageWith([target('lib', 'demo')], rustVersion),
        outDirectory: '/build/out',
        bootstrap: { nightly: false, allowed: undefined },
      });
      expect([line, cargo.status]).toEqual([line, 101]);
      if (ours.ok) throw new Error(`accepted ${line}`);
      expect(plain(cargo.stderr), line).toContain(plain(ours.diagnostics[0]?.message ?? 'none'));
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 120_000);
