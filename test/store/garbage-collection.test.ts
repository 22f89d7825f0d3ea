import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/model/digest.ts';
import { evictEntry } from '../../src/store/eviction.ts';
import { listEntries } from '../../src/store/inventory.ts';
import { Session } from '../../src/store/session.ts';
import { storeLayout } from '../../src/store/store-layout.ts';
import { DAY, HOUR, keyOf, resultWith, type StoreRig, storeRig, temporaryDirectory } from './rig.ts';

/** Two hours: past the hour in which nothing is collected. */
const LATER = 2 * HOUR;

describe('collection', () => {
  test('takes nothing that was used within the hour, whatever the budget', () => {
    const rig = storeRig();
    builtAction(rig, 'a');
    const report = rig.store.gc({ maxBytes: 0, dryRun: false });
    expect(report).toMatchObject({ ran: true, removed: { result: 0, blob: 0 } });
    expect(rig.store.getResult(keyOf('a'))).toBeDefined();
  });

  test('takes nothing while the store is within its budget', () => {
    const rig = storeRig();
    builtAction(rig, 'a');
    collectLater(rig, { maxBytes: 1 << 30 });
    expect(rig.store.getResult(keyOf('a'))).toBeDefined();
  });

  test('evicts the results that were used least recently, with their outputs, until the rest fits', () => {
    const rig = storeRig();
    const outputs = ['a', 'b', 'c', 'd'].map((name) => {
      rig.ahead += HOUR;
      return builtAction(rig, name);
    });
    rig.ahead += HOUR;
    rig.store.getResult(keyOf('a'));
    const { bytes } = rig.store.statistics();
    const report = collectLater(rig, { maxBytes: bytes - 2 * 4096 });
    expect(report).toMatchObject({ removed: { result: 1, blob: 1 }, bytesBefore: bytes, bytesAfter: bytes - 2 * 4096 });
    expect(['a', 'b', 'c', 'd'].map((name) => rig.store.getResult(keyOf(name)) !== undefined)).toEqual([true, false, true, true]);
    expect(outputs.map((output) => rig.store.readBlob(output) !== undefined)).toEqual([true, false, true, true]);
  });

  test('keeps an output as long as one result names it', () => {
    const rig = storeRig();
    const shared = rig.store.putBlob('shared');
    rig.store.putResult(keyOf('old'), resultWith([shared]));
    rig.ahead = 10 * HOUR;
    rig.store.putResult(keyOf('new'), resultWith([shared]));
    rig.store.close();
    rig.store.gc({ maxBytes: 0, dryRun: false });
    expect(rig.store.getResult(keyOf('old'))).toBeUndefined();
    expect(rig.store.getResult(keyOf('new'))).toBeDefined();
  });

  test('evicts sources that no result names in the same order', async () => {
    const rig = storeRig();
    const first = tree(rig, 'first');
    await nextTick();
    const second = tree(rig, 'second');
    await nextTick();
    rig.ahead = HOUR;
    rig.store.treePath(first);
    const { bytes } = rig.store.statistics();
    collectLater(rig, { maxBytes: bytes - 1 });
    expect([rig.reopen().treePath(first) !== undefined, rig.reopen().treePath(second) !== undefined]).toEqual([true, false]);
  });

  test('takes what is older than the greatest age, within the budget or not', () => {
    const rig = storeRig();
    builtAction(rig, 'old');
    rig.ahead = 3 * DAY;
    builtAction(rig, 'new');
    rig.store.close();
    rig.ahead = 4 * DAY;
    rig.reopen().gc({ maxBytes: 1 << 30, maxAgeMs: 2 * DAY, dryRun: false });
    expect([rig.store.getResult(keyOf('old')), rig.store.getResult(keyOf('new'))]).toEqual([undefined, expect.anything()]);
  });

  test('keeps what result links point to, until they are removed', () => {
    const rig = storeRig();
    const link = join(temporaryDirectory(), 'result');
    const kept = tree(rig, 'kept');
    const other = tree(rig, 'other');
    rig.store.linkResult(kept, link);
    collectLater(rig, { maxBytes: 0 });
    expect(readFileSync(join(link, 'file'), 'utf8')).toBe('kept');
    expect(rig.store.treePath(other)).toBeUndefined();
    rmSync(link);
    expect(collectLater(rig, { maxBytes: 0 })).toMatchObject({ deadRoots: 1, bytesAfter: 0 });
    expect(readdirSync(join(rig.directory, 'v1/roots'))).toEqual([]);
  });

  test('keeps what was used since the oldest living run began', () => {
    const rig = storeRig();
    const output = builtAction(rig, 'a');
    rig.ahead = 5 * HOUR;
    const collector = rig.reopen();
    expect(collector.gc({ maxBytes: 0, dryRun: false })).toMatchObject({ removed: { result: 0 } });
    rig.store.close();
    expect(collector.gc({ maxBytes: 0, dryRun: false })).toMatchObject({ removed: { result: 1, blob: 1 } });
    expect(rig.store.readBlob(output)).toBeUndefined();
  });

  test('counts a file that a blob and a tree share once, and its bytes go with the last of them', () => {
    const rig = storeRig();
    const digest = rig.store.putBlob(Buffer.alloc(100_000, 'x'));
    const before = rig.store.statistics().bytes;
    rig.store.makeTree(new Map([['x', { kind: 'file', digest, executable: false }]]));
    expect(rig.store.statistics().bytes).toBe(before + 4096);
    expect(collectLater(rig, { maxBytes: 0 })).toMatchObject({ bytesBefore: before + 4096, bytesAfter: 0, removed: { blob: 1, tree: 1 } });
  });

  test('only tells what it would do when asked to', () => {
    const rig = storeRig();
    builtAction(rig, 'a');
    rig.store.close();
    rig.ahead = LATER;
    const planned = rig.store.gc({ maxBytes: 0, dryRun: true });
    expect(rig.store.getResult(keyOf('a'))).toBeDefined();
    rig.ahead = 2 * LATER;
    expect(rig.store.gc({ maxBytes: 0, dryRun: false })).toEqual({ ...planned, dryRun: false });
  });

  test('puts back what was looked up between listing and removal', () => {
    const rig = storeRig();
    const output = builtAction(rig, 'a');
    const looked = tree(rig, 'looked up');
    const layout = storeLayout(rig.directory);
    const now = Date.now;
    const shelf = { layout, now, session: new Session({ layout, now, processId: process.pid }) };
    const listed = listEntries(layout);
    rig.ahead = HOUR;
    rig.store.getResult(keyOf('a'));
    rig.store.treePath(looked);
    const kinds = listed.map((entry) => [entry.kind, evictEntry(shelf, entry)]);
    expect(kinds).toEqual([
      ['blob', true],
      ['tree', false],
      ['result', false],
    ]);
    expect(lstatSync(rig.store.treePath(looked) ?? '').mode & 0o777).toBe(0o555);
    rig.store.putBlob('output-of-a');
    expect(rig.store.getResult(keyOf('a'))).toEqual(resultWith([output]));
    shelf.session.close();
  });

  test('leaves the field to a living process that collects, and takes over from a dead one', () => {
    const rig = storeRig();
    rig.store.scratch();
    const [session = ''] = readdirSync(join(rig.directory, 'v1/tmp'));
    const lock = join(rig.directory, 'v1/gc.lock');
    writeFileSync(lock, session);
    expect(rig.store.gc({ maxBytes: 0, dryRun: false })).toEqual({ ran: false, holder: process.pid });
    writeFileSync(lock, session.replace(/^([0-9]+)-[0-9]+/, '$1-1'));
    expect(rig.store.gc({ maxBytes: 0, dryRun: false })).toMatchObject({ ran: true });
    expect(existsSync(lock)).toBe(false);
  });
});

