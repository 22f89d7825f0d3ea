import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Digest, digestOf, type Sha256 } from '../../src/model/digest.ts';
import { directoryDigest } from '../../src/model/tree.ts';
import { REFERENCES_FILE, WRITABLE_DIRECTORY } from '../../src/store/environments.ts';
import { HOUR, type StoreRig, storeRig, temporaryDirectory } from './rig.ts';

describe('an environment', () => {
  test('is found under the digest of its own directory', () => {
    const rig = storeRig();
    const { key, path } = environment(rig, tree(rig, 'a'));
    expect(rig.reopen().environmentPath(key)).toBe(path);
    expect(readFileSync(join(path, 'part/file'), 'utf8')).toBe('a');
    expect(rig.store.verify({ repair: false }).corrupt).toEqual([]);
  });

  test('is not written again when it is there', () => {
    const rig = storeRig();
    const { key, path } = environment(rig, tree(rig, 'a'));
    const again = rig.reopen().keepEnvironment(key, () => {
      throw new Error('written again');
    });
    expect(again).toBe(path);
  });

  test('leaves nothing when writing it fails', () => {
    const rig = storeRig();
    expect(() => rig.store.keepEnvironment(digestOf('x'), writeHalf)).toThrow('interrupted');
    expect(existsSync(join(rig.directory, 'v1/environments'))).toBe(false);
    expect(readdirSync(join(rig.directory, 'v1/tmp')).flatMap((name) => readdirSync(join(rig.directory, 'v1/tmp', name)))).toEqual([]);
  });

  test('stays itself when programs write byte code', () => {
    const rig = storeRig();
    const { path } = environment(rig, tree(rig, 'a'));
    writeFileSync(join(path, WRITABLE_DIRECTORY, 'module.pyc'), 'byte code');
    expect(rig.store.verify({ repair: false }).corrupt).toEqual([]);
  });

  test('that somebody wrote into is found and dropped by verification', () => {
    const rig = storeRig();
    const { key, path } = environment(rig, tree(rig, 'a'));
    chmodSync(path, 0o755);
    writeFileSync(join(path, 'intruder'), '');
    const report = rig.store.verify({ repair: true });
    expect(report.corrupt).toMatchObject([{ kind: 'environment', path, reason: 'wrong-content' }]);
    expect(rig.store.environmentPath(key)).toBeUndefined();
  });

  test('whose link was turned elsewhere is found by verification', () => {
    const rig = storeRig();
    const { path } = environment(rig, tree(rig, 'a'));
    chmodSync(path, 0o755);
    unlinkSync(join(path, 'part'));
    symlinkSync('/tmp', join(path, 'part'));
    expect(rig.store.verify({ repair: false }).corrupt).toMatchObject([{ kind: 'environment', reason: 'wrong-content' }]);
  });

  test('that needs a tree which is gone is found by verification', () => {
    const rig = storeRig();
    const part = tree(rig, 'a');
    environment(rig, part);
    rig.store.dropTree(part);
    expect(rig.store.verify({ repair: false }).corrupt).toMatchObject([{ kind: 'environment', reason: 'wrong-content' }]);
  });
});

describe('collection', () => {
  test('keeps an environment that a result link points to, and all its trees', () => {
    const rig = storeRig();
    const link = join(temporaryDirectory(), 'result');
    const part = tree(rig, 'part');
    const { key } = environment(rig, part);
    rig.store.linkEnvironment(key, link);
    expect(collect(rig)).toMatchObject({ removed: { environment: 0, tree: 0 } });
    expect(readFileSync(join(link, 'part/file'), 'utf8')).toBe('part');
    rmSync(link);
    expect(collect(rig)).toMatchObject({ removed: { environment: 1, tree: 1 }, deadRoots: 1, bytesAfter: 0 });
    expect(rig.store.treePath(part)).toBeUndefined();
  });

  test('takes environments before anything else, and leaves the trees they linked to when that is enough', () => {
    const rig = storeRig();
    const old = rig.store.putBlob('something older');
    rig.ahead = HOUR;
    const part = tree(rig, 'part');
    const { key } = environment(rig, part);
    const { bytes } = rig.store.statistics();
    expect(collect(rig, bytes - 1)).toMatchObject({ removed: { environment: 1, tree: 0, blob: 0 } });
    expect([rig.store.environmentPath(key), rig.store.treePath(part), rig.store.readBlob(old)]).toEqual([
      undefined,
      expect.any(String),
      expect.any(Buffer),
    ]);
  });

  test('replaces a link to a tree by one to an environment, and the other way round', () => {
    const rig = storeRig();
    const link = join(temporaryDirectory(), 'result');
    const part = tree(rig, 'part');
    const { key, path } = environment(rig, part);
    rig.store.linkResult(part, link);
    rig.store.linkEnvironment(key, link);
    expect(readdirSync(link).toSorted()).toEqual(readdirSync(path).toSorted());
    rig.store.linkResult(part, link);
    expect(readdirSync(link)).toEqual(['file']);
  });
});

