import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/model/digest.ts';
import { StoreFailure } from '../../src/store/store.ts';
import { KEPT_MTIME } from '../../src/store/store-layout.ts';
import { removeTree } from '../../src/store/removal.ts';
import { storeRig, temporaryDirectory } from './rig.ts';

describe('bytes', () => {
  test('come back as they were put, under their digest', () => {
    const { store } = storeRig();
    const digest = store.putBlob('hello');
    expect(digest).toEqual(digestOf('hello'));
    expect(store.readBlob(digest)?.toString()).toBe('hello');
    expect(readFileSync(store.blobPath(digest, false) ?? '', 'utf8')).toBe('hello');
  });

  test('that were never put are not there', () => {
    const { store } = storeRig();
    expect(store.readBlob(digestOf('x'))).toBeUndefined();
    expect(store.blobPath(digestOf('x'), true)).toBeUndefined();
  });

  test('are kept read-only with one time stamp, executable only in the variant that asks for it', () => {
    const { store } = storeRig();
    const digest = store.putBlob('#!/bin/sh\n');
    const plain = lstatSync(store.blobPath(digest, false) ?? '');
    const program = lstatSync(store.blobPath(digest, true) ?? '');
    expect([plain.mode & 0o7777, program.mode & 0o7777]).toEqual([0o444, 0o555]);
    expect([plain.mtimeMs, program.mtimeMs]).toEqual([KEPT_MTIME * 1000, KEPT_MTIME * 1000]);
  });

  test('of length zero are always there', () => {
    const { store } = storeRig();
    const path = store.blobPath(digestOf(''), false) ?? '';
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(store.readBlob(digestOf(''))).toEqual(Buffer.alloc(0));
  });

  test('put again are not written again', () => {
    const { store } = storeRig();
    const digest = store.putBlob('once');
    const before = lstatSync(store.blobPath(digest, false) ?? '').ino;
    store.putBlob('once');
    expect(lstatSync(store.blobPath(digest, false) ?? '').ino).toBe(before);
  });

  test('have the same modes under a narrow umask', () => {
    const { directory } = storeRig();
    const before = process.umask(0o077);
    try {
      const store = storeRig(directory).store;
      const digest = store.putBlob('narrow');
      expect(lstatSync(store.blobPath(digest, false) ?? '').mode & 0o777).toBe(0o444);
      const tree = store.putTree(new Map([['run', { kind: 'file', bytes: Buffer.from('x'), executable: true }]]));
      expect(lstatSync(join(store.treePath(tree) ?? '', 'run')).mode & 0o777).toBe(0o555);
    } finally {
      process.umask(before);
    }
  });
});

describe('a copied file', () => {
  test('stays its owner’s: it can be changed without changing the store', () => {
    const { store } = storeRig();
    const path = join(temporaryDirectory(), 'source.rs');
    writeFileSync(path, 'fn main() {}');
    const digest = store.copyFile(path, { executable: false });
    writeFileSync(path, 'changed');
    expect(store.readBlob(digest)?.toString()).toBe('fn main() {}');
    expect(lstatSync(path).mode & 0o200).toBe(0o200);
  });

  test('of several megabytes is the same as a small one', () => {
    const { store } = storeRig();
    const path = join(temporaryDirectory(), 'large');
    const bytes = Buffer.alloc(5 << 20, 'abc');
    writeFileSync(path, bytes, { mode: 0o600 });
    expect(store.copyFile(path, { executable: true })).toEqual(digestOf(bytes));
    const kept = lstatSync(store.blobPath(digestOf(bytes), true) ?? '');
    expect([kept.mode & 0o777, kept.nlink]).toEqual([0o555, 1]);
  });

  test('that is not there is a failure with the file’s name', () => {
    const { store } = storeRig();
    expect(() => store.copyFile('/nowhere/at/all', { executable: false })).toThrowError(
      expect.objectContaining({ name: 'StoreFailure', systemCode: 'ENOENT', path: '/nowhere/at/all' }),
    );
  });
});

