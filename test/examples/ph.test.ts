import { afterAll, beforeAll, expect, test } from 'vitest';
import { complaints } from '../end-to-end/rig.ts';
import { Example } from './example.ts';

let ph: Example;

beforeAll(() => {
  ph = new Example('ph');
});

afterAll(() => {
  ph[Symbol.dispose]();
}, 120_000);

test('one program of the workspace is built from its cone, git dependencies included, and runs', async () => {
  const built = await ph.build({ targets: ['ph'] });
  expect(built.ok, complaints(built)).toBe(true);
  expect(ph.run('result/bin/ph', 'note', 'note.mdx')).toBe('Caching ph\n(7 words)\n  Before\n<Timeline>\n(5 words)\n');
  expect(ph.run('result/bin/ph', 'group', 'crew', 'ada', 'grace', 'ada')).toBe('5140d556d82b3cb7 in epoch 2\n');
  expect(ph.run('result/bin/ph', 'run', 'run.json')).toBe('run 169 of 6ed2ddfa: 2 passed, 1 failed: check-apple-host-sanity\n');
  const locked = ph.checkout.read('Cargo.lock').split('[[package]]').length - 1;
  expect(locked).toBeGreaterThan(300);
  expect(new Set(built.executed.map((label) => label.split(' ')[0])).size).toBeLessThan(45);
}, 600_000);

test('the same again executes nothing', async () => {
  const again = await ph.build({ targets: ['ph'] });
  expect(again.ok, complaints(again)).toBe(true);
  expect(again.executed).toEqual([]);
}, 60_000);

test('the program and its library pass every check, and the second time none is run', async () => {
  const targets = ['ph', 'pika-forge-model'];
  const checked = await ph.check(targets);
  expect(checked.ok, complaints(checked)).toBe(true);
  expect((await ph.check(targets)).executed).toEqual([]);
}, 600_000);

test('a new version of another member, which changes the lock, executes nothing either', async () => {
  ph.checkout.replace('crates/pika-relay/Cargo.toml', 'version.workspace = true', 'version = "0.2.0"');
  ph.checkout.replace('Cargo.lock', 'name = "pika-relay"\nversion = "0.1.0"', 'name = "pika-relay"\nversion = "0.2.0"');
  ph.checkout.append('crates/pika-relay/src/main.rs', '// More.\n');
  const built = await ph.build({ targets: ['ph'] });
  expect(built.ok, complaints(built)).toBe(true);
  expect(built.executed).toEqual([]);
}, 120_000);

test('a git dependency whose content is not the one in `ferrule.lock` is refused', async () => {
  const lock = ph.checkout.read('ferrule.lock');
  ph.checkout.write('ferrule.lock', lock.replace(/tree = "sha256:[0-9a-f]{4}/g, 'tree = "sha256:0000'));
  const built = await ph.build({ targets: ['ph'] });
  expect(built.report.diagnostics.map(({ code }) => code)).toContain('F0313');
  ph.checkout.write('ferrule.lock', lock);
}, 60_000);
