import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { digestOf } from '../../../src/model/digest.ts';
import { keepWheel } from '../../../src/python/wheel/keep-wheel.ts';
import { unpackWheel } from '../../../src/python/wheel/unpack-wheel.ts';
import { storeRig } from '../../store/rig.ts';
import { type MadeEntry, makeArchive } from './made-archive.ts';
import { FILENAME, METADATA, RECORD, refusal, shown, unpackBytes, unpacked, WHEEL, wheelOf } from './wheel-rig.ts';

/** First line and facts of what is said about a wheel with these entries. */
async function refused(...entries: readonly MadeEntry[]): Promise<string> {
  return refusal(makeArchive(wheelOf(...entries)));
}

function message(text: string): string {
  return text.split('\n')[0] ?? '';
}

test('nothing of a refused wheel is kept', async () => {
  const { result, store } = await unpackBytes(makeArchive(wheelOf({ path: 'ok.py', bytes: 'x' }, { path: 'bad.py', bytes: 'x', crc: 1 })));
  expect(result.ok).toBe(false);
  const trees = join(store.directory, 'v1/trees');
  expect(existsSync(trees) ? readdirSync(trees) : []).toEqual([]);
  const scratch = readdirSync(join(store.directory, 'v1/tmp'), { recursive: true });
  expect(scratch.filter((name) => String(name).endsWith('.py'))).toEqual([]);
});

test.each([
  ['/etc/passwd', 'has an absolute path'],
  ['../outside.py', 'climbs out of its directory'],
  ['made/../../outside.py', 'climbs out of its directory'],
  ['made\\outside.py', 'has a backslash in its path'],
  ['C:/outside.py', 'has a drive letter in its path'],
  ['made//x.py', 'has an empty or `.` component in its path'],
  ['./made/x.py', 'has an empty or `.` component in its path'],
  ['made/nul\0.py', 'has a NUL in its path'],
  [`${'a/'.repeat(600)}x.py`, 'has a path of more than 1024 bytes'],
  ['made-1.0.data/secrets/x', 'is data of an unknown kind'],
  ['made-1.0.data/x', 'is data of an unknown kind'],
])('an entry `%s` is refused', async (path, why) => {
  const text = await refused({ path });
  expect(message(text)).toMatch(/^error\[F0941\]/);
  expect(message(text)).toContain(why);
});

test.each([
  [0o120777, 'is a symlink'],
  [0o060644, 'is a device or of an unknown kind'],
  [0o010644, 'is a device or of an unknown kind'],
  [0o040755, 'is a directory with a name of a file'],
])('an entry of mode %o is refused', async (mode, why) => {
  expect(message(await refused({ path: 'made/x', bytes: 'target', mode }))).toBe(
    `error[F0941]: wheel \`${FILENAME}\` is refused: entry \`made/x\` ${why}`,
  );
});

test('two entries for one place are refused, and both are named', async () => {
  expect(await refused({ path: 'made/x.py' }, { path: 'made/x.py' })).toMatchInlineSnapshot(`
    "error[F0942]: wheel \`made-1.0-py3-none-any.whl\` is refused: it holds \`made/x.py\` twice
      first   made/x.py
      second  made/x.py
    hint: which of them an installer leaves in place is chance: use another version, and tell its authors
    "
  `);
  expect(await refused({ path: 'made/x.py' }, { path: 'made/X.py' })).toMatchInlineSnapshot(`
    "error[F0942]: wheel \`made-1.0-py3-none-any.whl\` is refused: two entries differ only in case, which is one file on some systems
      first   made/x.py
      second  made/X.py
    hint: which of them an installer leaves in place is chance: use another version, and tell its authors
    "
  `);
  expect(await refused({ path: 'made/x' }, { path: 'made/x/y.py' })).toMatchInlineSnapshot(`
    "error[F0942]: wheel \`made-1.0-py3-none-any.whl\` is refused: one path is both a file and a directory
      first   made/x
      second  made/x/y.py
    hint: which of them an installer leaves in place is chance: use another version, and tell its authors
    "
  `);
  expect(await refused({ path: 'made/x.py' }, { path: 'made-1.0.data/purelib/made/x.py' })).toMatchInlineSnapshot(`
    "error[F0942]: wheel \`made-1.0-py3-none-any.whl\` is refused: two entries are installed to the same path
      first   made/x.py
      second  made-1.0.data/purelib/made/x.py
    hint: which of them an installer leaves in place is chance: use another version, and tell its authors
    "
  `);
  expect(message(await refused({ path: 'made/x' }, { path: 'made/x/' }))).toContain('one path is both a file and a directory');
  expect(message(await refused({ path: 'made/\u00E9' }, { path: 'made/e\u0301' }))).toContain('differ only in case');
  expect(message(await refused({ path: 'made/a' }, { path: 'made-1.0.data/platlib/made/a/b' }))).toContain(
    'two entries are installed to the same path',
  );
});