describe('verification', () => {
  test('finds nothing wrong in what the store made itself', () => {
    const rig = storeRig();
    builtAction(rig, 'a');
    tree(rig, 't');
    rig.store.putNote('machine', 'k', 'v');
    expect(rig.store.verify({ repair: false })).toMatchObject({ checked: 4, corrupt: [] });
  });

  test('finds changed blobs, trees, results and notes, and removes them when it may', () => {
    const rig = storeRig();
    const output = builtAction(rig, 'a');
    const damagedTree = tree(rig, 't');
    rig.store.putNote('machine', 'k', 'v');
    const intact = tree(rig, 'intact');
    damage(rig.store.blobPath(output, false) ?? '', 'output-of-X');
    damage(join(rig.store.treePath(damagedTree) ?? '', 'file'), 'T');
    for (const room of ['results', 'notes/machine']) damage(onlyFile(join(rig.directory, 'v1', room)), 'garbage');
    const found = rig.store.verify({ repair: false }).corrupt;
    expect(found.map((entry) => [entry.kind, entry.reason])).toEqual([
      ['blob', 'wrong-content'],
      ['tree', 'wrong-content'],
      ['result', 'wrong-content'],
      ['note', 'wrong-content'],
    ]);
    expect(found.every((entry) => existsSync(entry.path))).toBe(true);
    expect(rig.store.verify({ repair: true }).corrupt).toHaveLength(4);
    expect(found.some((entry) => existsSync(entry.path))).toBe(false);
    expect(rig.store.verify({ repair: false })).toMatchObject({ checked: 1, corrupt: [] });
    expect(rig.store.treePath(intact)).toBeDefined();
  });

  test('finds a file added to a tree, and an executable blob that is none', () => {
    const rig = storeRig();
    const damaged = tree(rig, 't');
    linkSync(join(rig.store.treePath(damaged) ?? '', 'file'), join(rig.store.treePath(damaged) ?? '', 'extra'));
    const program = rig.store.blobPath(rig.store.putBlob('program'), true) ?? '';
    rmSync(program);
    writeFileSync(program, 'program', { mode: 0o444 });
    expect(rig.store.verify({ repair: true }).corrupt.map((entry) => entry.reason)).toEqual(['wrong-mode', 'wrong-content']);
  });
});