describe('a taken file', () => {
  test('has one inode in scratch space and store, and is read-only', () => {
    const { store } = storeRig();
    const scratch = store.scratch();
    const path = join(scratch.path, 'lib.rlib');
    writeFileSync(path, 'rlib');
    const digest = store.takeFile(path, { executable: false });
    const kept = store.blobPath(digest, false) ?? '';
    expect(lstatSync(path).ino).toBe(lstatSync(kept).ino);
    expect(lstatSync(path).mode & 0o777).toBe(0o444);
    scratch.dispose();
    expect(readFileSync(kept, 'utf8')).toBe('rlib');
  });

  test('can be taken twice, early and at the end', () => {
    const { store } = storeRig();
    const path = join(store.scratch().path, 'lib.rmeta');
    writeFileSync(path, 'rmeta');
    expect(store.takeFile(path, { executable: false })).toEqual(store.takeFile(path, { executable: false }));
  });

  test('that has another name outside is copied, and the other name keeps its mode', () => {
    const { store } = storeRig();
    const scratch = store.scratch();
    const users = join(scratch.path, 'users.rs');
    writeFileSync(users, 'mine', { mode: 0o644 });
    linkSync(users, join(scratch.path, 'output.rs'));
    const digest = store.takeFile(join(scratch.path, 'output.rs'), { executable: false });
    expect(lstatSync(users).mode & 0o777).toBe(0o644);
    writeFileSync(users, 'edited');
    expect(store.readBlob(digest)?.toString()).toBe('mine');
  });

  test.skipIf(otherDevice() === undefined)('on another file system is copied, for hard links cannot reach it', () => {
    const { store } = storeRig();
    const elsewhere = temporaryDirectory(otherDevice());
    writeFileSync(join(elsewhere, 'out'), 'far');
    const digest = store.takeFile(join(elsewhere, 'out'), { executable: true });
    expect(lstatSync(store.blobPath(digest, true) ?? '')).toMatchObject({ nlink: 1, mode: 0o100555 });
  });

  test('that is a symlink is refused, not followed', () => {
    const { store } = storeRig();
    const path = join(store.scratch().path, 'out');
    symlinkSync('/etc/hostname', path);
    expect(() => store.takeFile(path, { executable: false })).toThrowError(StoreFailure);
  });
});

