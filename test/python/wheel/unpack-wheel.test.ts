import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../../src/model/digest.ts';
import { keepWheel } from '../../../src/python/wheel/keep-wheel.ts';
import { unpackWheel } from '../../../src/python/wheel/unpack-wheel.ts';
import type { WheelFile } from '../../../src/python/wheel-archive/wheel-file.ts';
import { KEPT_MTIME } from '../../../src/store/store-layout.ts';
import { makeArchive } from './made-archive.ts';
import { FILENAME, filesBelow, METADATA, RECORD, treePath, unpackBytes, unpacked, WHEEL, wheelOf } from './wheel-rig.ts';

const ENTRIES = wheelOf(
  { path: 'made/__init__.py', bytes: 'x = 1\n' },
  { path: 'made/tool.sh', bytes: '#!/bin/sh\n', mode: 0o100755 },
  { path: 'made-1.0.data/purelib/pure.py', bytes: '' },
  { path: 'made-1.0.data/platlib/plat/part.py', bytes: 'y = 2\n' },
  { path: 'made-1.0.data/scripts/run', bytes: '#!python\nprint()\n', mode: 0o100644 },
  { path: 'made-1.0.data/headers/made.h', bytes: '#pragma once\n' },
  { path: 'made-1.0.data/data/share/made/x.json', bytes: '{}' },
  { path: 'made-1.0.data/data/etc/', mode: 0o040755 },
  {
    path: 'made-1.0.dist-info/entry_points.txt',
    bytes: '[console_scripts]\nMade = made.cli:main [extra]\n\n[gui_scripts]\nmade-gui=made.gui:App.run\n[other]\npython = no:thing\n',
  },
);

test('a wheel is laid out by where its entries are installed', async () => {
  const { path, facts } = await unpacked(ENTRIES);
  expect(Array.from(filesBelow(path), ([name, { executable }]) => `${executable ? 'x' : '-'} ${name}`)).toMatchInlineSnapshot(`
    [
      "- data/share/made/x.json",
      "- headers/made.h",
      "x scripts/run",
      "- site/made-1.0.dist-info/METADATA",
      "- site/made-1.0.dist-info/RECORD",
      "- site/made-1.0.dist-info/WHEEL",
      "- site/made-1.0.dist-info/entry_points.txt",
      "- site/made/__init__.py",
      "x site/made/tool.sh",
      "- site/plat/part.py",
      "- site/pure.py",
    ]
  `);
  expect(facts).toMatchInlineSnapshot(`
    {
      "distInfo": "made-1.0.dist-info",
      "entryPoints": {
        "console": [
          {
            "attribute": "main",
            "module": "made.cli",
            "name": "Made",
          },
        ],
        "gui": [
          {
            "attribute": "App.run",
            "module": "made.gui",
            "name": "made-gui",
          },
        ],
      },
      "metadataName": "made",
      "name": "made",
      "namespaces": [
        "plat",
      ],
      "nativeObjects": [],
      "recordProblems": [
        "made-1.0.data/data/share/made/x.json: not listed",
        "made-1.0.data/headers/made.h: not listed",
        "made-1.0.data/platlib/plat/part.py: not listed",
        "made-1.0.data/purelib/pure.py: not listed",
        "made-1.0.data/scripts/run: not listed",
        "made-1.0.dist-info/METADATA: not listed",
        "made-1.0.dist-info/WHEEL: not listed",
        "made-1.0.dist-info/entry_points.txt: not listed",
        "made/__init__.py: not listed",
        "made/tool.sh: not listed",
      ],
      "tags": [
        "py3-none-any",
      ],
      "version": "1.0",
    }
  `);
});

test('every file of a wheel is read-only and has the time stamp of kept files', async () => {
  const { path } = await unpacked(ENTRIES);
  for (const name of filesBelow(path).keys()) {
    const state = statSync(join(path, name));
    expect(state.mtimeMs).toBe(KEPT_MTIME * 1000);
    expect(state.mode & 0o222).toBe(0);
  }
});

test('a wheel that was unpacked before is known without its archive', async () => {
  const bytes = makeArchive(ENTRIES);
  const { result, store } = await unpackBytes(bytes);
  const again = await unpackWheel({ store, path: '/nowhere', digest: digestOf(bytes), filename: FILENAME });
  expect(again).toEqual(result);
  expect(again.ok).toBe(true);
});

test('a wheel whose tree is gone is unpacked again', async () => {
  const bytes = makeArchive(ENTRIES);
  const { result, store } = await unpackBytes(bytes);
  if (!result.ok) throw new Error('it was refused');
  store.dropTree(result.value.tree);
  const again = await unpackBytes(bytes, { store });
  expect(again.result).toEqual(result);
  expect(store.treePath(result.value.tree)).toBeDefined();
});

test('a wheel that is known is still refused under the name of another', async () => {
  const bytes = makeArchive(ENTRIES);
  const { store } = await unpackBytes(bytes);
  const { result } = await unpackBytes(bytes, { store, filename: 'made-2.0-py3-none-any.whl' });
  expect(result.ok ? [] : result.diagnostics.map(({ code }) => code)).toEqual(['F0944']);
});