test('statistics count every kind', () => {
  const rig = storeRig();
  builtAction(rig, 'a');
  tree(rig, 't');
  rig.store.putNote('machine', 'k', 'v');
  rig.store.linkResult(tree(rig, 'rooted'), join(temporaryDirectory(), 'result'));
  expect(rig.store.statistics()).toEqual({
    blobs: { count: 1, bytes: 4096 },
    trees: { count: 2, bytes: 4 * 4096 },
    environments: { count: 0, bytes: 0 },
    results: { count: 1, bytes: 4096 },
    notes: { count: 1, bytes: 4096 },
    roots: 1,
    sessions: 1,
    bytes: 7 * 4096,
  });
});

/** Output of an action that was built and kept. */
function builtAction(rig: StoreRig, name: string): Digest {
  const output = rig.store.putBlob(`output-of-${name}`);
  rig.store.putResult(keyOf(name), resultWith([output]));
  return output;
}

function tree(rig: StoreRig, name: string): Digest {
  return rig.store.putTree(new Map([['file', { kind: 'file', bytes: Buffer.from(name), executable: false }]]));
}

/** Collects when everything up to now is old and no run lives. */
function collectLater(rig: StoreRig, options: { readonly maxBytes: number }): unknown {
  rig.store.close();
  rig.ahead += LATER;
  const report = rig.store.gc({ ...options, dryRun: false });
  rig.store.close();
  return report;
}

function damage(path: string, text: string): void {
  const { mode } = lstatSync(path);
  rmSync(path);
  writeFileSync(path, text, { mode });
}

function onlyFile(directory: string): string {
  const [fan = ''] = readdirSync(directory);
  const [name = ''] = readdirSync(join(directory, fan));
  return join(directory, fan, name);
}

/** Until the file system's clock has moved on: change times are kept in steps of some milliseconds. */
async function nextTick(): Promise<void> {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'before'));
  const before = lstatSync(join(directory, 'before')).ctimeMs;
  for (let count = 0; ; count += 1) {
    const probe = join(directory, String(count));
    mkdirSync(probe);
    if (lstatSync(probe).ctimeMs > before + 1) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
