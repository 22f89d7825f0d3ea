import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Claim } from '../../src/store/store.ts';
import { buildChild, ended, start } from './child-process.ts';
import { keyOf, storeRig, temporaryDirectory } from './rig.ts';

const KEY = keyOf('action');

function release(claim: Claim): void {
  if (claim.kind === 'ours') claim.release();
}

test('the first to claim an action has it, everybody else is told when it is released', async () => {
  const rig = storeRig();
  const first = rig.store.claim(KEY);
  const second = rig.reopen().claim(KEY);
  expect([first.kind, second.kind]).toEqual(['ours', 'theirs']);
  let settled = false;
  const released = second.kind === 'theirs' ? second.released() : Promise.reject(new Error('not waited for'));
  const noticed = released.then(() => (settled = true));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(settled).toBe(false);
  release(first);
  await noticed;
  expect(rig.reopen().claim(KEY).kind).toBe('ours');
});

test('actions are claimed one by one', () => {
  const rig = storeRig();
  expect(rig.store.claim(KEY).kind).toBe('ours');
  expect(rig.reopen().claim(keyOf('other action')).kind).toBe('ours');
});

test('a claim of a process that was killed is taken over, also by those who wait for it', async () => {
  const rig = storeRig();
  const child = start([process.execPath, buildChild(temporaryDirectory()), 'claim', rig.directory]);
  const end = ended(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const waiting = rig.store.claim(KEY);
  expect(waiting).toMatchObject({ kind: 'theirs', processId: child.pid });
  child.kill('SIGKILL');
  await end;
  if (waiting.kind === 'theirs') await waiting.released();
  const ours = rig.store.claim(KEY);
  expect(ours.kind).toBe('ours');
  release(ours);
  expect(readdirSync(join(rig.directory, 'v1/claims'))).toEqual([]);
});

test('what killed runs claimed is gone once a store is opened', () => {
  const rig = storeRig();
  mkdirSync(join(rig.directory, 'v1/claims'), { recursive: true });
  symlinkSync('not a session', join(rig.directory, 'v1/claims', KEY.hash));
  rig.reopen();
  expect(readdirSync(join(rig.directory, 'v1/claims'))).toEqual([]);
});

test('a claim of another machine on the same store is not waited for, and left to it', () => {
  const rig = storeRig();
  const path = join(rig.directory, 'v1/claims', KEY.hash);
  symlinkSync(`1-1-00000000-${Date.now().toString(36)}-00000000`, path);
  const claim = rig.store.claim(KEY);
  expect(claim.kind).toBe('ours');
  release(claim);
  expect(readdirSync(join(rig.directory, 'v1/claims'))).toEqual([KEY.hash]);
});
