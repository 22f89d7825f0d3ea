import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../../../src/model/digest.ts';
import { findLlvmTools } from '../../../src/plan/coverage/llvm-tools.ts';
import { runProcess } from '../../../src/rust/cargo/node-process.ts';
import { type DirectoryStore, openStore } from '../../../src/store/directory-store.ts';

let place: string;
let store: DirectoryStore;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ferrule-llvm-'));
  store = openStore({ directory: join(place, 'store'), now: Date.now, processId: process.pid });
});

afterEach(() => {
  store.close();
  rmSync(place, { recursive: true, force: true });
});

/** A program that says it is of that version. */
function program(path: string, version: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  writeFileSync(join(place, path), `#!/bin/sh\necho 'Debian LLVM version ${version}'\n`);
  chmodSync(join(place, path), 0o755);
}

/** With nothing but these directories on the path. */
async function find(...directories: readonly string[]): ReturnType<typeof findLlvmTools> {
  const toolchain = {
    sysroot: join(place, 'sysroot'),
    cargo: '',
    rustc: '',
    rustcVerboseVersion: 'rustc 1.95.0\nLLVM version: 22.1.2\n',
    rustcVersion: '1.95.0',
    cargoVersion: '',
    host: 'x86_64-unknown-linux-gnu',
    tree: digestOf(new Uint8Array()),
  };
  const searchPath = directories.map((directory) => join(place, directory)).join(':');
  return await findLlvmTools({ toolchain, searchPath, store, run: runProcess });
}

test("the toolchain's own tools are taken before others, from the toolchain's own tree", async () => {
  for (const name of ['llvm-profdata', 'llvm-cov']) {
    program(`sysroot/lib/rustlib/x86_64-unknown-linux-gnu/bin/${name}`, '22.1.2');
    program(`bin/${name}`, '22.1.8');
  }
  const found = await find('bin');
  expect(found.ok && found.value).toMatchObject({
    cov: '/build/toolchain/lib/rustlib/x86_64-unknown-linux-gnu/bin/llvm-cov',
    version: undefined,
  });
  expect(found.ok && [...found.value.inputs.keys()]).toEqual(['build/toolchain']);
});

test("of the path's tools those are taken whose major version is that of rustc's LLVM, wherever they stand", async () => {
  for (const name of ['llvm-profdata', 'llvm-cov']) {
    program(`old/${name}`, '14.0.6');
    program(`both/${name}`, '19.1.7');
    program(`both/${name}-22`, '22.1.8');
  }
  const found = await find('old', 'both');
  expect(found.ok && found.value).toMatchObject({ cov: '/build/tools/llvm-cov', version: '22.1.8' });
  expect(found.ok && [...found.value.inputs.keys()]).toEqual(['build/tools/llvm-profdata', 'build/tools/llvm-cov']);
});

test('tools of another major version are no tools, and the message says what was found and what to install', async () => {
  for (const name of ['llvm-profdata', 'llvm-cov']) program(`old/${name}`, '14.0.6');
  const found = await find('old');
  expect(found.ok).toBe(false);
  const [problem] = found.ok ? [] : found.diagnostics;
  expect(problem).toMatchObject({ code: 'F1070', blame: 'input' });
  expect(problem?.facts).toContainEqual(['found', `${join(place, 'old/llvm-cov')} (14.0.6)`]);
  expect(problem?.hints?.join('\n')).toContain('rustup component add llvm-tools');
  expect(problem?.hints?.join('\n')).toContain('llvm-22');
});
