import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sortDiagnostics } from '../../src/diagnostics/sort.ts';
import { complaints, plainEnvironment } from '../end-to-end/rig.ts';
import { Example } from './example.ts';

let choir: Example;
let rustupHome: string;

/** The toolchain of this machine, under the name that `rust-toolchain.toml` asks for: rustup would install that one. */
beforeAll(() => {
  rustupHome = mkdtempSync(join(tmpdir(), 'ferrule-rustup-'));
  const host = /^host: (.*)$/m.exec(askRustc('-vV'))?.[1] ?? '';
  const sysroot = askRustc('--print=sysroot');
  mkdirSync(join(rustupHome, 'toolchains'));
  symlinkSync(sysroot, join(rustupHome, `toolchains/1.95.0-${host}`));
  const settings = join(process.env['RUSTUP_HOME'] ?? join(process.env['HOME'] ?? '/', '.rustup'), 'settings.toml');
  if (existsSync(settings)) copyFileSync(settings, join(rustupHome, 'settings.toml'));
  choir = new Example('choir', { RUSTUP_HOME: rustupHome, RUSTUP_TOOLCHAIN: '' });
});

afterAll(() => {
  choir[Symbol.dispose]();
  rmSync(rustupHome, { recursive: true });
}, 120_000);

function askRustc(word: string): string {
  return spawnSync('rustc', [word], { encoding: 'utf8', env: plainEnvironment() }).stdout.trim();
}

/** Starts a server, and waits until it says where it listens. */
async function startServer(program: string, ...words: readonly string[]): Promise<{ readonly address: string; readonly stop: () => void }> {
  const child = spawn(choir.checkout.path(program), words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk))));
  return { address: / at (\S+)/.exec(String(line))?.[1] ?? '', stop: () => child.kill() };
}

test('three workspaces and the crate that crosses them are built, and what their locks agree on is built once', async () => {
  const built = await choir.build();
  expect(built.ok, complaints(built)).toBe(true);
  expect(choir.run('result-desktop/bin/desktop', 'ada')).toContain('<section class="terminal"><h2>Terminal</h2></section>');
  const times = (label: string): number => built.executed.filter((executed) => executed === label).length;
  expect(['serde', 'tiny_http', 'itoa', 'serde_json', 'shared-types'].map(times)).toEqual([1, 1, 2, 2, 3]);
}, 600_000);

test('the hypervisor asks the sandbox of the user who is named', async () => {
  const sandbox = await startServer('result-sandbox/bin/sandbox', 'ada', '127.0.0.1:0');
  const hypervisor = await startServer('result-hypervisor/bin/hypervisor', '127.0.0.1:0', `ada=${sandbox.address}`);
  try {
    expect(await (await fetch(`http://${hypervisor.address}/ada`)).text()).toBe('Files, Terminal');
    expect((await fetch(`http://${hypervisor.address}/grace`)).status).toBe(404);
    expect(await (await fetch(`http://${sandbox.address}/health`)).text()).toBe('schema 2');
  } finally {
    sandbox.stop();
    hypervisor.stop();
  }
}, 60_000);

test('the same again executes nothing', async () => {
  const again = await choir.build();
  expect(again.ok, complaints(again)).toBe(true);
  expect(again.executed).toEqual([]);
}, 60_000);

test('every check of the three workspaces passes, and the second time none is run', async () => {
  const checked = await choir.check();
  expect(checked.ok, complaints(checked)).toBe(true);
  expect((await choir.check()).executed).toEqual([]);
}, 600_000);

test('a file beside the crate that includes it is an ingredient of that crate and of no other', async () => {
  choir.checkout.append('sandbox/migrations/0002_themes.sql', '-- dark\n');
  expect((await choir.build()).executed).toEqual(['sandbox bin']);
}, 60_000);

test('the crate that crosses the workspaces is rebuilt for each of them', async () => {
  choir.checkout.replace('sandbox/shared-types/src/lib.rs', '"Terminal", "terminal"', '"Shell", "terminal"');
  const built = await choir.build();
  expect(built.executed).toEqual(['desktop bin', 'hypervisor bin', 'sandbox bin', 'shared-types', 'shared-types', 'shared-types']);
  expect(choir.run('result-desktop/bin/desktop', 'ada')).toContain('<h2>Shell</h2>');
}, 120_000);

test('from inside one workspace that one is built', async () => {
  const built = await choir.build({ directory: choir.checkout.path('desktop') });
  expect(built.report.targets.map(({ name }) => name)).toEqual(['desktop']);
}, 60_000);

test('a toolchain that is pinned and not installed is named, with the command that installs it', async () => {
  choir.checkout.replace('rust-toolchain.toml', '1.95.0', '1.2.3');
  const built = await choir.build();
  expect(sortDiagnostics(built.report.diagnostics)).toMatchObject([{ code: 'F0202', hints: ['run `rustup toolchain install 1.2.3`'] }]);
  choir.checkout.replace('rust-toolchain.toml', '1.2.3', '1.95.0');
}, 60_000);