test('a wheel without the metadata of one is refused', async () => {
  expect(await refusal(makeArchive([{ path: 'made.py' }]))).toMatchInlineSnapshot(`
    "error[F0943]: wheel \`made-1.0-py3-none-any.whl\` is no wheel: it has no \`.dist-info\` directory
    hint: build it again with a current build backend, or use another version
    "
  `);
  expect(message(await refusal(makeArchive([METADATA, RECORD])))).toContain('its `.dist-info` has no `WHEEL`');
  expect(message(await refusal(makeArchive([WHEEL, RECORD])))).toContain('its `.dist-info` has no `METADATA`');
  expect(message(await refused({ path: 'other-1.0.dist-info/METADATA' }))).toContain(
    'it has more than one `.dist-info` directory: `made-1.0.dist-info`, `other-1.0.dist-info`',
  );
  expect(message(await refusal(makeArchive([{ ...METADATA, bytes: 'Version: 1.0\n' }, WHEEL])))).toContain('has no `Name`');
  expect(message(await refusal(makeArchive([METADATA, { ...WHEEL, bytes: 'Tag: x\n' }])))).toContain(
    'does not say which version of the format',
  );
});

test('a wheel that says something else than its file name is refused', async () => {
  const bytes = makeArchive(wheelOf());
  expect(await refusal(bytes, 'other-1.0-py3-none-any.whl')).toMatchInlineSnapshot(`
    "error[F0944]: wheel \`other-1.0-py3-none-any.whl\` says another name inside than in its file name
      file name  other
      METADATA   made
    hint: it was renamed by hand or built wrongly: build it again, or use another version
    "
  `);
  expect(await refusal(bytes, 'made-1.1-py3-none-any.whl')).toMatchInlineSnapshot(`
    "error[F0944]: wheel \`made-1.1-py3-none-any.whl\` says another version inside than in its file name
      file name  1.1
      METADATA   1.0
    hint: it was renamed by hand or built wrongly: build it again, or use another version
    "
  `);
  expect(await refusal(bytes, 'made.zip')).toMatchInlineSnapshot(`
    "error[F0944]: \`made.zip\` is not the file name of a wheel
    hint: wheels are named \`NAME-VERSION-PYTHON-ABI-PLATFORM.whl\`: give it the name it was built with
    "
  `);
});

test('a wheel of a later format is refused, one of a later revision of it is not', async () => {
  expect(await refusal(makeArchive([METADATA, { ...WHEEL, bytes: 'Wheel-Version: 2.0\n' }]))).toMatchInlineSnapshot(`
    "error[F0945]: wheel \`made-1.0-py3-none-any.whl\` has version 2.0 of the wheel format, and this Ferrule reads version 1
    hint: use a newer Ferrule, or another version of the distribution
    "
  `);
  await unpacked([METADATA, { ...WHEEL, bytes: 'Wheel-Version: 1.9\n' }]);
});

test('a damaged archive is refused', async () => {
  const whole = makeArchive(wheelOf({ path: 'made.py', bytes: 'x = 1\n'.repeat(1000) }));
  expect(await refusal(whole.subarray(0, -30))).toMatchInlineSnapshot(`
    "error[F0940]: wheel \`made-1.0-py3-none-any.whl\` is cut short or damaged
      problem  it has no end record: no zip archive, or cut short
    hint: if its hash is the one in the lock, whoever built it published it damaged: use another version
    "
  `);
  expect(await refusal(whole.subarray(0, 200))).toContain('it has no end record');
  expect(await refusal(Buffer.alloc(0))).toContain('it has no end record');
  expect(await refusal(Buffer.concat([Buffer.from('#!/bin/sh\n'), whole]))).toContain('other bytes stand around it');
  expect(await refusal(makeArchive(wheelOf(), { count: 9 }))).toContain('its directory lists 3 entries and its end says 9');
  expect(await refused({ path: 'made.py', bytes: 'x', crc: 1 })).toContain('entry `made.py` has the wrong checksum');
  expect(await refused({ path: 'made.py', bytes: 'x'.repeat(100_000), crc: 1 })).toContain('entry `made.py` has the wrong checksum');
  expect(await refused({ path: 'made.py', bytes: Buffer.alloc(17 << 20, 1), crc: 1 })).toContain('entry `made.py` has the wrong checksum');
  expect(await refused({ path: 'made.py', bytes: 'x'.repeat(100), size: 99 })).toContain('does not unpack to the 99 bytes it says');
  expect(await refused({ path: 'made.py', bytes: 'x'.repeat(100), size: 101 })).toContain('does not unpack to the 101 bytes it says');
  expect(await refused({ path: 'made.py', bytes: 'x'.repeat(100_000), size: 99_999 })).toContain(
    'does not unpack to the 99999 bytes it says',
  );
  expect(await refused({ path: 'made.py', localPath: 'evil.py' })).toContain('has another name in its own header');
  expect(await refused({ path: 'made.py', offset: 1 })).toContain('does not stand where the directory says');
  expect(await refused({ path: 'made.py', rawName: Buffer.from([0xff, 0xfe]) })).toContain('is not UTF-8');
});

