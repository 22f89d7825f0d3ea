import { statfsSync } from 'node:fs';
import { StoreFailure } from '../../store/store.ts';
import type { ChildResult } from './child.ts';

/** What compilers, linkers and scripts say when the disk or the quota is used up. */
const SAID_FULL = /No space left on device|\(os error 28\)|Disk quota exceeded|\(os error 122\)/;

/** A linker that writes through a memory map is not told: it dies with SIGBUS, and those that started it say so. */
const DIED_OF_IT = /Bus error|SIGBUS/;

const MIB = 1 << 20;

/** Free bytes below which nothing can have gone right; and below which a bus error has no other cause. */
const NOTHING_LEFT = MIB;
const LITTLE_LEFT = 256 * MIB;

/** After an action has failed, while all it wrote is still there: throws `StoreFailure` when that was because the store's disk is full. */
export function throwIfFull(child: ChildResult, directory: string): void {
  if (child.exitCode === 0) return;
  const printed = `${child.stderr.toString('latin1')}\n${child.stdout.toString('latin1')}`;
  const free = freeBytes(directory);
  if (free >= NOTHING_LEFT && !SAID_FULL.test(printed) && !(free < LITTLE_LEFT && DIED_OF_IT.test(printed))) return;
  throw new StoreFailure({ path: directory, systemCode: 'ENOSPC', cause: undefined });
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
