import { describe, expect, test } from 'vitest';
import { ltoArguments, ltoModes } from '../../src/rust/units/lto.ts';
import { madeFacts, type MadeUnit } from './made-facts.ts';

/** Flags of every unit by its target's name, for a graph whose profile says `lto`. */
function flags(lto: string, units: readonly MadeUnit[]): Readonly<Record<string, string>> {
  const { graph } = madeFacts(units.map((unit) => ({ ...unit, profile: { lto } })));
  return Object.fromEntries(ltoModes(graph).map((mode, index) => [units[index]?.name ?? '', ltoArguments(mode).join(' ')]));
}

const LIB: MadeUnit = { name: 'lib' };
const BIN: MadeUnit = { name: 'bin', kind: 'bin', dependencies: [0] };

describe('what each unit of a graph must hold for link-time optimisation', () => {
  test('a program that runs it needs only bitcode from its libraries', () => {
    expect(flags('thin', [LIB, BIN])).toEqual({ lib: '-C linker-plugin-lto', bin: '-C lto=thin' });
    expect(flags('true', [LIB, BIN])).toEqual({ lib: '-C linker-plugin-lto', bin: '-C lto' });
  });

  test('without it, object code is enough everywhere', () => {
    expect(flags('false', [LIB, BIN])).toEqual({ lib: '-C embed-bitcode=no', bin: '-C embed-bitcode=no' });
  });

  test('`off` goes down the whole graph', () => {
    const off = '-C lto=off -C embed-bitcode=no';
    expect(flags('off', [LIB, BIN])).toEqual({ lib: off, bin: off });
  });

  test('a library that is also selected as a cdylib-bearing root keeps both', () => {
    const mixed: MadeUnit = { name: 'mixed', crateTypes: ['cdylib', 'rlib'], dependencies: [0], isRoot: true };
    expect(flags('fat', [LIB, mixed, { ...BIN, dependencies: [1], isRoot: true }])).toEqual({ lib: '', mixed: '', bin: '-C lto=fat' });
  });

  test('a dylib is never optimised and asks nothing of what is below', () => {
    const shared: MadeUnit = { name: 'shared', crateTypes: ['dylib'], dependencies: [0] };
    expect(flags('fat', [LIB, shared, { ...BIN, dependencies: [1] }])).toMatchObject({
      lib: '-C embed-bitcode=no',
      shared: '-C embed-bitcode=no',
    });
  });

  test('a library shared by a program and a proc macro needs both forms', () => {
    const macros: MadeUnit = { name: 'macros', kind: 'proc-macro', dependencies: [0] };
    expect(flags('thin', [LIB, macros, { ...BIN, dependencies: [0, 1] }])).toEqual({
      lib: '',
      macros: '-C embed-bitcode=no',
      bin: '-C lto=thin',
    });
  });

  test('a library selected alone keeps bitcode for whoever links it later', () => {
    expect(flags('thin', [LIB])).toEqual({ lib: '-C linker-plugin-lto' });
  });

  test('a test counts as the program it becomes', () => {
    expect(flags('thin', [LIB, { name: 'own', mode: 'test', dependencies: [0] }])).toEqual({
      lib: '-C linker-plugin-lto',
      own: '-C lto=thin',
    });
  });
});
