import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { complaints, plainEnvironment } from '../end-to-end/rig.ts';
import { Example } from './example.ts';

const WASM = 'wasm32-unknown-unknown';

let aura: Example;

beforeAll(() => {
  aura = new Example('aura');
});

afterAll(() => {
  aura[Symbol.dispose]();
}, 120_000);

test('every member is built, and the programs run', async () => {
  const built = await aura.build();
  expect(built.ok, complaints(built)).toBe(true);
  expect(aura.run('result-aura-cli/bin/aura', 'openssl')).toMatch(/^OpenSSL \d/);
  expect(aura.run('result-aura-simulator/bin/aura-simulator', '70')).toBe('60 answered, 10 refused\n');
}, 600_000);

test('the daemon answers until it is ended', async () => {
  const agent = spawn(aura.checkout.path('result-aura-agent/bin/aura-agent'), ['laptop', 'agent.sock'], {
    cwd: aura.checkout.directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => agent.stdout.once('data', resolve));
  try {
    expect(aura.run('result-aura-cli/bin/aura', 'ask', 'agent.sock', '6 * (3 + 4)')).toBe('42\n');
    expect(aura.run('result-aura-cli/bin/aura', 'ask', 'agent.sock')).toBe(aura.run('result-aura-cli/bin/aura', 'id', 'laptop'));
    expect(aura.run('result-aura-cli/bin/aura', 'ask', 'agent.sock', 'nobody')).toContain('`nobody` has no value');
  } finally {
    agent.kill();
  }
}, 60_000);

test('the same again executes nothing', async () => {
  const again = await aura.build();
  expect(again.ok, complaints(again)).toBe(true);
  expect(again.executed).toEqual([]);
}, 60_000);

test('the tests of three crates are built and pass', async () => {
  const built = await aura.build({ targets: ['aura-core:test', 'aura-crypto:test', 'aura-protocol:test'] });
  expect(built.ok, complaints(built)).toBe(true);
  const outcomes = ['core', 'crypto', 'protocol'].flatMap((name) => {
    const bin = `result-aura-${name}/bin`;
    return readdirSync(aura.checkout.path(bin)).map(
      (program) => /test result: (.*?);/.exec(aura.run(join(bin, program)))?.[1] ?? 'no result',
    );
  });
  expect(outcomes.toSorted()).toEqual(['ok. 0 passed', 'ok. 2 passed', 'ok. 2 passed', 'ok. 3 passed']);
}, 300_000);

test('the three crates pass every check, and the second time none is run', async () => {
  const targets = ['aura-core', 'aura-crypto', 'aura-protocol'];
  const checked = await aura.check(targets);
  expect(checked.ok, complaints(checked)).toBe(true);
  expect((await aura.check(targets)).executed).toEqual([]);
}, 600_000);

test('an override is part of the keys of its crate, and of what is built on it', async () => {
  aura.checkout.replace(
    'ferrule.toml',
    'crate = "blake3"\nenvironment = { CFLAGS = "-g0" }',
    'crate = "blake3"\nenvironment = { CFLAGS = "-g1" }',
  );
  const built = await aura.build({ targets: ['aura-core'] });
  expect(built.executed).toContain('blake3 script run');
  expect(built.executed.filter((label) => !/^(aura-core|blake3)/.test(label))).toEqual([]);
}, 300_000);

test('the WebAssembly library is built where the toolchain has its standard library, and refused with the command where it has not', async () => {
  const libraries = spawnSync('rustc', ['--print=target-libdir', `--target=${WASM}`], { encoding: 'utf8', env: plainEnvironment() });
  const built = await aura.build({ targets: ['aura-web:cdylib'], target: WASM });
  if (existsSync(libraries.stdout.trim())) {
    expect(built.ok, complaints(built)).toBe(true);
    expect(readdirSync(aura.checkout.path('result/lib'))).toEqual(['aura_web.wasm']);
  } else {
    expect(built.report.diagnostics).toMatchObject([
      { code: 'F0215', hints: [`run \`rustup target add ${WASM}\`, or list it under \`targets\` in \`rust-toolchain.toml\``] },
    ]);
    expect(built.executed).toEqual([]);
  }
}, 300_000);