describe('a damaged blob', () => {
  test('that was cut short is dropped when it is looked up, and can be put again', () => {
    const { store } = storeRig();
    const digest = store.putBlob('whole');
    damage(store.blobPath(digest, false) ?? '', '');
    expect(store.blobPath(digest, false)).toBeUndefined();
    store.putBlob('whole');
    expect(store.readBlob(digest)?.toString()).toBe('whole');
  });

  test('of the right length is dropped when it is read', () => {
    const { store } = storeRig();
    const digest = store.putBlob('whole');
    const path = store.blobPath(digest, false) ?? '';
    damage(path, 'w0ole');
    expect(store.readBlob(digest)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test('found by a user of it can be dropped in both variants', () => {
    const { store } = storeRig();
    const digest = store.putBlob('both');
    store.blobPath(digest, true);
    store.dropBlob(digest);
    expect(store.blobPath(digest, false)).toBeUndefined();
  });
});

describe('scratch space', () => {
  test('is empty, and gone after dispose, read-only directories included', () => {
    const { store } = storeRig();
    const scratch = store.scratch();
    expect(readdirSync(scratch.path)).toEqual([]);
    mkdirSync(join(scratch.path, 'a/b'), { recursive: true });
    writeFileSync(join(scratch.path, 'a/b/c'), '');
    chmodSync(join(scratch.path, 'a/b'), 0o555);
    chmodSync(join(scratch.path, 'a'), 0o555);
    scratch.dispose();
    expect(existsSync(scratch.path)).toBe(false);
    scratch.dispose();
  });

  test('of a run that only reads is not made at all', () => {
    const rig = storeRig();
    rig.store.getNote('machine', 'x');
    expect(readdirSync(join(rig.directory, 'v1/tmp'))).toEqual([]);
  });

  test('of a killed run goes when the store is opened, that of a living one stays', () => {
    const rig = storeRig();
    const mine = rig.store.scratch();
    const dead = join(rig.directory, 'v1/tmp', deadSession(rig.directory));
    mkdirSync(join(dead, '1'), { recursive: true });
    rig.reopen();
    expect([existsSync(mine.path), existsSync(dead)]).toEqual([true, false]);
  });

  test('of another machine or container stays for a day, for its processes cannot be seen', () => {
    const rig = storeRig();
    const foreign = join(rig.directory, 'v1/tmp', `7-7-00000000-${Date.now().toString(36)}-00000000`);
    mkdirSync(foreign);
    rig.reopen();
    expect(existsSync(foreign)).toBe(true);
    rig.ahead = 25 * 3_600_000;
    rig.reopen();
    expect(existsSync(foreign)).toBe(false);
  });
});

describe('notes', () => {
  test('are replaced, kept apart by namespace, and dropped when damaged', () => {
    const { store, directory } = storeRig();
    store.putNote('machine', 'key', 'old');
    store.putNote('machine', 'key', 'new\nwith lines');
    expect(store.getNote('machine', 'key')).toBe('new\nwith lines');
    expect(store.getNote('plan', 'key')).toBeUndefined();
    const [fan = ''] = readdirSync(join(directory, 'v1/notes/machine'));
    const [name = ''] = readdirSync(join(directory, 'v1/notes/machine', fan));
    truncateSync(join(directory, 'v1/notes/machine', fan, name), 66);
    expect(store.getNote('machine', 'key')).toBeUndefined();
    expect(readdirSync(join(directory, 'v1/notes/machine', fan))).toEqual([]);
  });
});

/** A directory on another file system than the tests' own, if this machine has one. */
function otherDevice(): string | undefined {
  const device = lstatSync('/dev/shm', { throwIfNoEntry: false })?.dev;
  return device === undefined || device === lstatSync(tmpdir()).dev ? undefined : '/dev/shm';
}

function damage(path: string, text: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, text);
}

/** Name of a session whose process id is ours but whose start is not: as if the id had been used again. */
function deadSession(directory: string): string {
  const [own = ''] = readdirSync(join(directory, 'v1/tmp'));
  const [processId = '', , machine = '', opened = ''] = own.split('-');
  return `${processId}-1-${machine}-${opened}-00000000`;
}

test('removing what is not there is no error', () => {
  removeTree(join(temporaryDirectory(), 'nothing'));
});

describe('damage that no size tells', () => {
  test('is found by a look-up when the file was written after it was kept', () => {
    const { store } = storeRig();
    const digest = store.putBlob('right');
    const path = store.blobPath(digest, false) ?? '';
    chmodSync(path, 0o644);
    writeFileSync(path, 'wrong');
    expect(store.blobPath(digest, false)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test('is found by a recheck when not even the time stamp tells', () => {
    const { store } = storeRig();
    const digest = store.putBlob('right');
    const path = store.blobPath(digest, false) ?? '';
    const { atime, mtime } = lstatSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, 'wrong');
    utimesSync(path, atime, mtime);
    expect(store.blobPath(digest, false)).toBe(path);
    expect(store.recheck({ kind: 'file', digest, executable: false })).toBe(false);
    expect(existsSync(path)).toBe(false);
  });

  test('is none when only the time stamp changed, and that is put right', () => {
    const { store } = storeRig();
    const digest = store.putBlob('right');
    const path = store.blobPath(digest, false) ?? '';
    utimesSync(path, 1, 1);
    expect(store.blobPath(digest, false)).toBe(path);
    expect(lstatSync(path).mtimeMs).toBe(KEPT_MTIME * 1000);
    expect(store.recheck({ kind: 'file', digest, executable: false })).toBe(true);
  });

  test('in a tree takes the blobs along that share its files, so that it cannot come back', () => {
    const { store } = storeRig();
    const good = store.putBlob('good');
    const digest = store.putBlob('right');
    const entries = new Map([
      ['a', { kind: 'file' as const, digest, executable: false }],
      ['b', { kind: 'file' as const, digest: good, executable: false }],
    ]);
    const tree = store.makeTree(entries);
    const path = join(store.treePath(tree) ?? '', 'a');
    const { atime, mtime } = lstatSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, 'wrong');
    utimesSync(path, atime, mtime);
    expect(store.recheck({ kind: 'tree', digest: tree })).toBe(false);
    expect(store.treePath(tree)).toBeUndefined();
    expect(store.blobPath(digest, false)).toBeUndefined();
    expect(store.readBlob(good)?.toString()).toBe('good');
  });

  test('and what is not there at all is no entry', () => {
    const { store } = storeRig();
    expect(store.recheck({ kind: 'file', digest: digestOf('never put'), executable: false })).toBe(false);
    expect(store.recheck({ kind: 'tree', digest: digestOf('never made') })).toBe(false);
  });
});
