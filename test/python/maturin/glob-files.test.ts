import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globFiles } from '../../../src/python/maturin/glob-files.ts';
import { readDirectories } from '../../../src/repository/directory-listings.ts';
import { DiskProbe } from '../../../src/source/disk-probe.ts';

describe('a pattern names files', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'ferrule-glob-'));
    for (const path of ['a.txt', 'b.md', '.hidden.txt', 'x/a.txt', 'x/y/a.txt', 'x/y/z/b.txt', 'x/[odd].txt', 'x-1/a.txt', 'ü.txt']) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), '');
    }
    symlinkSync('x/y', join(root, 'linked'));
    symlinkSync('nowhere', join(root, 'broken.txt'));
    symlinkSync('.', join(root, 'x/round'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  function found(pattern: string): readonly string[] | undefined {
    return globFiles({ pattern, root, disk: { directories: readDirectories, probe: new DiskProbe() } });
  }

  it.each<readonly [pattern: string, files: readonly string[] | undefined]>([
    ['a.txt', ['a.txt']],
    ['*.txt', ['.hidden.txt', 'a.txt', 'ü.txt']],
    ['?.txt', ['a.txt', 'ü.txt']],
    ['[!ab].txt', ['ü.txt']],
    ['[a-b].*', ['a.txt', 'b.md']],
    ['x/[[]odd].txt', ['x/[odd].txt']],
    ['x/y/**/b.txt', ['x/y/z/b.txt']],
    ['linked/*', ['linked/a.txt']],
    ['x/*/a.txt', ['x/round/a.txt', 'x/y/a.txt']],
    ['x/y/**', []],
    ['x/y/**/*', ['x/y/a.txt', 'x/y/z/b.txt']],
    ['./x//y/*.txt', ['x/y/a.txt']],
    ['missing/*.txt', []],
    ['x/', []],
    ['../*', undefined],
    ['/etc/*', undefined],
    ['a**b', undefined],
    ['[ab', undefined],
    ['[b-a]', undefined],
  ])('%s', (pattern, files) => {
    expect(found(pattern)).toEqual(files);
  });

  it('as Python’s own glob finds them, in order', () => {
    const script =
      'import glob, json, os, sys; os.chdir(sys.argv[1]); print(json.dumps(sorted(f for f in glob.glob(sys.argv[2], recursive=True) if os.path.isfile(f))))';
    for (const pattern of ['x-1/**/*.txt', 'x/y/**/*.txt', '*/*.txt', 'x*/[a-z].txt']) {
      const theirs: readonly string[] = JSON.parse(execFileSync('python3', ['-c', script, root, pattern], { encoding: 'utf8' }));
      expect((found(pattern) ?? []).toSorted()).toEqual(theirs);
    }
  });
});
