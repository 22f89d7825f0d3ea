import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ActionResult } from '../../src/model/action.ts';
import { type Digest, digestOf } from '../../src/model/digest.ts';
import { type DirectoryStore, openStore } from '../../src/store/directory-store.ts';
import { removeTree } from '../../src/store/removal.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** An empty directory that is gone after the test, whatever modes were set in it. */
export function temporaryDirectory(parent: string = tmpdir()): string {
  const path = realpathSync(mkdtempSync(join(parent, 'ferrule-store-')));
  onTestFinished(() => removeTree(path));
  return path;
}

export interface StoreRig {
  readonly directory: string;
  readonly store: DirectoryStore;
  /** The store's clock runs this many milliseconds before the machine's. */
  ahead: number;
  /** Another view of the same directory, as a second process has it. */
  reopen(): DirectoryStore;
}

export function storeRig(directory: string = temporaryDirectory()): StoreRig {
  const rig = {
    directory,
    ahead: 0,
    reopen: () => openStore({ directory, now: () => Date.now() + rig.ahead, processId: process.pid }),
  };
  return Object.assign(rig, { store: rig.reopen() });
}

/** A key nobody else uses. */
export function keyOf(name: string): Digest {
  return digestOf(`key of ${name}`);
}

/** A successful result with the given files as outputs, and no logs. */
export function resultWith(files: readonly Digest[], trees: readonly Digest[] = []): ActionResult {
  const nothing = digestOf('');
  return {
    exitCode: 0,
    outputs: [
      ...files.map((digest, index) => ({ kind: 'file' as const, path: `build/out/${index}`, digest, executable: false })),
      ...trees.map((digest, index) => ({ kind: 'tree' as const, path: `build/tree/${index}`, digest })),
    ],
    stdout: nothing,
    stderr: nothing,
    elapsedMs: 12,
  };
}