test('the store knows the listing of a wheel it was given', async () => {
  const { result, store } = await unpackBytes(makeArchive(ENTRIES));
  if (!result.ok) throw new Error('it was refused');
  const listing = store.listTree(result.value.tree);
  expect(listing?.directory('site/made')?.files.get('__init__.py')).toEqual({ digest: digestOf('x = 1\n'), executable: false });
});

test('files that never were an archive become the same wheel', async () => {
  const { result, store } = await unpackBytes(makeArchive(ENTRIES));
  if (!result.ok) throw new Error('it was refused');
  const files = new Map<string, WheelFile>();
  for (const { path, bytes = '', mode = 0 } of ENTRIES) {
    const executable = (mode & 0o111) !== 0;
    if (path.endsWith('/')) continue;
    const file: WheelFile = path.endsWith('.py')
      ? { kind: 'blob', digest: store.putBlob(bytes), executable }
      : { kind: 'bytes', bytes: Buffer.from(bytes), executable };
    files.set(path, file);
  }
  for (const attempt of ['first', 'remembered']) {
    const kept = keepWheel({ store, files, filename: FILENAME });
    expect(kept, attempt).toEqual(result);
  }
});

test.each([
  ['stored', { method: 'stored' }],
  ['deflated', { method: 'deflate' }],
  ['with sizes behind the data', { descriptor: true }],
  ['with 64-bit sizes', { zip64: true }],
] as const)('an entry is read %s', async (_, form) => {
  const text = 'value = 1\n'.repeat(20_000);
  const { path } = await unpacked(
    wheelOf({ path: 'made.py', bytes: text, ...form }, { path: 'small.py', bytes: 'x', ...form }, { path: 'none.py', ...form }),
  );
  const files = filesBelow(join(path, 'site'));
  expect(files.get('made.py')?.bytes.toString()).toBe(text);
  expect(files.get('small.py')?.bytes.toString()).toBe('x');
  expect(files.get('none.py')?.bytes.length).toBe(0);
});

test('an archive with a 64-bit end record is read', async () => {
  const { result, store } = await unpackBytes(makeArchive(ENTRIES, { zip64: true }));
  const plain = await unpackBytes(makeArchive(ENTRIES));
  if (!result.ok || !plain.result.ok) throw new Error('it was refused');
  expect(result.value.tree).toEqual(plain.result.value.tree);
  expect(filesBelow(treePath(store, result.value)).size).toBe(11);
});

test.each(['stored', 'deflate'] as const)('an entry that is never in memory as a whole arrives whole (%s)', async (method) => {
  const block = createHash('sha512').update('seed').digest();
  const large = Buffer.alloc(20 << 20, block);
  const { path } = await unpacked(wheelOf({ path: 'large.bin', bytes: large, method, mode: 0o100755 }));
  const found = filesBelow(join(path, 'site')).get('large.bin');
  expect(found?.bytes.equals(large)).toBe(true);
  expect(found?.executable).toBe(true);
});

test('names are UTF-8 where the entry says so, and code page 437 where it does not', async () => {
  const { path } = await unpacked(wheelOf({ path: 'größe.txt' }, { path: 'x', rawName: Buffer.from([0x81, 0x2e, 0x70, 0x79]), flags: 0 }));
  expect([...filesBelow(join(path, 'site')).keys()].filter((name) => !name.startsWith('made-'))).toEqual(['größe.txt', 'ü.py']);
});

test('what RECORD says wrongly is known and no obstacle', async () => {
  const record = [
    'right.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0',
    'hash.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,1',
    '"with, comma.py",sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,1',
    'gone.py,,',
    'made-1.0.dist-info/METADATA,,',
    'made-1.0.dist-info/WHEEL,md5=abc,',
    'made-1.0.dist-info/RECORD,,',
  ].join('\n');
  const { facts } = await unpacked([
    { path: 'right.py' },
    { path: 'hash.py', bytes: 'x' },
    { path: 'with, comma.py' },
    { path: 'extra.py' },
    METADATA,
    WHEEL,
    { ...RECORD, bytes: record },
  ]);
  expect(facts.recordProblems).toMatchInlineSnapshot(`
    [
      "extra.py: not listed",
      "gone.py: listed, but not there",
      "hash.py: wrong hash",
      "with, comma.py: wrong size",
    ]
  `);
});

test('names and versions are compared as their standards say', async () => {
  const metadata = { ...METADATA, bytes: 'Metadata-Version: 2.1\nName: Made.Of_Parts\nVersion: 1.0.0+CU118\n\nName: other\n' };
  const { facts } = await unpacked(
    [
      { ...metadata, path: 'Made.Of_Parts-1.0.dist-info/METADATA' },
      { ...WHEEL, path: 'Made.Of_Parts-1.0.dist-info/WHEEL' },
    ],
    'made_of_parts-1.0+cu118-py3-none-any.whl',
  );
  expect(facts).toMatchObject({ name: 'made-of-parts', metadataName: 'Made.Of_Parts', version: '1.0.0+CU118' });
});
