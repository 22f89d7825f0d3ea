import type { Interpreter } from '../python/interpreter.ts';
import type { StableAbi } from '../python/maturin/crate-facts.ts';
import type { Pyo3 } from './extension-bridge.ts';

/** Where an action finds pyo3's configuration: the path is an input as well, so it never changes. */
export const PYO3_CONFIGURATION = '/build/pyo3/config.txt';

/** From here on the configuration names the ABI, and an abi3t exists. */
const FIRST_WITH_TARGET_ABI = 29;
/** The oldest Python with a stable ABI for builds without the global lock (PEP 803). */
const FIRST_WITH_ABI3T = 15;

/**
 * The stable ABI that an extension keeps to when built for an interpreter; `undefined`: it is for that Python only. Without the global
 * lock there is none before 3.15, and PyPy and GraalPy have none (pyo3-build-config `src/impl_.rs`, `applicable_stable_abi`).
 */
export function stableAbiFor(pyo3: Pyo3, interpreter: Interpreter): StableAbi | undefined {
  const { implementation, version, freeThreaded } = interpreter;
  if (implementation !== 'cpython') return undefined;
  const of = (kind: StableAbi['kind']): StableAbi | undefined => pyo3.stableAbis.find((abi) => abi.kind === kind);
  const free = version.minor >= FIRST_WITH_ABI3T ? of('abi3t') : undefined;
  return freeThreaded ? free : (free ?? of('abi3'));
}

/**
 * The text of pyo3's configuration file (`PYO3_CONFIG_FILE`). For a stable ABI it speaks of the oldest Python that is supported and not
 * of the interpreter, so that all Pythons share what is compiled. `lib_dir` and `executable` stay out: nothing of a machine is in it.
 */
export function pyo3Configuration(options: { readonly pyo3: Pyo3; readonly interpreter: Interpreter }): string {
  const { pyo3, interpreter } = options;
  const abi = stableAbiFor(pyo3, interpreter);
  const { major, minor } = abi?.minimum ?? interpreter.version;
  const version = `${major}.${minor}`;
  const implementation = IMPLEMENTATIONS[interpreter.implementation];
  return [
    `implementation=${implementation}`,
    `version=${version}`,
    'shared=true',
    pyo3.version.minor >= FIRST_WITH_TARGET_ABI
      ? `target_abi=${implementation}-${abi?.kind ?? ownAbi(interpreter)}-${version}`
      : `abi3=${abi === undefined ? 'false' : 'true'}`,
    `pointer_width=${interpreter.pointerWidth}`,
    `build_flags=${buildFlags(interpreter, abi).join(',')}`,
    'suppress_build_script_link_lines=false',
    '',
  ].join('\n');
}

const IMPLEMENTATIONS: Readonly<Record<Interpreter['implementation'], string>> = {
  cpython: 'CPython',
  pypy: 'PyPy',
  graalpy: 'GraalVM',
};

function ownAbi(interpreter: Interpreter): string {
  return interpreter.freeThreaded ? 'free_threaded' : 'gil_enabled';
}

/** A stable ABI is the same for debug builds. */
function buildFlags(interpreter: Interpreter, abi: StableAbi | undefined): readonly string[] {
  const isFree = abi === undefined ? interpreter.freeThreaded : abi.kind === 'abi3t';
  return [...(interpreter.debug && abi === undefined ? ['Py_DEBUG'] : []), ...(isFree ? ['Py_GIL_DISABLED'] : [])];
}
