import { describe, expect, test } from 'vitest';
import { completeUnit } from '../../src/rust/script/complete-unit.ts';
import { dependencyVariables } from '../../src/rust/script/script-environment.ts';
import type { LinkScope, ScriptOutput } from '../../src/rust/script/script-output.ts';
import type { PackageTarget, Unit } from '../../src/rust/unit.ts';
import { compileUnit, outputsOf, packageWith, said, scriptRunUnit, target } from './planned-units.ts';

const LIB = target('lib', 'demo');
const CDYLIB = target('cdylib', 'demo');
const BIN = target('bin', 'main');

describe('search paths', () => {
  test('those in OUT_DIR go first, each group in the order of the scripts', () => {
    const unit = compileUnit({ owner: packageWith([LIB]), target: LIB, ownScript: 7, linkScripts: [7, 3] });
    const outputs = outputsOf({
      7: said({
        linkSearch: [
          { value: '/usr/lib', inOutDirectory: false },
          { value: 'native=/build/o7', inOutDirectory: true },
        ],
      }),
      3: said({
        linkSearch: [
          { value: '/build/o3', inOutDirectory: true },
          { value: '/opt', inOutDirectory: false },
        ],
      }),
    });
    expect(completeUnit(unit, outputs).arguments).toEqual([
      'rustc',
      '-L',
      'native=/build/o7',
      '-L',
      '/build/o3',
      '-L',
      '/usr/lib',
      '-L',
      '/opt',
    ]);
  });

  test('a unit without scripts is left as it is', () => {
    const unit = compileUnit({ owner: packageWith([LIB]), target: LIB, environment: { A: 'b' } });
    expect(completeUnit(unit, outputsOf({}))).toEqual({ arguments: ['rustc'], environment: { A: 'b' } });
  });
});

describe('libraries', () => {
  const output = said({ linkLibraries: ['foo', 'static=bar'] });
  const flags = ['-l', 'foo', '-l', 'static=bar'];
  const libraryFlags = (targets: readonly PackageTarget[], built: PackageTarget): readonly string[] =>
    completeUnit(
      compileUnit({ owner: packageWith(targets), target: built, ownScript: 1, linkScripts: [1] }),
      outputsOf({ 1: output }),
    ).arguments.slice(1);

  test('the library takes them', () => expect(libraryFlags([LIB, BIN], LIB)).toEqual(flags));
  test('a program beside a library does not', () => expect(libraryFlags([LIB, BIN], BIN)).toEqual([]));
  test('a program without a library does', () => expect(libraryFlags([BIN], BIN)).toEqual(flags));
  test('a proc macro is a library', () => expect(libraryFlags([target('proc-macro', 'demo'), BIN], BIN)).toEqual([]));
  test('those of other packages are not repeated', () => {
    const unit = compileUnit({ owner: packageWith([LIB]), target: LIB, linkScripts: [1] });
    expect(completeUnit(unit, outputsOf({ 1: output })).arguments).toEqual(['rustc']);
  });
});

describe('link arguments', () => {
  const EXAMPLE_LIB: PackageTarget = {
    kinds: ['example'],
    crateTypes: ['staticlib'],
    name: 'lib-example',
    sourcePath: '/src/demo/examples/x.rs',
  };
  const cases: readonly (readonly [scope: LinkScope, target: PackageTarget, mode: Unit['mode'], reaches: boolean])[] = [
    [{ kind: 'all' }, LIB, 'build', true],
    [{ kind: 'all' }, BIN, 'test', true],
    [{ kind: 'cdylib' }, CDYLIB, 'build', true],
    [{ kind: 'cdylib' }, CDYLIB, 'check', true],
    [{ kind: 'cdylib' }, CDYLIB, 'test', false],
    [{ kind: 'cdylib' }, LIB, 'build', false],
    [{ kind: 'bins' }, BIN, 'build', true],
    [{ kind: 'bins' }, BIN, 'test', true],
    [{ kind: 'bins' }, target('example', 'show'), 'build', false],
    [{ kind: 'bin', name: 'main' }, BIN, 'build', true],
    [{ kind: 'bin', name: 'other' }, BIN, 'build', false],
    [{ kind: 'bin', name: 'demo' }, LIB, 'build', false],
    [{ kind: 'tests' }, target('test', 'it'), 'test', true],
    [{ kind: 'tests' }, LIB, 'test', false],
    [{ kind: 'benches' }, target('bench', 'speed'), 'test', true],
    [{ kind: 'examples' }, target('example', 'show'), 'build', true],
    [{ kind: 'examples' }, EXAMPLE_LIB, 'build', false],
  ];

  test.each(cases)('%j for %j in mode %s: %s', (scope, built, mode, reaches) => {
    const unit = compileUnit({ owner: packageWith([LIB, BIN]), target: built, mode, ownScript: 1, linkScripts: [1] });
    const { arguments: words } = completeUnit(unit, outputsOf({ 1: said({ linkArguments: [{ scope, value: '-x' }] }) }));
    expect(words).toEqual(reaches ? ['rustc', '-C', 'link-arg=-x'] : ['rustc']);
  });

  test('of other packages only those for cdylibs arrive', () => {
    const output = said({
      linkArguments: [
        { scope: { kind: 'all' }, value: '-a' },
        { scope: { kind: 'cdylib' }, value: '-c' },
      ],
    });
    const unit = compileUnit({ owner: packageWith([CDYLIB]), target: CDYLIB, linkScripts: [1] });
    expect(completeUnit(unit, outputsOf({ 1: output })).arguments).toEqual(['rustc', '-C', 'link-arg=-c']);
  });
});