describe('the listing of a tree', () => {
  test('tells every directory with the digests it has as a tree of its own', () => {
    const rig = storeRig();
    const inner = rig.store.putTree(new Map([['deep/x.so', { kind: 'file', bytes: Buffer.from('elf'), executable: true }]]));
    const outer = rig.store.putTree(
      new Map([
        ['site/package/deep/x.so', { kind: 'file', bytes: Buffer.from('elf'), executable: true }],
        ['site/package-1.dist-info/METADATA', { kind: 'file', bytes: Buffer.from('Name: package'), executable: false }],
        ['site/link', { kind: 'symlink', target: 'package' }],
      ]),
    );
    for (const store of [rig.store, rig.reopen()]) {
      const listing = store.listTree(outer);
      expect(listing?.directory('site')?.directories.get('package')).toEqual(inner);
      expect(listing?.directory('site')?.symlinks.get('link')).toBe('package');
      expect(listing?.directory('site/package/deep')?.files.get('x.so')).toEqual({ digest: digestOf('elf'), executable: true });
      expect(listing?.directory('site/package-1.dist-info')?.files.get('METADATA')?.digest).toEqual(digestOf('Name: package'));
      expect(listing?.directory('site/nothing')).toBeUndefined();
    }
  });

  test('of a tree that is not there is not there', () => {
    expect(storeRig().store.listTree(digestOf('nothing'))).toBeUndefined();
  });

  test('is made again when its notes are lost', () => {
    const rig = storeRig();
    const part = tree(rig, 'part');
    rig.store.listTree(part);
    rmSync(join(rig.directory, 'v1/notes/listing-whole'), { recursive: true });
    expect(rig.reopen().listTree(part)?.directory('')?.files.get('file')?.digest).toEqual(digestOf('part'));
  });
});

function writeHalf(directory: string): never {
  writeFileSync(join(directory, 'half'), '');
  throw new Error('interrupted');
}

function tree(rig: StoreRig, content: string): Digest {
  return rig.store.putTree(new Map([['file', { kind: 'file', bytes: Buffer.from(content), executable: false }]]));
}

/** An environment with one link, `part`, to a tree. */
function environment(rig: StoreRig, part: Digest): { readonly key: Digest; readonly path: string } {
  const target = rig.store.treePath(part) ?? '';
  const references = `tree ${part.hash satisfies Sha256}\n`;
  const key = directoryDigest({
    files: [{ name: REFERENCES_FILE, digest: digestOf(references), executable: false }],
    directories: [{ name: 'bin', digest: directoryDigest({ files: [], directories: [], symlinks: [] }) }],
    symlinks: [{ name: 'part', target }],
  });
  const path = rig.store.keepEnvironment(key, (directory) => {
    writeFileSync(join(directory, REFERENCES_FILE), references);
    mkdirSync(join(directory, 'bin'));
    symlinkSync(target, join(directory, 'part'));
  });
  return { key, path };
}

/** Two hours later, as nobody runs any more. */
function collect(rig: StoreRig, maxBytes = 0): unknown {
  rig.store.close();
  rig.ahead += 2 * HOUR;
  return rig.store.gc({ maxBytes, dryRun: false });
}
