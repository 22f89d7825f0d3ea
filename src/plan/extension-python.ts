import { type InterpreterTree, PYTHON_ROOT } from '../python/interpreter.ts';
import type { UnpackedWheel } from '../python/wheel.ts';
import { settingsReaders } from '../rust/units/settings-readers.ts';
import type { UnitSettings } from '../rust/unit-settings.ts';
import type { Unit } from '../rust/unit.ts';

/** A Python that build scripts may run, with what the project is built with. */
export interface BuildPython {
  readonly interpreter: InterpreterTree;
  /** `build-system.requires` and all that needs. */
  readonly requires: readonly UnpackedWheel[];
}

/** Where the wheels stand in an action. */
const REQUIRES = '/build/requires';

/** Packages whose library is how a build script learns about Python. */
export const PYTHON_READERS: ReadonlySet<string> = new Set(['pyo3-build-config']);

/**
 * Whether a build script of the project itself knows Python, and so may want to run one: cryptography's has cffi write the C code.
 * Scripts of others get by with pyo3's configuration.
 */
export function mayRunPython(units: readonly Unit[]): boolean {
  return settingsReaders(units, { variables: {}, inputs: [], readers: PYTHON_READERS, localOnly: true }).size > 0;
}

/** Tells the project's own scripts about a Python to run, as maturin does (`PYO3_PYTHON`; maturin `src/compile.rs`). */
export function pythonSettings({ interpreter, requires }: BuildPython): UnitSettings {
  const places = requires.map((wheel) => ({ wheel, path: `${REQUIRES}/${wheel.facts.name}` }));
  const python = `${PYTHON_ROOT}/bin/python3`;
  return {
    variables: {
      PYO3_PYTHON: python,
      PYTHON_SYS_EXECUTABLE: python,
      PYTHONPATH: places.map(({ path }) => `${path}/site`).join(':'),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONHASHSEED: '0',
      PYTHONNOUSERSITE: '1',
    },
    inputs: [
      { kind: 'tree', path: PYTHON_ROOT, digest: interpreter.tree },
      ...places.map(({ wheel, path }) => ({ kind: 'tree', path, digest: wheel.tree }) as const),
    ],
    readers: PYTHON_READERS,
    localOnly: true,
  };
}
