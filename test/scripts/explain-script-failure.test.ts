import { describe, expect, test } from 'vitest';
import { explainScriptFailure } from '../../src/rust/script/explain-script-failure.ts';

function explain(stderr: string, hasModule = false): ReturnType<typeof explainScriptFailure> {
  const packageRoot = '/build/registry/demo-sys-0.3.1';
  return explainScriptFailure({ stdout: '', stderr, crate: 'demo-sys', version: '0.3.1', packageRoot, hasModule: () => hasModule });
}

describe('a module that pkg-config did not find', () => {
  test('and that is installed has to be declared', () => {
    expect(explain("Package 'foo', required by 'virtual:world', not found", true)).toMatchInlineSnapshot(`
      {
        "blame": "input",
        "code": "F0803",
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
            "foo",
          ],
        ],
        "hints": [
          "add to \`ferrule.toml\`:
      [[override]]
      crate = "demo-sys"
      pkg-config = ["foo"]",
        ],
        "message": "\`demo-sys\` looked for the system library \`foo\`, which is installed but not declared",
        "severity": "error",
      }
    `);
  });

  test('and that is not installed has to be installed as well', () => {
    expect(explain('Package libpq was not found in the pkg-config search path.')).toMatchInlineSnapshot(`
      {
        "blame": "infrastructure",
        "code": "F0803",
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
            "libpq",
          ],
        ],
        "hints": [
          "Debian: apt install libpq-dev",
          "Fedora: dnf install libpq-devel",
          "Homebrew: brew install libpq",
          "nixpkgs: libpq",
          "add to \`ferrule.toml\`:
      [[override]]
      crate = "demo-sys"
      pkg-config = ["libpq"]",
        ],
        "message": "\`demo-sys\` looked for the system library \`libpq\`, which is neither declared nor installed",
        "severity": "error",
      }
    `);
  });

  test.each([
    ["Package foo was not found in the pkg-config search path.\nPerhaps you should add the directory containing `foo.pc'", 'foo'],
    ["Package 'dep', required by 'foo', not found", 'dep'],
    ['The system library `dbus-1` required by crate `libdbus-sys` was not found.', 'dbus-1'],
    [
      '`PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1" "pkg-config" "--libs" "--cflags" "libudev"` did not exit successfully: exit status: 1',
      'libudev',
    ],
    ['`"pkg-config" "--libs" "--cflags" "alsa" "alsa >= 1"` did not exit successfully: exit code: 1', 'alsa'],
    [
      '`PKG_CONFIG_LIBDIR=/build/pkg-config PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config --libs --cflags gtk4 gtk4 >= 4.0` did not exit successfully',
      'gtk4',
    ],
    ['Could not find directory of OpenSSL installation, and this `-sys` crate cannot', 'openssl'],
  ])('is recognised in %j', (stderr, module) => {
    expect(explain(stderr)).toMatchObject({ code: 'F0803', facts: [{}, {}, ['needed', module]] });
  });
});

describe('a program that is not there', () => {
  test('is named with its packages', () => {
    expect(
      explain(
        "thread 'main' panicked at cmake-0.1.50/src/lib.rs:1098:5:\n\nfailed to execute command: No such file or directory (os error 2)\nis `cmake` not installed?",
      ),
    ).toMatchInlineSnapshot(`
      {
        "blame": "infrastructure",
        "code": "F0804",
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
            "cmake",
          ],
        ],
        "hints": [
          "Debian: apt install cmake",
          "Fedora: dnf install cmake",
          "Homebrew: brew install cmake",
          "nixpkgs: cmake",
          "add to \`ferrule.toml\`:
      [[override]]
      crate = "demo-sys"
      tools = ["cmake"]",
        ],
        "message": "\`demo-sys\` ran \`cmake\`, which is not there",
        "severity": "error",
      }
    `);
  });

  test.each([
    ['Error: Custom { kind: NotFound, error: "Could not find `protoc`. If `protoc` is installed, try" }', 'protoc'],
    ["Unable to find libclang: \"couldn't find any valid shared libraries matching: ['libclang.so']", 'libclang'],
    ['error occurred in cc-rs: failed to find tool "c++": No such file or directory (os error 2)', 'c++'],
    ['Failed to find tool. Is `clang` installed?', 'clang'],
    ['sh: 1: autoconf: not found', 'autoconf'],
    ['bash: line 1: perl: command not found', 'perl'],
    ['Please verify that version 0.5.2 or higher of the capnp executable is installed on your system.', 'capnp'],
  ])('is recognised in %j', (stderr, tool) => {
    expect(explain(stderr)).toMatchObject({ code: 'F0804', facts: [{}, {}, ['needed', tool]] });
  });
});

