import { describe, expect, test } from 'vitest';
import type { Pyo3 } from '../../../src/plan/extension-bridge.ts';
import { pyo3Configuration, stableAbiFor } from '../../../src/plan/extension-configuration.ts';
import { cpython } from './interpreters.ts';

function pyo3(minor: number, changes: Partial<Pyo3> = {}): Pyo3 {
  return { crate: 'pyo3', version: { minor, text: `0.${minor}.0` }, stableAbis: [], extensionModule: false, ...changes };
}

const ABI3_PY310 = { kind: 'abi3', minimum: { major: 3, minor: 10 } } as const;
const ABI3T_PY315 = { kind: 'abi3t', minimum: { major: 3, minor: 15 } } as const;
const PLAIN_ABI3 = { kind: 'abi3', minimum: undefined } as const;

describe('the file that tells pyo3 its interpreter', () => {
  test('names the version and the ABI, and no place of the machine', () => {
    expect(pyo3Configuration({ pyo3: pyo3(29), interpreter: cpython(13) })).toMatchInlineSnapshot(`
      "implementation=CPython
      version=3.13
      shared=true
      target_abi=CPython-gil_enabled-3.13
      pointer_width=64
      build_flags=
      suppress_build_script_link_lines=false
      "
    `);
  });

  test('has `abi3` in place of the ABI before pyo3 0.29', () => {
    const text = pyo3Configuration({ pyo3: pyo3(28), interpreter: cpython(13) });
    expect(text).toContain('\nabi3=false\n');
    expect(text).not.toContain('target_abi');
  });

  test('speaks of the oldest Python of a stable ABI, so that it is the same for all', () => {
    const stable = pyo3(29, { stableAbis: [ABI3_PY310] });
    const text = pyo3Configuration({ pyo3: stable, interpreter: cpython(13) });
    expect(text).toContain('version=3.10\nshared=true\ntarget_abi=CPython-abi3-3.10\n');
    expect(pyo3Configuration({ pyo3: stable, interpreter: cpython(10, { debug: true }) })).toBe(text);
  });

  test('speaks of the interpreter when the stable ABI names no version', () => {
    const text = pyo3Configuration({ pyo3: pyo3(29, { stableAbis: [PLAIN_ABI3] }), interpreter: cpython(12) });
    expect(text).toContain('target_abi=CPython-abi3-3.12\n');
  });

  test('says when there is no global lock, and when it is a debug build', () => {
    const free = pyo3Configuration({ pyo3: pyo3(29), interpreter: cpython(14, { freeThreaded: true, debug: true }) });
    expect(free).toContain('target_abi=CPython-free_threaded-3.14\n');
    expect(free).toContain('build_flags=Py_DEBUG,Py_GIL_DISABLED\n');
  });

  test('calls GraalPy by the name of its virtual machine', () => {
    const text = pyo3Configuration({ pyo3: pyo3(29), interpreter: cpython(12, { implementation: 'graalpy' }) });
    expect(text).toContain('implementation=GraalVM\n');
    expect(text).toContain('target_abi=GraalVM-gil_enabled-3.12\n');
  });
});

describe('a stable ABI', () => {
  const both = pyo3(29, { stableAbis: [ABI3_PY310, ABI3T_PY315] });

  test('needs an interpreter that has one', () => {
    const stable = pyo3(29, { stableAbis: [ABI3_PY310] });
    expect(stableAbiFor(stable, cpython(11))).toEqual(ABI3_PY310);
    expect(stableAbiFor(stable, cpython(13, { freeThreaded: true }))).toBeUndefined();
    expect(stableAbiFor(stable, cpython(11, { implementation: 'pypy' }))).toBeUndefined();
    expect(stableAbiFor(pyo3(29), cpython(11))).toBeUndefined();
  });

  test('for builds without the global lock is preferred from 3.15 on', () => {
    expect(stableAbiFor(both, cpython(14))).toEqual(ABI3_PY310);
    expect(stableAbiFor(both, cpython(15))).toEqual(ABI3T_PY315);
    expect(stableAbiFor(both, cpython(15, { freeThreaded: true }))).toEqual(ABI3T_PY315);
    expect(stableAbiFor(both, cpython(14, { freeThreaded: true }))).toBeUndefined();
  });
});
