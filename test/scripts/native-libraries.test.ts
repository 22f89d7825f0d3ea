import validRange from 'semver/ranges/valid.js';
import { describe, expect, test } from 'vitest';
import { parseCfgKey } from '../../src/rust/cargo/cfg-expression.ts';
import { BUILD_TOOLS, NOTHING_NEEDED } from '../../src/rust/native/native-build-tools.ts';
import { nativeNeeds, type NativeNeeds, type NativeQuestion, versionMeets } from '../../src/rust/native/native-libraries.ts';
import { NATIVE_LIBRARIES } from '../../src/rust/native/native-libraries-table.ts';
import type { NativeOverride } from '../../src/rust/native/native-override.ts';
import { packagesFor } from '../../src/rust/native/system-packages-table.ts';
import { declaredModules } from '../../src/rust/native/system-deps.ts';

const LINUX = {
  triple: 'x86_64-unknown-linux-gnu',
  cfg: new Set(['unix', 'target_os="linux"', 'target_env="gnu"', 'target_arch="x86_64"', 'target_vendor="unknown"']),
};
const MAC = {
  triple: 'aarch64-apple-darwin',
  cfg: new Set(['unix', 'target_os="macos"', 'target_arch="aarch64"', 'target_vendor="apple"']),
};

function ask(crate: string, changes: Partial<NativeQuestion> = {}): NativeNeeds {
  return nativeNeeds({
    crate,
    version: '1.0.0',
    links: undefined,
    features: [],
    buildDependencies: [],
    declaredModules: [],
    platform: LINUX,
    overrides: [],
    isSet: () => false,
    ...changes,
  });
}

function override(changes: Partial<NativeOverride>): NativeOverride {
  return {
    crate: 'demo-sys',
    version: undefined,
    platform: undefined,
    pkgConfig: [],
    tools: [],
    environment: {},
    passEnvironment: [],
    inputs: [],
    writableSource: false,
    patch: undefined,
    ...changes,
  };
}

const names = (list: NativeNeeds['modules']): readonly string[] => list.map((need) => `${need.name}${need.required ? '' : '?'}`);

describe('the built-in table', () => {
  test('knows what openssl-sys wants, by feature, platform and variable', () => {
    expect(names(ask('openssl-sys').modules)).toEqual(['openssl']);
    expect(names(ask('openssl-sys').tools)).toEqual(['pkg-config']);
    expect(names(ask('openssl-sys', { platform: MAC }).modules)).toEqual(['openssl?']);
    const vendored = ask('openssl-sys', { features: ['vendored'], buildDependencies: ['cc', 'openssl-src', 'pkg-config'] });
    expect([names(vendored.modules), names(vendored.tools)]).toEqual([[], ['ar?', 'c++?', 'cc?', 'make', 'perl', 'pkg-config?']]);
    expect(names(ask('openssl-sys', { isSet: (name) => name === 'OPENSSL_DIR' }).modules)).toEqual(['openssl?']);
  });

  test('lets a crate that brings its source use the system`s only when it is there', () => {
    expect(names(ask('libz-sys').modules)).toEqual(['zlib?']);
    expect(names(ask('libz-sys', { features: ['static'] }).modules)).toEqual([]);
    expect(names(ask('libsqlite3-sys').modules)).toEqual(['sqlite3']);
    expect(names(ask('libsqlite3-sys', { features: ['bundled'] }).modules)).toEqual([]);
  });

  test('keeps the machine out of crates that do not ask for it', () => {
    expect(names(ask('zstd-sys').modules)).toEqual([]);
    expect(names(ask('zstd-sys', { isSet: (name) => name === 'ZSTD_SYS_USE_PKG_CONFIG' }).modules)).toEqual(['libzstd']);
    const awsLc = { version: '0.30.0', buildDependencies: ['cc', 'cmake'] };
    expect(names(ask('aws-lc-sys', awsLc).tools)).toEqual(['ar?', 'c++?', 'cc?']);
    expect(names(ask('aws-lc-sys', { ...awsLc, platform: MAC }).tools)).toContain('cmake?');
    expect(names(ask('aws-lc-sys', { ...awsLc, isSet: (name) => name === 'AWS_LC_SYS_CMAKE_BUILDER' }).tools)).toContain('cmake?');
  });

  test('distinguishes versions', () => {
    expect(names(ask('webkit2gtk-sys', { version: '0.18.0' }).modules)).toEqual(['webkit2gtk-4.0']);
    expect(names(ask('webkit2gtk-sys', { version: '2.0.1' }).modules)).toEqual(['webkit2gtk-4.1']);
  });

  test('finds the tools of a script in its build-dependencies', () => {
    expect(names(ask('my-proto', { buildDependencies: ['anyhow', 'prost-build', 'constructor'] }).tools)).toEqual(['protoc?']);
  });

  test('says who knew', () => {
    expect(ask('openssl-sys', { links: 'openssl' }).coverage).toBe('table');
    expect(ask('ring', { links: 'ring_core_0_17_14_' }).coverage).toBe('nothing-needed');
    expect(ask('serde').coverage).toBe('nothing-needed');
    expect(ask('exotic-sys', { links: 'exotic' }).coverage).toBe('unknown');
    expect(ask('demo-sys', { links: 'demo', overrides: [override({})] }).coverage).toBe('override');
  });

  test('is well-formed', () => {
    for (const row of NATIVE_LIBRARIES) {
      if (row.platform !== undefined) expect(parseCfgKey(row.platform), row.crate).toBeDefined();
      if (row.version !== undefined) expect(validRange(row.version), row.crate).not.toBeNull();
      expect(row.version === undefined || versionMeets('0.0.1', row.version) || versionMeets('99.0.0', row.version), row.crate).toBe(true);
    }
    const nothing = NATIVE_LIBRARIES.filter((row) => NOTHING_NEEDED.has(row.crate) && row.with === undefined && row.whenSet === undefined);
    expect(nothing).toEqual([]);
  });

  test('names the package of everything it requires', () => {
    const required = NATIVE_LIBRARIES.flatMap((row) => [
      ...(row.pkgConfig ?? []).map((name) => ['module', name] as const),
      ...(row.libraries ?? []).map((name) => ['library', name] as const),
      ...(row.tools ?? []).map((name) => ['tool', name] as const),
    ]);
    const tools = [...BUILD_TOOLS.values()].flat().map((name) => ['tool', name] as const);
    expect([...required, ...tools].filter(([kind, name]) => packagesFor(kind, name) === undefined)).toEqual([]);
  });
});

