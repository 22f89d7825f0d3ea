import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, type Built } from '../../end-to-end/rig.ts';
import { oracleTools } from '../oracle.ts';
import { moduleSource, writtenRepository } from './fixture.ts';

/** An application that needs a module which is there as a source distribution only. */
const APPLICATION = `[project]
name = "application"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["delivered"]
[tool.uv]
package = false
[tool.uv.sources]
delivered = { path = "delivered-0.1.0.tar.gz" }
`;

/** As maturin makes them: the workspace of the crate, its lock, and \`pyproject.toml\` at the top. */
const DELIVERED = {
  'delivered-0.1.0/PKG-INFO': 'Metadata-Version: 2.4\nName: delivered\nVersion: 0.1.0\nRequires-Python: >=3.11\n',
  'delivered-0.1.0/pyproject.toml': `[build-system]
requires = ["maturin>=1,<2"]
build-backend = "maturin"
[project]
name = "delivered"
version = "0.1.0"
requires-python = ">=3.11"
[tool.maturin]
manifest-path = "crates/delivered-py/Cargo.toml"
module-name = "delivered._delivered"
python-source = "python"
`,
  'delivered-0.1.0/Cargo.toml': '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n',
  'delivered-0.1.0/crates/delivered-py/Cargo.toml': `[package]
name = "delivered-py"
version = "0.1.0"
edition = "2024"
[lib]
name = "_delivered"
crate-type = ["cdylib"]
[dependencies]
itoa = "1"
pyo3-ffi = { version = "=0.29.3", features = ["abi3-py311"] }
`,
  'delivered-0.1.0/crates/delivered-py/src/lib.rs': moduleSource('_delivered'),
  'delivered-0.1.0/python/delivered/__init__.py': 'from ._delivered import decimal\n',
};

let root = '';
let store = '';

beforeAll(() => {
  root = writtenRepository(DELIVERED, ['delivered-0.1.0']);
  store = `${root}.store`;
  execFileSync('tar', ['-czf', 'delivered-0.1.0.tar.gz', 'delivered-0.1.0'], { cwd: root });
  rmSync(join(root, 'delivered-0.1.0'), { recursive: true });
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'pyproject.toml'), APPLICATION);
  execFileSync(oracleTools().uv, ['lock', '--quiet', '--offline', '--python', 'python3'], { cwd: root });
}, 120_000);
afterAll(() => {
  for (const path of [root, store]) rmSync(path, { recursive: true, force: true });
});

async function environment(): Promise<Built> {
  return await build({ directory: root, store, targets: ['application:env'], profile: 'dev' });
}

describe('a source distribution with Rust inside', () => {
  test('is compiled as units of the graph and imported from the environment', { timeout: 240_000 }, async () => {
    const built = await environment();
    expect(built.report.diagnostics).toEqual([]);
    expect(built.executed.filter((label) => label.startsWith('itoa'))).toHaveLength(1);
    const python = join(built.report.targets[0]?.path ?? '', 'bin/python');
    expect(execFileSync(python, ['-c', 'import delivered; print(delivered.decimal(42))'], { encoding: 'utf8' })).toBe('42\n');
  });

  test('is not built again', { timeout: 60_000 }, async () => {
    const built = await build({ directory: root, store, targets: ['application:env'], profile: 'dev', keepGoing: true });
    expect(built.report.diagnostics).toEqual([]);
    expect(built.executed).toEqual([]);
  });
});
