import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Jobserver } from '../../src/engine/jobserver.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ferrule-jobserver-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function pool(tokens: number): Jobserver {
  const jobserver = Jobserver.create(scratch, tokens);
  if (jobserver === undefined) throw new Error('no named pipes here');
  return jobserver;
}

/** What a compiler's thread does: it reads a byte, and later writes it back. */
function takeAsChild(jobserver: Jobserver): void {
  readSync(jobserver.childDescriptor, Buffer.alloc(1), 0, 1, null);
}

test('a token that a compiler holds is free again when the compiler writes it back', () => {
  using jobserver = pool(2);
  expect(jobserver.tryAcquire()).toBe(true);
  takeAsChild(jobserver);
  expect(jobserver.tryAcquire()).toBe(false);
  writeSync(jobserver.childDescriptor, '+');
  expect(jobserver.tryAcquire()).toBe(true);
  expect(jobserver.tryAcquire()).toBe(false);
});

test.skipIf(process.platform !== 'linux')(
  'when nothing runs any more the pool is as full as at the start, whatever children took or wrote',
  () => {
    using jobserver = pool(3);
    expect(jobserver.tryAcquire()).toBe(true);
    takeAsChild(jobserver);
    jobserver.release();
    expect([1, 2, 3, 4].map(() => jobserver.tryAcquire())).toEqual([true, true, true, false]);
    writeSync(jobserver.childDescriptor, '++');
    for (let token = 0; token < 3; token += 1) jobserver.release();
    const own = openSync(`/proc/self/fd/${jobserver.childDescriptor}`, constants.O_RDONLY | constants.O_NONBLOCK);
    expect(readSync(own, Buffer.alloc(10), 0, 10, null)).toBe(3);
    closeSync(own);
  },
);
