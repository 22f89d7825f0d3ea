import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_TREE } from '../../src/model/tree.ts';
import type { TreeEntry } from '../../src/store/store.ts';
import { KEPT_MTIME } from '../../src/store/store-layout.ts';
import type { TreeContent } from '../../src/store/trees.ts';
import { storeRig, temporaryDirectory } from './rig.ts';

type Leaf = { readonly text: string; readonly executable: boolean } | { readonly target: string };

describe('a taken tree', () => {
  test('is moved, and everything in it is read-only with one time stamp', () => {
    const { store } = storeRig();
    const path = join(store.scratch().path, 'out');
    writeLeaves(path, {
      'a.rs': { text: 'a', executable: false },
      'bin/run': { text: 'r', executable: true },
      'bin/link': { target: '../a.rs' },
    });
    const kept = store.treePath(store.takeTree(path)) ?? '';
    expect(existsSync(path)).toBe(false);
    expect(readLeaves(kept)).toEqual({ 'a.rs': 'a', 'bin/run': 'r*', 'bin/link': '-> ../a.rs' });
    for (const name of ['', 'a.rs', 'bin', 'bin/run']) {
      const state = lstatSync(join(kept, name));
      expect([name, state.mode & 0o222, state.mtimeMs]).toEqual([name, 0, KEPT_MTIME * 1000]);
    }
  });

  test('that is already kept gives the same digest, and the second copy goes', () => {
    const { store } = storeRig();
    const take = () => {
      const path = join(store.scratch().path, 'out');
      writeLeaves(path, { 'd/x': { text: 'x', executable: false } });
      const digest = store.takeTree(path);
      expect(existsSync(path)).toBe(false);
      return digest;
    };
    expect(take()).toEqual(take());
  });

  test('may be empty, and the empty tree is there without having been made', () => {
    const { store } = storeRig();
    expect(readdirSync(store.treePath(EMPTY_TREE) ?? 'none')).toEqual([]);
    const path = join(store.scratch().path, 'out');
    mkdirSync(path);
    expect(store.takeTree(path)).toEqual(EMPTY_TREE);
  });

  test('leaves files with names outside it alone', () => {
    const { store } = storeRig();
    const scratch = store.scratch().path;
    const outside = join(scratch, 'users.rs');
    mkdirSync(join(scratch, 'out'));
    writeFileSync(outside, 'mine', { mode: 0o644 });
    linkSync(outside, join(scratch, 'out/users.rs'));
    const kept = store.treePath(store.takeTree(join(scratch, 'out'))) ?? '';
    writeFileSync(outside, 'edited');
    expect(lstatSync(outside).mode & 0o777).toBe(0o644);
    expect(readFileSync(join(kept, 'users.rs'), 'utf8')).toBe('mine');
  });

  test.each([
    ['an absolute symlink', '/etc/passwd', 'absolute-symlink'],
    ['a symlink out of the tree', '../../../x', 'symlink-leaves-tree'],
    ['a symlink that goes up again after going down', 'deep/../../../x', 'symlink-leaves-tree'],
  ])('with %s is refused by name', (_, target, refusal) => {
    const { store } = storeRig();
    const path = join(store.scratch().path, 'out');
    writeLeaves(path, { 'sub/link': { target } });
    expect(() => store.takeTree(path)).toThrowError(expect.objectContaining({ name: 'TreeRefused', path: 'sub/link', refusal, target }));
  });

  test('with a FIFO is refused by name', () => {
    const { store } = storeRig();
    const path = join(store.scratch().path, 'out');
    mkdirSync(join(path, 'sub'), { recursive: true });
    expect(spawnSync('mkfifo', [join(path, 'sub/pipe')]).status).toBe(0);
    expect(() => store.takeTree(path)).toThrowError(expect.objectContaining({ path: 'sub/pipe', refusal: 'special-file' }));
  });
});

describe('a tree of blobs', () => {
  test('shares their inodes and has the digest of the same tree on disk', () => {
    const { store } = storeRig();
    const digest = store.putBlob('text');
    const made = store.makeTree(
      new Map<string, TreeEntry>([
        ['src/lib.rs', { kind: 'file', digest, executable: false }],
        ['src/alias.rs', { kind: 'symlink', target: 'lib.rs' }],
      ]),
    );
    const kept = store.treePath(made) ?? '';
    expect(lstatSync(join(kept, 'src/lib.rs')).ino).toBe(lstatSync(store.blobPath(digest, false) ?? '').ino);
    const path = join(store.scratch().path, 'out');
    writeLeaves(path, { 'src/lib.rs': { text: 'text', executable: false }, 'src/alias.rs': { target: 'lib.rs' } });
    expect(store.takeTree(path)).toEqual(made);
  });

  test.each(['../x', '/x', 'a//b', 'a/./b', '', 'a/..', 'nul\0'])('with the path %j is refused', (path) => {
    const { store } = storeRig();
    const digest = store.putBlob('x');
    expect(() => store.makeTree(new Map([[path, { kind: 'file', digest, executable: false }]]))).toThrowError(
      expect.objectContaining({ refusal: 'bad-path' }),
    );
  });

  test('cannot have a file below a file', () => {
    const { store } = storeRig();
    const digest = store.putBlob('x');
    const file: TreeEntry = { kind: 'file', digest, executable: false };
    expect(() =>
      store.makeTree(
        new Map([
          ['a', file],
          ['a/b', file],
        ]),
      ),
    ).toThrowError(expect.objectContaining({ refusal: 'conflict', path: 'a/b' }));
  });

  test('of a blob that is not kept is a programming error, and leaves nothing half made', () => {
    const { store, directory } = storeRig();
    const missing = { hash: store.putBlob('x').hash, size: 1 };
    store.dropBlob(missing);
    expect(() => store.makeTree(new Map([['a', { kind: 'file', digest: missing, executable: false }]]))).toThrowError('internal');
    expect(readdirSync(join(directory, 'v1/trees'))).toEqual([]);
    const [session = ''] = readdirSync(join(directory, 'v1/tmp'));
    expect(readdirSync(join(directory, 'v1/tmp', session))).toEqual([]);
  });
});

