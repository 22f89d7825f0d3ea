import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NativeNeed } from '../../src/rust/native/native-libraries.ts';
import { moduleNames, parsePkgConfigFile } from '../../src/rust/native/pkg-config-file.ts';
import {
  defaultLibraryDirectories,
  findLibrary,
  pkgConfigDirectories,
  pointsPkgConfig,
  resolvePkgConfig,
} from '../../src/rust/native/system-libraries.ts';
import { resolveNeeds } from '../../src/rust/native/system-needs.ts';
import { findTool } from '../../src/rust/native/system-tools.ts';

const LINUX = 'x86_64-unknown-linux-gnu';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferrule-pc-'));
  for (const directory of ['pc', 'pc2', 'lib', 'bin']) mkdirSync(join(root, directory));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function module(name: string, lines: readonly string[], directory = 'pc'): void {
  writeFileSync(join(root, directory, `${name}.pc`), [`Name: ${name}`, 'Description: test', 'Version: 1.0', ...lines, ''].join('\n'));
}

function file(name: string): string {
  writeFileSync(join(root, 'lib', name), name);
  return join(root, 'lib', name);
}

function resolve(...modules: readonly string[]): ReturnType<typeof resolvePkgConfig> {
  return resolvePkgConfig({ modules, places: { pkgConfig: [join(root, 'pc'), join(root, 'pc2')], libraries: [join(root, 'lib')] } });
}

describe('a .pc file', () => {
  test('has fields with variables replaced, over continued lines, without comments', () => {
    const text = [
      'prefix=/opt/x # the place',
      'libdir = ${prefix}/lib',
      'Requires: a >= 1.2, b',
      'Requires.private: c \\',
      '  d<2 , e != 3',
      'Libs: -L${libdir} -lx "-L/with space/lib" ${nothing}',
      'Libs.private: -lm',
      'Cflags: -I${prefix}/include',
    ].join('\n');
    expect(parsePkgConfigFile(text, '/usr/lib/pkgconfig')).toEqual({
      requires: ['a', 'b'],
      requiresPrivate: ['c', 'd', 'e'],
      libraries: ['-L/opt/x/lib', '-lx', '-L/with space/lib', '-lm'],
      text,
    });
  });

  test('means the same in another directory', () => {
    const parsed = parsePkgConfigFile('prefix=${pcfiledir}/../..\nLibs: -L${prefix}/lib -lx', '/opt/x/lib/pkgconfig');
    expect(parsed.text).toBe('prefix=/opt/x/lib/pkgconfig/../..\nLibs: -L${prefix}/lib -lx');
    expect(parsed.libraries).toEqual(['-L/opt/x/lib/pkgconfig/../../lib', '-lx']);
  });

  test('may list modules with or without commas and with conditions', () => {
    expect(moduleNames('glib-2.0 >= 2.50 gtk+-3.0,x11 = 1')).toEqual(['glib-2.0', 'gtk+-3.0', 'x11']);
  });
});

describe('modules', () => {
  test('bring the closure of what they require, private requirements too, sorted', () => {
    module('top', ['Requires: middle', 'Requires.private: hidden', 'Libs: -ltop']);
    module('middle', ['Requires: bottom >= 1.0']);
    module('bottom', ['Requires: top']);
    module('hidden', ['Libs: -lhidden'], 'pc2');
    module('stranger', []);
    const { found, missing } = resolve('top');
    expect(missing).toEqual([]);
    expect(found.map((one) => [one.name, one.path])).toEqual([
      ['bottom', join(root, 'pc/bottom.pc')],
      ['hidden', join(root, 'pc2/hidden.pc')],
      ['middle', join(root, 'pc/middle.pc')],
      ['top', join(root, 'pc/top.pc')],
    ]);
  });

  test('are taken from the first directory that has them', () => {
    module('twice', ['Libs: -lfirst']);
    module('twice', ['Libs: -lsecond'], 'pc2');
    expect(resolve('twice').found.map((one) => one.path)).toEqual([join(root, 'pc/twice.pc')]);
  });

  test('are missing when they or a public requirement are not there; a private one may be', () => {
    module('top', ['Requires: gone', 'Requires.private: other']);
    module('fine', ['Requires.private: gone']);
    const { found, missing } = resolve('top', 'nowhere >= 2', 'fine');
    expect(missing).toEqual([
      { name: 'top', absent: 'gone' },
      { name: 'nowhere', absent: 'nowhere' },
    ]);
    expect(found.map((one) => one.name)).toEqual(['fine']);
  });

  test('name the library files they lead to: what a symbolic link points at, and the archive', () => {
    const real = file('libx.so.1.2');
    symlinkSync('libx.so.1.2', join(root, 'lib/libx.so'));
    const archive = file('libx.a');
    const direct = file('libdirect.a');
    module('x', [`Libs: -L${join(root, 'lib')} -lx ${direct} -lnowhere -framework Foo`]);
    expect(resolve('x').found[0]?.libraries).toEqual([direct, archive, real].toSorted());
  });
});

