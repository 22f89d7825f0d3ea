import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { type InstalledInterpreter, PYTHON_ROOT } from '../../../src/python/interpreter.ts';
import { interpreterTree } from '../../../src/python/interpreters/interpreter-tree.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import { temporaryStore } from '../../source/source-rig.ts';
import { installedAt, pythonsHere, recentInterpreters } from './installed-pythons.ts';

function treeOf(installed: InstalledInterpreter, store: DirectoryStore): string {
  const tree = interpreterTree({ installed, store });
  if (!tree.ok) throw new Error(JSON.stringify(tree.diagnostics));
  const path = store.treePath(tree.value.tree);
  if (path === undefined) throw new Error('the tree is not in the store');
  return path;
}

/** Runs the tree's Python where actions have it, with nothing but the system's libraries beside it. */
function sandboxed(tree: string, code: string): { readonly stdout: string; readonly stderr: string } {
  const system = ['/usr', '/lib', '/lib64', '/bin', '/etc/alternatives'].filter((path) => existsSync(path));
  const mounts = system.flatMap((path) => ['--ro-bind', path, path]);
  const words = [
    '--unshare-all',
    '--clearenv',
    ...mounts,
    '--ro-bind',
    tree,
    PYTHON_ROOT,
    '--tmpfs',
    '/tmp',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
  ];
  const { stdout, stderr } = spawnSync('bwrap', [...words, '--chdir', '/build', `${PYTHON_ROOT}/bin/python3`, '-c', code], {
    encoding: 'utf8',
  });
  return { stdout: stdout ?? '', stderr: stderr ?? '' };
}

const REPORT = `
import ssl, sqlite3, ctypes, zlib, hashlib, json, os, venv, sys, sysconfig, lzma, bz2, decimal, asyncio, multiprocessing, email
print(json.dumps({
  "prefix": sys.prefix, "base": sys.base_prefix, "version": list(sys.version_info[:3]), "os": json.__file__, "zlib": getattr(zlib, "__file__", None),
  "include": sysconfig.get_paths()["include"], "header": os.path.exists(sysconfig.get_config_h_filename()), "path": sys.path,
}))
`;

test('a tree of every interpreter here runs alone in a sandbox, with its compiled modules', async () => {
  const store = temporaryStore();
  const interpreters = await recentInterpreters(store);
  expect(interpreters.length).toBeGreaterThan(0);
  for (const installed of interpreters) {
    const { stdout, stderr } = sandboxed(treeOf(installed, store), REPORT);
    expect(stderr, installed.executable).toBe('');
    const { major, minor, micro } = installed.interpreter.version;
    expect(JSON.parse(stdout)).toMatchObject({
      prefix: PYTHON_ROOT,
      base: PYTHON_ROOT,
      version: [major, minor, micro],
      os: `${PYTHON_ROOT}/lib/python${major}.${minor}/json/__init__.py`,
      header: true,
    });
    expect(stdout).not.toContain('"/usr');
  }
}, 120_000);

test('an interpreter of its own prefix leaves no trace of it in the tree', async () => {
  const store = temporaryStore();
  const interpreters = (await recentInterpreters(store)).filter(({ prefix }) => prefix.startsWith('/root') || prefix.startsWith('/home'));
  for (const installed of interpreters.slice(-1)) {
    const tree = treeOf(installed, store);
    const found = filesOf(tree).filter((path) => readFileSync(join(tree, path)).includes(installed.prefix));
    expect(found).toEqual([]);
  }
}, 60_000);

test('installed packages, tests, byte code and the Makefile stay out; headers come along', async () => {
  const store = temporaryStore();
  for (const program of pythonsHere().slice(0, 1)) {
    const installed = await installedAt(program, store);
    const files = filesOf(treeOf(installed, store));
    const { major, minor } = installed.interpreter.version;
    expect(files.filter((path) => /site-packages|dist-packages|__pycache__|\/tests?\/|Makefile|EXTERNALLY-MANAGED/.test(path))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['bin/python3', `lib/python${major}.${minor}/os.py`, `include/python${major}.${minor}/Python.h`]),
    );
  }
}, 60_000);

test('a C extension compiles against the tree and is imported by it', async () => {
  const store = temporaryStore();
  const program = pythonsHere().at(0);
  if (program === undefined) throw new Error('there is no Python');
  const installed = await installedAt(program, store);
  const tree = treeOf(installed, store);
  const { major, minor } = installed.interpreter.version;
  const space = store.scratch();
  const scratch = space.path;
  const source = join(scratch, 'm.c');
  writeFileSync(
    source,
    `#include <Python.h>\nstatic struct PyModuleDef d = { PyModuleDef_HEAD_INIT, "m" };\nPyMODINIT_FUNC PyInit_m(void) { return PyModule_Create(&d); }\n`,
  );
  const include = join(tree, `include/python${major}.${minor}`);
  const compiled = spawnSync(
    'gcc',
    [
      '-shared',
      '-fPIC',
      '-nostdinc',
      '-I',
      include,
      '-isystem',
      '/usr/include',
      '-isystem',
      '/usr/include/x86_64-linux-gnu',
      '-isystem',
      gccInclude(),
      source,
      '-o',
      join(scratch, 'm.so'),
    ],
    { encoding: 'utf8' },
  );
  expect(compiled.stderr).toBe('');
  const ran = spawnSync(
    join(tree, 'bin/python3'),
    ['-B', '-I', '-c', `import sys; sys.path.insert(0, ${JSON.stringify(scratch)}); import m; print(m.__name__)`],
    { encoding: 'utf8' },
  );
  expect(ran).toMatchObject({ stdout: 'm\n', stderr: '' });
  space.dispose();
}, 60_000);

function gccInclude(): string {
  return spawnSync('gcc', ['-print-file-name=include'], { encoding: 'utf8' }).stdout.trim();
}

function filesOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(directory, path)).isFile());
}