test('cfg, check-cfg and environment come from the own script only, after the link flags', () => {
  const output = said({
    linkLibraries: ['z'],
    cfgs: ['a', 'b="c"'],
    checkCfgs: ['cfg(a)'],
    environment: [
      ['X', '1'],
      ['A', 'new'],
      ['X', '2'],
    ],
  });
  const outputs = outputsOf({ 1: output, 2: output });
  const unit = compileUnit({
    owner: packageWith([LIB]),
    target: LIB,
    ownScript: 1,
    linkScripts: [1, 2],
    environment: { A: 'old', B: 'b' },
  });
  expect(completeUnit(unit, outputs)).toEqual({
    arguments: ['rustc', '-l', 'z', '--cfg', 'a', '--cfg', 'b="c"', '--check-cfg', 'cfg(a)'],
    environment: { A: 'new', B: 'b', X: '2' },
  });
  const stranger = compileUnit({ owner: packageWith([LIB]), target: LIB, linkScripts: [2] });
  expect(completeUnit(stranger, outputs)).toEqual({ arguments: ['rustc'], environment: {} });
});

function plugin(...values: readonly string[]): ScriptOutput {
  return said({ linkSearch: values.map((value) => ({ value, inOutDirectory: false })) });
}

describe('the dynamic library path', () => {
  const outputs = outputsOf({
    4: plugin('native=/build/target/debug/build/p-1/out', '/usr/lib'),
    2: plugin('/build/target/debug/build/q-1/out/lib'),
  });

  test('gets the directories of plugins below the target directory, in the order of units', () => {
    const unit = compileUnit({
      owner: packageWith([LIB]),
      target: LIB,
      pluginScripts: [4, 2],
      environment: { LD_LIBRARY_PATH: '/build/target/debug/deps' },
    });
    expect(completeUnit(unit, outputs).environment).toEqual({
      LD_LIBRARY_PATH: '/build/target/debug/deps:/build/target/debug/build/q-1/out/lib:/build/target/debug/build/p-1/out',
    });
    expect(completeUnit(unit, outputs).arguments).toEqual(['rustc']);
  });

  test('has its own name on macOS', () => {
    const unit = compileUnit({
      owner: packageWith([LIB]),
      target: LIB,
      pluginScripts: [2],
      environment: { DYLD_FALLBACK_LIBRARY_PATH: '/x' },
    });
    expect(completeUnit(unit, outputs).environment).toEqual({ DYLD_FALLBACK_LIBRARY_PATH: '/x:/build/target/debug/build/q-1/out/lib' });
  });
});

describe('variables of a script run', () => {
  test('carry the metadata of the scripts it depends on, names upper-cased', () => {
    const unit = scriptRunUnit({
      dependencyScripts: [
        { unit: 5, prefix: 'MY_LIB' },
        { unit: 6, prefix: 'Z' },
      ],
    });
    const outputs = outputsOf({
      5: said({
        metadata: [
          ['root', '/x'],
          ['conf-dir', 'a b'],
          ['root', '/y'],
        ],
      }),
      6: said({ metadata: [['include', '/i']] }),
    });
    expect(dependencyVariables(unit, outputs)).toEqual({ DEP_MY_LIB_ROOT: '/y', DEP_MY_LIB_CONF_DIR: 'a b', DEP_Z_INCLUDE: '/i' });
  });

  test('let it find libraries that the scripts of its build-dependencies made', () => {
    const unit = scriptRunUnit({ pluginScripts: [5], environment: { LD_LIBRARY_PATH: '/deps', OTHER: 'x' } });
    const outputs = outputsOf({ 5: said({ linkSearch: [{ value: '/build/target/debug/build/q-1/out', inOutDirectory: true }] }) });
    expect(dependencyVariables(unit, outputs)).toEqual({ LD_LIBRARY_PATH: '/deps:/build/target/debug/build/q-1/out' });
  });

  test('are none without such scripts', () => expect(dependencyVariables(scriptRunUnit({}), outputsOf({}))).toEqual({}));
});