describe('libraries by name', () => {
  test('are looked for in every directory, shared and static apart', () => {
    const archive = file('libz.a');
    expect(findLibrary('z', [join(root, 'bin'), join(root, 'lib')])).toEqual([archive]);
    expect(findLibrary('none', [join(root, 'lib')])).toEqual([]);
    expect(findLibrary(':libz.a', [join(root, 'lib')])).toEqual([archive]);
  });

  test('come from the multiarch directory of Debian among others', () => {
    expect(defaultLibraryDirectories(LINUX)).toContain('/usr/lib/x86_64-linux-gnu');
    expect(defaultLibraryDirectories('i686-unknown-linux-gnu')).toContain('/usr/lib/i386-linux-gnu');
    expect(defaultLibraryDirectories('armv7-unknown-linux-gnueabihf')).toContain('/usr/lib/arm-linux-gnueabihf');
  });
});

test('the directories of pkg-config are the user`s, then its own', () => {
  expect(pkgConfigDirectories({ userPath: '/a:/b:', builtIn: '/b:/c\n', triple: LINUX })).toEqual(['/a', '/b', '/c']);
  expect(pkgConfigDirectories({ userPath: undefined, builtIn: undefined, triple: LINUX })).toContain('/usr/lib/x86_64-linux-gnu/pkgconfig');
});

test('variables that lead pkg-config elsewhere are known in all their spellings', () => {
  const leading = [
    'PKG_CONFIG',
    'HOST_PKG_CONFIG',
    'PKG_CONFIG_x86_64-unknown-linux-gnu',
    'PKG_CONFIG_PATH',
    'HOST_PKG_CONFIG_LIBDIR',
    'TARGET_PKG_CONFIG_SYSROOT_DIR',
    'PKG_CONFIG_PATH_x86_64_unknown_linux_gnu',
  ];
  expect(leading.filter((name) => !pointsPkgConfig(name))).toEqual([]);
  expect(['PKG_CONFIG_ALL_STATIC', 'PKG_CONFIG_ALLOW_CROSS', 'MY_PKG_CONFIG', 'OPENSSL_STATIC'].filter(pointsPkgConfig)).toEqual([]);
});

function places(): Parameters<typeof findTool>[1] {
  return { path: [join(root, 'bin')], triple: 'none', libclangPath: join(root, 'lib') };
}

