import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { digestOf, type Digest } from '../../src/model/digest.ts';
import { inputRootDigest } from '../../src/model/tree.ts';
import type { Result } from '../../src/diagnostics/diagnostic.ts';
import { openSourceMemory, type SourceMemory } from '../../src/source/source-memory.ts';
import { snapshot } from '../../src/source/source-tree.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryDirectory, writeFiles } from '../repository/temporary-directory.ts';
import { laterClock, temporaryStore } from './source-rig.ts';

function memoryOf(store: Store, anchor: string): SourceMemory {
  return openSourceMemory({ store, repositoryRoot: anchor, now: laterClock });
}

function take(options: {
  readonly store: Store;
  readonly anchor: string;
  readonly files: readonly string[];
  readonly memory?: SourceMemory;
}): Result<Digest> {
  const memory = options.memory ?? memoryOf(options.store, options.anchor);
  return snapshot({ store: options.store, anchor: options.anchor, files: options.files, digests: memory.digests, trees: memory.trees });
}

test('the tree holds the files with their modes, and its digest is that of its content', () => {
  const store = temporaryStore();
  const anchor = temporaryDirectory({ 'p/src/lib.rs': 'a', 'p/run.sh': '#!/bin/sh\n', 'p/other': '' });
  const tree = take({ store, anchor, files: ['p/run.sh', 'p/src/lib.rs'] });
  if (!tree.ok) throw new Error('snapshot failed');
  const path = store.treePath(tree.value) ?? '';
  expect(readdirSync(`${path}/p`).toSorted()).toEqual(['run.sh', 'src']);
  expect(readFileSync(`${path}/p/src/lib.rs`, 'utf8')).toBe('a');
  expect(statSync(`${path}/p/run.sh`).mode & 0o111).not.toBe(0);
  expect(tree.value).toEqual(
    inputRootDigest(
      new Map([
        ['p/src/lib.rs', { kind: 'file', digest: digestOf('a'), executable: false }],
        ['p/run.sh', { kind: 'file', digest: digestOf('#!/bin/sh\n'), executable: true }],
      ]),
    ),
  );
});

test('an unchanged set is neither read nor linked again', () => {
  const store = temporaryStore();
  const anchor = temporaryDirectory({ a: '1', b: '2' });
  const first = memoryOf(store, anchor);
  const tree = take({ store, anchor, files: ['a', 'b'], memory: first });
  first.save();
  const second = memoryOf(store, anchor);
  const calls: string[] = [];
  const watched: Store = new Proxy(store, {
    get: (of, name) => {
      const value: unknown = Reflect.get(of, name);
      return typeof value === 'function'
        ? (...parameters: unknown[]): unknown => {
            calls.push(String(name));
            return Reflect.apply(value, of, parameters);
          }
        : value;
    },
  });
  expect(take({ store: watched, anchor, files: ['a', 'b'], memory: second })).toEqual(tree);
  expect(calls).toEqual(['treePath']);
  expect(second.digests.hashed).toBe(0);
});

test('an edit gives another tree, and taking it back the first one', () => {
  const store = temporaryStore();
  const anchor = temporaryDirectory({ a: '1' });
  const before = take({ store, anchor, files: ['a'] });
  writeFiles(anchor, { a: 'two' });
  expect(take({ store, anchor, files: ['a'] })).not.toEqual(before);
  writeFiles(anchor, { a: '1' });
  expect(take({ store, anchor, files: ['a'] })).toEqual(before);
});

test('a file that changes between looking and copying enters as it was copied', () => {
  const store = temporaryStore();
  const anchor = temporaryDirectory({ a: 'before', b: 'b' });
  const memory = memoryOf(store, anchor);
  memory.digests.look(`${anchor}/a`);
  writeFileSync(`${anchor}/a`, 'after!');
  const tree = take({ store, anchor, files: ['a', 'b'], memory });
  if (!tree.ok) throw new Error('snapshot failed');
  expect(readFileSync(`${store.treePath(tree.value) ?? ''}/a`, 'utf8')).toBe('after!');
  expect(memory.digests.look(`${anchor}/a`)?.digest).toEqual(digestOf('after!'));
  expect(tree).toEqual(take({ store, anchor, files: ['a', 'b'] }));
});

test('a file that is not there is named', () => {
  const store = temporaryStore();
  const anchor = temporaryDirectory({ a: '1' });
  expect(take({ store, anchor, files: ['a', 'gone/b'] })).toMatchInlineSnapshot(`
    {
      "diagnostics": [
        {
          "blame": "input",
          "code": "F0312",
          "hints": [
            "check that the file exists and may be read; if \`inputs\` in \`ferrule.toml\` names it, correct the path",
          ],
          "message": "cannot read \`gone/b\`, which is part of a package's sources",
          "severity": "error",
        },
      ],
      "ok": false,
    }
  `);
});