describe('an adopted tree', () => {
  test('stands where its owner keeps it, for this run only', () => {
    const rig = storeRig();
    const outside = temporaryDirectory();
    const digest = { ...EMPTY_TREE, hash: rig.store.putBlob('toolchain').hash };
    rig.store.adoptTree(digest, outside);
    expect([rig.store.treePath(digest), rig.reopen().treePath(digest)]).toEqual([outside, undefined]);
  });
});

describe('a dropped tree', () => {
  test('is gone and can be made again', () => {
    const { store } = storeRig();
    const entries = new Map<string, TreeContent>([['d/f', { kind: 'file', bytes: Buffer.from('f'), executable: false }]]);
    const tree = store.putTree(entries);
    store.dropTree(tree);
    expect(store.treePath(tree)).toBeUndefined();
    expect(store.treePath(store.putTree(entries))).toBeDefined();
  });
});

test('any tree has one digest, however it came into the store, and reads back as it was', () => {
  const { store } = storeRig();
  fc.assert(
    fc.property(trees(), (leaves) => {
      const path = join(store.scratch().path, 'out');
      writeLeaves(path, leaves);
      const expected = readLeaves(path);
      const taken = store.takeTree(path);
      expect(readLeaves(store.treePath(taken) ?? '')).toEqual(expected);
      store.dropTree(taken);
      const put = store.putTree(new Map(Object.entries(leaves).map(([name, leaf]) => [name, contentOf(leaf)])));
      expect(put).toEqual(taken);
      expect(readLeaves(store.treePath(put) ?? '')).toEqual(expected);
      store.dropTree(put);
      const made = store.makeTree(
        new Map(
          Object.entries(leaves).map(([name, leaf]): [string, TreeEntry] => {
            if ('target' in leaf) return [name, { kind: 'symlink', target: leaf.target }];
            return [name, { kind: 'file', digest: store.putBlob(leaf.text), executable: leaf.executable }];
          }),
        ),
      );
      expect(made).toEqual(taken);
      expect(readLeaves(store.treePath(made) ?? '')).toEqual(expected);
    }),
    { numRuns: 40 },
  );
  expect(store.verify({ repair: false }).corrupt).toEqual([]);
});

/** Relative paths without conflicts: directories are `d…`, leaves are not. */
function trees(): fc.Arbitrary<Readonly<Record<string, Leaf>>> {
  const directory = fc.constantFrom('da', 'db', 'd é', 'd.x');
  const name = fc.constantFrom('a', 'B', 'ü', 'a b', '.hidden', 'x.rs', '-');
  const path = fc.tuple(fc.array(directory, { maxLength: 3 }), name).map(([directories, last]) => [...directories, last].join('/'));
  const leaf: fc.Arbitrary<Leaf> = fc.oneof(
    fc.record({ text: fc.string({ maxLength: 40 }), executable: fc.boolean() }),
    fc.record({ target: fc.constantFrom('a', 'da/x.rs', './nowhere') }),
  );
  return fc.dictionary(path, leaf, { minKeys: 1, maxKeys: 12, noNullPrototype: true });
}

function contentOf(leaf: Leaf): TreeContent {
  if ('target' in leaf) return { kind: 'symlink', target: leaf.target };
  return { kind: 'file', bytes: Buffer.from(leaf.text), executable: leaf.executable };
}

function writeLeaves(root: string, leaves: Readonly<Record<string, Leaf>>): void {
  for (const [name, leaf] of Object.entries(leaves)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    if ('target' in leaf) symlinkSync(leaf.target, path);
    else {
      writeFileSync(path, leaf.text);
      chmodSync(path, leaf.executable ? 0o755 : 0o640);
    }
  }
}

/** Every leaf as text: content, `*` when executable, `-> target` for links. */
function readLeaves(root: string, below = ''): Readonly<Record<string, string>> {
  const leaves: Record<string, string> = {};
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const name = join(below, entry.name);
    const path = join(root, name);
    if (entry.isDirectory()) Object.assign(leaves, readLeaves(root, name));
    else if (entry.isSymbolicLink()) leaves[name] = `-> ${readlinkSync(path)}`;
    else leaves[name] = readFileSync(path, 'utf8') + ((lstatSync(path).mode & 0o100) === 0 ? '' : '*');
  }
  return leaves;
}
