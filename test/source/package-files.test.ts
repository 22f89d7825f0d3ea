import { mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readDirectories } from '../../src/repository/directory-listings.ts';
import { DiskProbe } from '../../src/source/disk-probe.ts';
import { packageFiles } from '../../src/source/package-files.ts';
import { temporaryDirectory } from '../repository/temporary-directory.ts';

function files(root: string, packagePath = ''): readonly string[] {
  const packageRoot = packagePath === '' ? root : `${root}/${packagePath}`;
  return packageFiles({
    packageRoot,
    repositoryRoot: root,
    directories: readDirectories,
    probe: new DiskProbe(),
    nestedPackages: 'skip',
  }).paths.toSorted();
}

test('leaves out what git ignores, by every ignore file on the way', () => {
  const root = temporaryDirectory({
    '.git/info/exclude': 'private.txt',
    '.gitignore': '*.log\n/p/out/\n',
    'p/.gitignore': 'local\n!keep.log\n',
    'p/a.rs': '',
    'p/a.log': '',
    'p/keep.log': '',
    'p/private.txt': '',
    'p/out/x': '',
    'p/sub/local': '',
    'p/sub/.gitignore': '/b.rs',
    'p/sub/b.rs': '',
    'p/sub/deep/b.rs': '',
  });
  expect(files(root, 'p')).toEqual(['.gitignore', 'a.rs', 'keep.log', 'sub/.gitignore', 'sub/deep/b.rs']);
});

test('leaves out nested packages, target at the root, version control and tagged caches', () => {
  const root = temporaryDirectory({
    'Cargo.toml': '',
    'src/lib.rs': '',
    'src/target/mod.rs': '',
    'target/debug/x': '',
    '.git/HEAD': '',
    'sub/.git': 'gitdir: x',
    'sub/a': '',
    'inner/Cargo.toml': '',
    'inner/src/lib.rs': '',
    'cache/CACHEDIR.TAG': '',
    'cache/x': '',
  });
  expect(files(root)).toEqual(['Cargo.toml', 'src/lib.rs', 'src/target/mod.rs', 'sub/a']);
});

test('a package inside an ignored directory is judged by its own ignore files', () => {
  const root = temporaryDirectory({
    '.git/HEAD': '',
    '.gitignore': 'work/*',
    'work/p/a.rs': '',
    'work/p/.gitignore': 'b.rs',
    'work/p/b.rs': '',
  });
  expect(files(root, 'work/p')).toEqual(['.gitignore', 'a.rs']);
});

test('reads through links that stay in the repository, and ends on circles', () => {
  const outside = temporaryDirectory({ 'x.txt': '', 'd/y.txt': '' });
  const root = temporaryDirectory({ 'p/a.rs': '', 'shared/s.proto': '', 'shared/deep/t.proto': '' });
  symlinkSync('../shared', `${root}/p/proto`);
  symlinkSync('../shared/s.proto', `${root}/p/s.proto`);
  symlinkSync('..', `${root}/p/up`);
  symlinkSync('.', `${root}/shared/deep/self`);
  symlinkSync('nowhere', `${root}/p/dangling`);
  symlinkSync(`${outside}/x.txt`, `${root}/p/outside.txt`);
  symlinkSync(`${outside}/d`, `${root}/p/outside`);
  mkdirSync(`${root}/p/empty`);
  expect(files(root, 'p')).toEqual(['a.rs', 'proto/deep/t.proto', 'proto/s.proto', 's.proto']);
});
