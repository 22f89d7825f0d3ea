import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { removeTree } from '../../../src/store/removal.ts';
import { build, type Built, complaints } from '../../end-to-end/rig.ts';
import { locked } from '../maturin/sdist-rig.ts';
import { type ReadWheel, readWheel } from '../maturin/wheel-contents.ts';
import { oracleTools } from '../oracle.ts';
import { moduleSource, writtenRepository } from './fixture.ts';

/** A module that setuptools has cargo compile, with a crate from the registry. */
const PROJECT: Readonly<Record<string, string>> = {
  'pyproject.toml': `[build-system]
requires = ["setuptools>=80", "setuptools-rust>=1.10"]
build-backend = "setuptools.build_meta"
[project]
name = "rusty"
version = "0.1.0"
requires-python = ">=3.11"
[tool.setuptools]
packages = ["rusty"]
package-dir = { "" = "src" }
[[tool.setuptools-rust.ext-modules]]
target = "rusty._native"
path = "native/Cargo.toml"
binding = "NoBinding"
`,
  'src/rusty/__init__.py': 'from ._native import decimal\n',
  'native/Cargo.toml': `[package]
name = "rusty-native"
version = "0.1.0"
edition = "2024"
[lib]
name = "_native"
crate-type = ["cdylib"]
[dependencies]
itoa = "1"
pyo3-ffi = { version = "=0.29.3", features = ["abi3-py311"] }
[workspace]
`,
  'native/src/lib.rs': moduleSource('_native'),
  '.gitignore': 'target\nresult*\n',
};

vi.setConfig({ testTimeout: 300_000 });
const tools = oracleTools();
let root = '';
let store = '';

beforeAll(async () => {
  root = writtenRepository(PROJECT, ['native']);
  store = `${root}.store`;
  execFileSync(tools.uv, ['lock', '--quiet', '--python', tools.python], { cwd: root });
  await locked(root, store);
}, 300_000);
afterAll(() => {
  removeTree(store);
  rmSync(root, { recursive: true, force: true });
}, 120_000);

async function built(directory: string, target: string): Promise<Built> {
  const done = await build({ directory, store, targets: [target], offline: false });
  expect(done.ok, complaints(done)).toBe(true);
  return done;
}

async function ourWheel(directory: string): Promise<ReadWheel> {
  const path = (await built(directory, 'rusty:wheel')).report.targets[0]?.path ?? '';
  return wheelIn(path);
}

function wheelIn(directory: string): ReadWheel {
  return readWheel(join(directory, readdirSync(directory).find((name) => name.endsWith('.whl')) ?? ''));
}

test('a backend that compiles Rust gets the toolchain and the locked crates, and gives the wheel that it gives anywhere', async () => {
  const ours = await ourWheel(root);
  const out = join(root, 'result-stock');
  const done = spawnSync(tools.uv, ['build', '--wheel', '--quiet', '--python', tools.python, '--out-dir', out, root], { encoding: 'utf8' });
  expect(done.stderr).toBe('');
  const stock = wheelIn(out);
  expect(ours.filename).toBe(stock.filename);
  expect([...ours.files.keys()].toSorted()).toEqual([...stock.files.keys()].toSorted());
  const metadata = 'rusty-0.1.0.dist-info/METADATA';
  expect(ours.files.get(metadata)?.content).toEqual(stock.files.get(metadata)?.content);
});

test('its wheel comes with a warning that indexes refuse it, and with the tag it could have', async () => {
  const { report } = await built(root, 'rusty:wheel');
  expect(report.diagnostics.map(({ code }) => code)).toEqual(['F1007']);
  const facts = report.diagnostics[0]?.facts ?? [];
  expect(facts.find(([label]) => label === 'could be')?.[1]).toMatch(/^manylinux_2_\d+_(?:x86_64|aarch64)$/);
  expect(facts.filter(([label]) => label === 'needs').map(([, word]) => word)).toContainEqual(
    expect.stringMatching(/^GLIBC_2\.\d+ of libc\.so\.6$/),
  );
});

test('the bytes do not depend on where the checkout is', async () => {
  const other = `${root}.deeper/below`;
  const otherStore = `${root}.other-store`;
  cpSync(root, other, { recursive: true, filter: (path) => !/\/(?:target|result[^/]*|build|[^/]*\.egg-info)$/.test(path) });
  const ours = await ourWheel(root);
  const done = await build({ directory: other, store: otherStore, targets: ['rusty:wheel'], offline: false });
  expect(done.ok, complaints(done)).toBe(true);
  const theirs = wheelIn(done.report.targets[0]?.path ?? '');
  expect([...theirs.files].map(([path, { content }]) => [path, content.toString('base64')])).toEqual(
    [...ours.files].map(([path, { content }]) => [path, content.toString('base64')]),
  );
  removeTree(otherStore);
  rmSync(`${root}.deeper`, { recursive: true, force: true });
});

test('its environment imports the module', async () => {
  const done = await built(root, 'rusty:env');
  const python = join(done.report.targets[0]?.path ?? '', 'bin/python');
  expect(execFileSync(python, ['-c', 'import rusty; print(rusty.decimal(42))'], { encoding: 'utf8' })).toBe('42\n');
});