function program(name: string, mode = 0o755): string {
  const path = join(root, 'bin', name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

describe('tools', () => {
  test('are executable files on the path, under any of their names', () => {
    program('cmake', 0o644);
    const gmake = program('gmake');
    expect(findTool('cmake', places())).toBeUndefined();
    expect(findTool('make', places())).toEqual({ name: 'make', path: gmake, realPath: gmake });
  });

  test('llvm-config and libclang of the highest version are taken', () => {
    program('llvm-config-9');
    const newest = program('llvm-config-19');
    file('libclang-9.so.1');
    const clang = file('libclang-19.so.1');
    file('libclang-cpp.so.19');
    expect(findTool('llvm-config', places())?.path).toBe(newest);
    expect(findTool('libclang', places())?.realPath).toBe(clang);
  });
});

function need(name: string, required = true): NativeNeed {
  return { name, required };
}

function resolveAll(needs: Parameters<typeof resolveNeeds>[0]['needs']): ReturnType<typeof resolveNeeds> {
  return resolveNeeds({
    crate: 'demo-sys',
    version: '0.3.1',
    needs,
    libraryPlaces: { pkgConfig: [join(root, 'pc')], libraries: [join(root, 'lib')] },
    toolPlaces: { path: [join(root, 'bin')], triple: 'none', libclangPath: undefined },
  });
}

describe('needs of a crate', () => {
  test('that are optional and missing are passed over', () => {
    const archive = file('libq.a');
    const result = resolveAll({ modules: [need('zlib', false)], libraries: [need('q'), need('r', false)], tools: [need('cmake', false)] });
    expect(result).toEqual({ ok: true, value: { modules: [], libraries: [archive], tools: [] } });
  });

  test('a missing module names its package in four places', () => {
    const result = resolveAll({ modules: [need('openssl')], libraries: [], tools: [] });
    expect(result).toMatchInlineSnapshot(`
      {
        "diagnostics": [
          {
            "blame": "infrastructure",
            "code": "F0801",
            "facts": [
              [
                "crate",
                "demo-sys",
              ],
              [
                "version",
                "0.3.1",
              ],
              [
                "needed",
                "openssl (pkg-config module, openssl.pc)",
              ],
            ],
            "hints": [
              "Debian: apt install libssl-dev",
              "Fedora: dnf install openssl-devel",
              "Homebrew: brew install openssl@3",
              "nixpkgs: openssl",
            ],
            "message": "\`demo-sys\` needs the system library \`openssl\`, and it is not installed",
            "severity": "error",
          },
        ],
        "ok": false,
      }
    `);
  });

  test('a missing program does too, and a library', () => {
    const result = resolveAll({ modules: [], libraries: [need('pam')], tools: [need('protoc')] });
    expect(result).toMatchInlineSnapshot(`
      {
        "diagnostics": [
          {
            "blame": "infrastructure",
            "code": "F0801",
            "facts": [
              [
                "crate",
                "demo-sys",
              ],
              [
                "version",
                "0.3.1",
              ],
              [
                "needed",
                "libpam",
              ],
            ],
            "hints": [
              "Debian: apt install libpam0g-dev",
              "Fedora: dnf install pam-devel",
              "nixpkgs: pam",
            ],
            "message": "\`demo-sys\` needs the system library \`pam\`, and it is not installed",
            "severity": "error",
          },
          {
            "blame": "infrastructure",
            "code": "F0802",
            "facts": [
              [
                "crate",
                "demo-sys",
              ],
              [
                "version",
                "0.3.1",
              ],
              [
                "needed",
                "protoc",
              ],
            ],
            "hints": [
              "Debian: apt install protobuf-compiler",
              "Fedora: dnf install protobuf-compiler",
              "Homebrew: brew install protobuf",
              "nixpkgs: protobuf",
            ],
            "message": "\`demo-sys\` needs the program \`protoc\`, and it is not installed",
            "severity": "error",
          },
        ],
        "ok": false,
      }
    `);
  });

  test('a module nobody knows says how to find it, and a requirement says through which', () => {
    module('mine', ['Requires: exotic']);
    const result = resolveAll({ modules: [need('mine')], libraries: [], tools: [] });
    expect(result).toMatchInlineSnapshot(`
      {
        "diagnostics": [
          {
            "blame": "infrastructure",
            "code": "F0801",
            "facts": [
              [
                "crate",
                "demo-sys",
              ],
              [
                "version",
                "0.3.1",
              ],
              [
                "needed",
                "exotic (pkg-config module, exotic.pc)",
              ],
            ],
            "hints": [
              "Debian: apt-file search exotic.pc",
              "Fedora: dnf install 'pkgconfig(exotic)'",
              "nixpkgs: nix-locate exotic.pc",
            ],
            "message": "\`demo-sys\` needs the system library \`exotic\`, which \`mine\` requires, and it is not installed",
            "severity": "error",
          },
        ],
        "ok": false,
      }
    `);
  });
});

/** What pkg-config prints for a module; `undefined`: it does not know it. */
function ask(module: string, environment: Readonly<Record<string, string>> = {}): string | undefined {
  const env = { PATH: process.env['PATH'], ...environment };
  const run = spawnSync('pkg-config', ['--cflags', '--libs', module], { encoding: 'utf8', env });
  return run.status === 0 ? run.stdout : undefined;
}

const hasPkgConfig = spawnSync('pkg-config', ['--version']).status === 0;

test.skipIf(!hasPkgConfig)('pkg-config says the same about the copied files as about the machine`s own', () => {
  const builtIn = spawnSync('pkg-config', ['--variable', 'pc_path', 'pkg-config'], { encoding: 'utf8' }).stdout;
  const places = {
    pkgConfig: pkgConfigDirectories({ userPath: undefined, builtIn, triple: LINUX }),
    libraries: defaultLibraryDirectories(LINUX),
  };
  for (const name of ['openssl', 'sqlite3', 'freetype2', 'fontconfig', 'glib-2.0', 'libcurl', 'zlib', 'gtk+-3.0']) {
    const expected = ask(name);
    const { found, missing } = resolvePkgConfig({ modules: [name], places });
    if (expected === undefined) {
      expect(missing.length + found.length, name).toBeGreaterThan(0);
      continue;
    }
    const copies = join(root, name);
    mkdirSync(copies);
    for (const one of found) writeFileSync(join(copies, `${one.name}.pc`), one.text);
    expect(ask(name, { PKG_CONFIG_LIBDIR: copies, PKG_CONFIG_PATH: '' }), name).toBe(expected);
  }
});