test('an entry inside the data of another is refused', async () => {
  const inner: MadeEntry = { path: 'inner.py', bytes: 'x', method: 'stored' };
  const outer: MadeEntry = { path: 'outer.py', bytes: makeArchive([inner]), method: 'stored' };
  const offset = 30 + outer.path.length;
  expect(await refused(outer, { ...inner, offset })).toContain('entry `inner.py` overlaps another');
});

test('deflated data that is none is refused', async () => {
  const bytes = makeArchive(wheelOf({ path: 'made.py', bytes: 'x = 1\n'.repeat(1000) }));
  bytes.fill(0xff, 40, 60);
  expect(await refusal(bytes)).toContain('F0940');
});

test('what would fill the disk is refused before anything is unpacked', async () => {
  const bytes = makeArchive(wheelOf({ path: 'bomb', bytes: 'x', size: 300 << 20 }));
  expect(await refusal(bytes)).toMatchInlineSnapshot(`
    "error[F0946]: wheel \`made-1.0-py3-none-any.whl\` unpacks to more than a wheel of its size may
      unpacked  314572923 bytes
      limit     268435456 bytes
    hint: it is likely made to fill disks: do not use it
    "
  `);
});

test('methods that Node does not have are named', async () => {
  expect(await refused({ path: 'made.py', bytes: 'x', method: 12 })).toMatchInlineSnapshot(`
    "error[F0947]: entry \`made.py\` of wheel \`made-1.0-py3-none-any.whl\` is packed by a method that cannot be read: bzip2
    hint: use another version or, if you build it, pack it with deflate
    "
  `);
  expect(message(await refused({ path: 'made.py', bytes: 'x', method: 77 }))).toContain('number 77');
  expect(message(await refused({ path: 'made.py', bytes: 'x', method: 'stored', flags: 1 }))).toContain('encryption');
});

test('Zstandard is read where Node has it, and refused by name where not', async () => {
  const compress: unknown = Reflect.get(zlib, 'zstdCompressSync');
  const text = Buffer.from('x = 1\n'.repeat(1000));
  const packed: unknown = typeof compress === 'function' ? Reflect.apply(compress, undefined, [text]) : text;
  if (!Buffer.isBuffer(packed)) throw new Error('Zstandard gave no bytes');
  const { result } = await unpackBytes(makeArchive(wheelOf({ path: 'made.py', bytes: text, method: 93, packed })));
  if (typeof compress === 'function') expect(result.ok).toBe(true);
  else expect(result.ok ? '' : result.diagnostics[0]?.message).toContain('a method that cannot be read: Zstandard');
});

test.each(['python', 'python3', 'python3.13', 'pythonw'])('a script named `%s` is refused', async (name) => {
  const text = await refused({ path: 'made-1.0.dist-info/entry_points.txt', bytes: `[console_scripts]\n${name} = made:main\n` });
  expect(message(text)).toBe(
    `error[F0948]: wheel \`${FILENAME}\` has a bad \`entry_points.txt\`: script name \`${name}\` is reserved for the interpreter`,
  );
});

function scriptsFile(line: string): MadeEntry {
  return { path: 'made-1.0.dist-info/entry_points.txt', bytes: `[gui_scripts]\n${line}\n` };
}

test('a script that would be written elsewhere, or is no script, is refused', async () => {
  expect(await refused(scriptsFile('../x = made:main'))).toContain('leaves the directory of scripts');
  expect(await refused(scriptsFile('x: made:main'))).toContain('is not of the form `name = module:attribute`');
  expect(await refused(scriptsFile('x = '))).toContain('is not of the form `name = module:attribute`');
  expect(await refused(scriptsFile('x = made main'))).toContain('is not of the form `name = module:attribute`');
});

test('an archive that is not there is reported with what the system says', async () => {
  const { store } = storeRig();
  const result = await unpackWheel({ store, path: '/nowhere/x.whl', digest: digestOf('x'), filename: FILENAME });
  expect(result.ok ? '' : result.diagnostics.map(shown).join('\n')).toMatchInlineSnapshot(`
    "error[F0949]: wheel \`made-1.0-py3-none-any.whl\` cannot be read
      file   /nowhere/x.whl
      error  ENOENT
    hint: make the file readable, or run again so that it is fetched anew
    "
  `);
});

test('files that are kept without an archive are checked in the same way', () => {
  const { store } = storeRig();
  const bytes = Buffer.from('x');
  const result = keepWheel({ store, filename: FILENAME, files: new Map([['../x', { kind: 'bytes', bytes, executable: false }]]) });
  expect(result.ok ? [] : result.diagnostics.map(({ code }) => code)).toEqual(['F0941']);
});