/** Tools of version 1.4.2 with one override that declares `git`. */
function tools(changes: Partial<NativeOverride>, platform = LINUX): readonly string[] {
  return names(ask('demo-sys', { version: '1.4.2', platform, overrides: [override({ tools: ['git'], ...changes })] }).tools);
}

describe('overrides', () => {
  test('add to the table and to each other', () => {
    const needs = ask('openssl-sys', {
      overrides: [
        override({ crate: 'openssl-sys', pkgConfig: ['extra'], tools: ['perl'], environment: { A: '1', B: '1' }, inputs: ['x'] }),
        override({ crate: 'openssl-sys', environment: { A: '2' }, passEnvironment: ['CC'], writableSource: true, patch: 'p.patch' }),
        override({ crate: 'other', tools: ['never'] }),
      ],
    });
    expect(needs).toEqual({
      modules: [
        { name: 'extra', required: true },
        { name: 'openssl', required: true },
      ],
      libraries: [],
      tools: [
        { name: 'perl', required: true },
        { name: 'pkg-config', required: true },
      ],
      environment: { A: '2', B: '1' },
      passEnvironment: ['CC'],
      inputs: ['x'],
      writableSource: true,
      patches: ['p.patch'],
      coverage: 'override',
    });
  });

  test('count only for their versions and platforms', () => {
    expect(tools({ version: '1.3' })).toEqual(['git']);
    expect(tools({ version: '>=1, <1.4' })).toEqual([]);
    expect(tools({ platform: 'cfg(target_os = "linux")' })).toEqual(['git']);
    expect(tools({ platform: 'cfg(windows)' })).toEqual([]);
    expect(tools({ platform: 'x86_64-unknown-linux-gnu' })).toEqual(['git']);
    expect(tools({ platform: 'x86_64-unknown-linux-gnu' }, MAC)).toEqual([]);
  });

  test('a variable set there counts like one of the user', () => {
    const overrides = [override({ crate: 'openssl-sys', environment: { OPENSSL_DIR: '/opt/ssl' } })];
    expect(names(ask('openssl-sys', { overrides }).modules)).toEqual(['openssl?']);
  });
});

test('versions are compared as cargo compares them', () => {
  expect(versionMeets('1.4.2', '1.2')).toBe(true);
  expect(versionMeets('0.2.9', '0.1')).toBe(false);
  expect(versionMeets('0.1.13+1.0.8', '0.1')).toBe(true);
  expect(versionMeets('1.0.0-alpha5', '>=1.0.0-alpha, <2')).toBe(true);
  expect(versionMeets('2.0.0', '1.*')).toBe(false);
});

function declare(lines: string, features: readonly string[] = []): readonly string[] {
  return names(declaredModules({ manifest: `[package]\nname = "x"\n${lines}`, features, platform: LINUX }));
}

describe('modules declared for system-deps', () => {
  test('are taken from the manifest with name, feature, platform and version tables', () => {
    const lines = `
[package.metadata.system-deps]
plain = "1.2"
maybe = { version = "1", optional = true }
off = { version = "1", feature = "extra" }
[package.metadata.system-deps.gio_2_0]
name = "gio-2.0"
version = "2.56"
[package.metadata.system-deps.web]
name = "web-4.0"
[package.metadata.system-deps.web.v4_1]
name = "web-4.1"
[package.metadata.system-deps.'cfg(unix)'.unix_only]
name = "unix-1"
[package.metadata.system-deps.'cfg(windows)'.windows_only]
name = "windows-1"
`;
    expect(declare(lines)).toEqual(['plain', 'maybe?', 'gio-2.0', 'web-4.0', 'unix-1']);
    expect(declare(lines, ['extra', 'v4_1'])).toEqual(['plain', 'maybe?', 'off', 'gio-2.0', 'web-4.1', 'unix-1']);
  });

  test('are none without the table or with a broken manifest', () => {
    expect(declare('')).toEqual([]);
    expect(declare('system-deps = [')).toEqual([]);
    expect(declare('[package.metadata]\nsystem-deps = 1')).toEqual([]);
  });
});
