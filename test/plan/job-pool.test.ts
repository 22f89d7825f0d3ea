import { fstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobPool } from '../../src/plan/job-pool.ts';
import { storeRig } from '../store/rig.ts';

test('tokens are counted before anybody shares them', () => {
  using pool = jobPool({ store: storeRig().store, jobs: 2 });
  expect([pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()]).toEqual([true, true, false]);
  pool.release();
  expect(pool.tryAcquire()).toBe(true);
});

test('a pool that nobody shares leaves no trace in the store', () => {
  const rig = storeRig();
  const pool = jobPool({ store: rig.store, jobs: 2 });
  pool.tryAcquire();
  pool[Symbol.dispose]();
  expect(readdirSync(join(rig.directory, 'v1/tmp'))).toEqual([]);
});

test('tokens that are held when an action wants the pipe are not in it', () => {
  using pool = jobPool({ store: storeRig().store, jobs: 3 });
  pool.tryAcquire();
  pool.tryAcquire();
  const { childDescriptor } = pool.jobserver;
  expect(fstatSync(childDescriptor ?? -1).isFIFO()).toBe(true);
  expect([pool.tryAcquire(), pool.tryAcquire()]).toEqual([true, false]);
  for (let token = 0; token < 3; token += 1) pool.release();
  expect([pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()]).toEqual([true, true, true, false]);
});