test('a reason given as a warning on standard output counts', () => {
  const stdout =
    'cargo:rerun-if-env-changed=X\ncargo:warning=Could not find directory of OpenSSL installation, and this `-sys` crate cannot proceed';
  const failed = { stdout, stderr: '', crate: 'openssl-sys', version: '0.9.118', packageRoot: '/build/registry/x', hasModule: () => true };
  expect(explainScriptFailure(failed)?.hints).toEqual([
    'add to `ferrule.toml`:\n[[override]]\ncrate = "openssl-sys"\npkg-config = ["openssl"]',
  ]);
});

test('a reach for the network', () => {
  expect(explain('fetching\nfatal: unable to access: Could not resolve host: example.org\n')).toMatchInlineSnapshot(`
    {
      "blame": "build",
      "code": "F0422",
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
          "it said",
          "fatal: unable to access: Could not resolve host: example.org",
        ],
      ],
      "hints": [
        "look in the documentation of the crate for a feature or variable that makes it use a local copy",
        "add to \`ferrule.toml\`:
    [[override]]
    crate = "demo-sys"
    environment = { NAME = "VALUE" }",
      ],
      "message": "the build script of \`demo-sys\` reached for the network, which a build does not have",
      "severity": "error",
    }
  `);
  for (const text of ['Temporary failure in name resolution', 'error: failed to lookup address information: x', 'dns error']) {
    expect(explain(text)).toMatchObject({ code: 'F0422' });
  }
});

test('a write into the source', () => {
  const stderr = 'called `Result::unwrap()` on an `Err` value: Os { code: 30, kind: ReadOnlyFilesystem, message: "Read-only file system" }';
  expect(explain(stderr)).toMatchInlineSnapshot(`
    {
      "blame": "build",
      "code": "F0420",
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
          "it said",
          "called \`Result::unwrap()\` on an \`Err\` value: Os { code: 30, kind: ReadOnlyFilesystem, message: "Read-only file system" }",
        ],
      ],
      "hints": [
        "let the script write below the directory in \`OUT_DIR\`",
        "if it has to write beside its own sources, add to \`ferrule.toml\`:
    [[override]]
    crate = "demo-sys"
    writable-source = true",
      ],
      "message": "the build script of \`demo-sys\` wrote outside \`OUT_DIR\`",
      "severity": "error",
    }
  `);
});

describe('a file the sandbox does not show', () => {
  test('is named as the package would name it', () => {
    expect(explain('Error: No such file or directory (os error 2): `/build/registry/demo-sys-0.3.1/proto/a.proto`')).toMatchInlineSnapshot(`
      {
        "blame": "build",
        "code": "F0421",
        "facts": [
          [
            "crate",
            "demo-sys",
          ],
          [
            "version",
            "0.3.1",
          ],
        ],
        "hints": [
          "if the file exists, add to \`ferrule.toml\`:
      [[override]]
      crate = "demo-sys"
      inputs = ["proto/a.proto"]",
        ],
        "message": "the build script of \`demo-sys\` read \`proto/a.proto\`, which is not there or not declared as its input",
        "severity": "error",
      }
    `);
  });

  test('may lie outside of the package and on a line beside', () => {
    const stderr =
      "thread 'main' panicked at /build/src/app/build.rs:3:5:\ncannot read /build/src/shared/x.txt:\nNo such file or directory (os error 2)";
    expect(explain(stderr)).toMatchObject({ code: 'F0421', message: expect.stringContaining('`../../src/shared/x.txt`') });
  });
});

test('a failure of the script`s own is not explained', () => {
  expect(explain("thread 'main' panicked at /build/src/app/build.rs:3:5:\nno luck")).toBeUndefined();
  expect(
    explain("thread 'main' panicked at /build/src/app/build.rs:3:5:\ncalled `unwrap()`: No such file or directory (os error 2)"),
  ).toBeUndefined();
});
