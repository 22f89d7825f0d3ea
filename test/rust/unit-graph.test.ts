import { describe, expect, test } from 'vitest';

import { parseMetadata } from '../../src/rust/cargo/metadata.ts';
import { parseProbe } from '../../src/rust/cargo/platform-facts.ts';
import { parseUnitGraph } from '../../src/rust/cargo/unit-graph.ts';

/** A unit as cargo 1.95 prints it. */
function unit(
  change: Readonly<Record<string, unknown>> = {},
  profile: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    pkg_id: 'path+file:///ws/b#0.1.0',
    target: {
      kind: ['lib'],
      crate_types: ['lib'],
      name: 'b',
      src_path: '/ws/b/src/lib.rs',
      edition: '2021',
      'required-features': ['x'],
      doc: true,
      doctest: true,
      test: true,
    },
    profile: {
      name: 'release',
      opt_level: '3',
      lto: 'thin',
      codegen_backend: null,
      codegen_units: 1,
      debuginfo: 'line-tables-only',
      split_debuginfo: 'packed',
      debug_assertions: false,
      overflow_checks: false,
      rpath: false,
      incremental: false,
      panic: 'abort',
      strip: { resolved: { Named: 'symbols' } },
      rustflags: ['-Cx'],
      ...profile,
    },
    platform: null,
    mode: 'build',
    features: ['default', 'x'],
    dependencies: [],
    ...change,
  };
}

function graph(units: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ version: 1, units, roots: [0], ...more });
}

function problem(text: string): string | undefined {
  const parsed = parseUnitGraph(text, '1.99.0');
  return parsed.ok ? undefined : parsed.diagnostics[0]?.facts?.map(([, value]) => value).join(': ');
}

test('a unit keeps all that cargo says of it', () => {
  const dependencies = [{ index: 0, extern_crate_name: 'renamed', public: true, noprelude: false, nounused: true }];
  const parsed = parseUnitGraph(graph([unit(), unit({ dependencies, platform: 'wasm32-wasip1', mode: 'check' })]), '1.95.0');
  expect(parsed.ok ? parsed.value : parsed.diagnostics).toEqual({
    roots: [0],
    units: [
      {
        index: 0,
        isRoot: true,
        packageId: 'path+file:///ws/b#0.1.0',
        target: {
          kinds: ['lib'],
          crateTypes: ['lib'],
          name: 'b',
          sourcePath: '/ws/b/src/lib.rs',
          edition: '2021',
          requiredFeatures: ['x'],
        },
        profile: {
          name: 'release',
          optLevel: '3',
          lto: 'thin',
          codegenBackend: null,
          codegenUnits: 1,
          debuginfo: 'line-tables-only',
          splitDebuginfo: 'packed',
          debugAssertions: false,
          overflowChecks: false,
          rpath: false,
          incremental: false,
          panic: 'abort',
          strip: 'symbols',
          rustflags: ['-Cx'],
          trimPaths: undefined,
        },
        platform: null,
        mode: 'build',
        features: ['default', 'x'],
        dependencies: [],
      },
      expect.objectContaining({
        index: 1,
        isRoot: false,
        platform: 'wasm32-wasip1',
        mode: 'check',
        dependencies: [{ index: 0, externCrateName: 'renamed', public: true, noprelude: false, nounused: true }],
      }),
    ],
  });
});

test.each([
  [{ deferred: 'None' }, undefined],
  [{ resolved: 'None' }, undefined],
  [{ deferred: { Named: 'debuginfo' } }, 'debuginfo'],
])('strip %j is %s', (strip, expected) => {
  const parsed = parseUnitGraph(graph([unit({}, { strip })]), '1.95.0');
  expect(parsed.ok ? parsed.value.units[0]?.profile.strip : parsed.diagnostics).toBe(expected);
});

describe('what is not known is refused by name', () => {
  test.each([
    ['another version', graph([unit()], { version: 2 }), 'the document: `version` is 2, not 1'],
    ['a mode', graph([unit(), unit({ mode: 'docscrape' })]), 'units[1]: `mode` is `docscrape`, which Ferrule does not know'],
    ['a target kind', graph([unit({ target: { kind: ['wasm'] } })]), 'units[0]: `kind` is `wasm`, which Ferrule does not know'],
    ['a missing field', graph([unit({ features: undefined })]), 'units[0]: `features` is not an array'],
    ['a field of another type', graph([unit({}, { opt_level: 3 })]), 'units[0]: `opt_level` is not a string'],
    ['a strip of another shape', graph([unit({}, { strip: { later: 'None' } })]), 'units[0]: `strip` is not an object'],
    [
      'a dependency on nothing',
      graph([unit({ dependencies: [{ index: 7, extern_crate_name: 'x' }] })]),
      'units[0]: `index` points to no unit',
    ],
    ['the standard library as units', graph([unit({ is_std: true })]), 'units[0]: `is_std` is set: `-Z build-std` is not supported'],
    ['no units at all', '{"version":1}', 'the document: `units` is not an array'],
  ])('%s', (_, text, expected) => {
    expect(problem(text)).toBe(expected);
  });

  test('text that is not JSON', () => {
    expect(parseUnitGraph('warning: hello', '1.99.0')).toMatchObject({ ok: false, diagnostics: [{ code: 'F0209' }] });
    expect(parseMetadata('{}', '1.99.0')).toMatchObject({ ok: false, diagnostics: [{ code: 'F0209' }] });
  });
});

describe('the answer of rustc about a platform', () => {
  const names = ['___', 'lib___.rlib', 'lib___.so', 'lib___.so', 'lib___.a', 'lib___.so'];

  test('gives file names, debuginfo and cfg', () => {
    const probe = parseProbe([...names, 'off', 'packed', '___', 'proc_macro', 'unix', 'target_os="linux"', ''].join('\n'), '');
    expect(probe).toMatchObject({ splitDebuginfo: ['off', 'packed'], cfg: ['unix', 'target_os="linux"'] });
    expect(probe?.fileNames['staticlib']).toEqual({ prefix: 'lib', suffix: '.a' });
  });

  test('leaves out crate types the platform cannot make', () => {
    const stderr =
      'warning: dropping unsupported crate type `dylib` for target `x`\nwarning: dropping unsupported crate type `proc-macro` for target `x`\n';
    const probe = parseProbe(['___.wasm', 'lib___.rlib', '___.wasm', 'lib___.a', 'off', '___', 'wasm'].join('\n'), stderr);
    expect(Object.keys(probe?.fileNames ?? {})).toEqual(['bin', 'rlib', 'cdylib', 'staticlib']);
    expect(probe?.fileNames['cdylib']).toEqual({ prefix: '', suffix: '.wasm' });
  });

  test('is refused when it breaks off', () => {
    expect(parseProbe(names.join('\n'), '')).toBeUndefined();
    expect(parseProbe('___\n', '')).toBeUndefined();
  });
});
