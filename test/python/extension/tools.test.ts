import { describe, expect, test } from 'vitest';
import { nativeNeeds } from '../../../src/rust/native/native-libraries.ts';

function toolsWith(variables: readonly string[]): readonly string[] {
  const needs = nativeNeeds({
    crate: 'pyo3-ffi',
    version: '0.29.3',
    links: 'python',
    features: [],
    buildDependencies: ['pyo3-build-config', 'target-lexicon'],
    declaredModules: [],
    platform: { triple: 'x86_64-unknown-linux-gnu', cfg: new Set(['unix']) },
    overrides: [],
    isSet: (variable) => variables.includes(variable),
  });
  return needs.tools.map(({ name }) => name);
}

describe('the Python of the machine', () => {
  test('is in the key of a script that looks for one', () => {
    expect(toolsWith([])).toEqual(['python3']);
  });

  test('is not in the key of a script that is told about its own by a file', () => {
    expect(toolsWith(['PYO3_CONFIG_FILE'])).toEqual([]);
  });
});
