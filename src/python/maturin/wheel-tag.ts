import type { Interpreter } from '../interpreter.ts';
import type { CompiledCode, StableAbi } from './crate-facts.ts';

/** The three parts of a wheel's name behind its version, each sorted and without repetitions. */
export interface WheelTag {
  readonly python: readonly string[];
  readonly abi: readonly string[];
  readonly platform: readonly string[];
}

/** `cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64` */
export function tagText({ python, abi, platform }: WheelTag): string {
  return [python, abi, platform].map((words) => words.join('.')).join('-');
}

/** One tag for each combination, as WHEEL lists them. */
export function expandedTags({ python, abi, platform }: WheelTag): readonly string[] {
  return python.flatMap((one) => abi.flatMap((two) => platform.map((three) => `${one}-${two}-${three}`)));
}

/**
 * The stable interface that is used for an interpreter; `undefined`: the extension is for this Python alone, because the crate asks for
 * no such interface, for one that begins later, or this Python has none (maturin `src/bridge/mod.rs`, `stable_abi_for_interpreter`).
 */
export function usableStableAbi(wanted: StableAbi | undefined, interpreter: Interpreter): StableAbi | undefined {
  if (wanted === undefined || interpreter.implementation !== 'cpython') return undefined;
  const { major, minor } = interpreter.version;
  if (wanted.kind === 'abi3' && interpreter.freeThreaded) return undefined;
  if (wanted.kind === 'abi3t' && minor < 15) return undefined;
  if (wanted.minimum === undefined) return wanted;
  return major * 100 + minor >= wanted.minimum.major * 100 + wanted.minimum.minor ? wanted : undefined;
}

/** Python and interface part of a wheel's tag. */
export function pythonTag(code: CompiledCode, interpreter: Interpreter): Pick<WheelTag, 'python' | 'abi'> {
  if (code.kind === 'library') return ANY_PYTHON;
  if (code.kind === 'programs') return code.embedsPython ? versionTag(interpreter) : ANY_PYTHON;
  const stable = usableStableAbi(code.stableAbi, interpreter);
  if (stable === undefined) return versionTag(interpreter);
  const { major, minor } = stable.minimum ?? interpreter.version;
  return { python: [`cp${major}${minor}`], abi: stable.kind === 'abi3' ? ['abi3'] : ['abi3', 'abi3t'] };
}

const ANY_PYTHON = { python: ['py3'], abi: ['none'] } as const;

function versionTag(interpreter: Interpreter): Pick<WheelTag, 'python' | 'abi'> {
  const { major, minor } = interpreter.version;
  switch (interpreter.implementation) {
    case 'cpython': {
      const flags = `${interpreter.freeThreaded ? 't' : ''}${interpreter.debug ? 'd' : ''}`;
      return { python: [`cp${major}${minor}`], abi: [`cp${major}${minor}${flags}`] };
    }
    case 'pypy':
      return { python: [`pp${major}${minor}`], abi: [suffixParts(interpreter).slice(0, 2).join('_')] };
    case 'graalpy':
      return { python: [`graalpy${major}${minor}`], abi: [suffixParts(interpreter).slice(0, 3).join('_')] };
  }
}

/** `.pypy311-pp73-x86_64-linux-gnu.so` → `pypy311`, `pp73`, … */
function suffixParts(interpreter: Interpreter): readonly string[] {
  return (interpreter.extensionSuffix.split('.')[1] ?? '').split('-');
}

/** File name of an extension module: `_core.abi3.so`, `_core.cpython-313-x86_64-linux-gnu.so`. */
export function extensionFileName(options: {
  readonly extensionName: string;
  readonly stableAbi: StableAbi | undefined;
  readonly interpreter: Interpreter;
}): string {
  const { extensionName, interpreter } = options;
  const stable = usableStableAbi(options.stableAbi, interpreter);
  if (stable === undefined) return extensionName + interpreter.extensionSuffix;
  const { major, minor } = stable.minimum ?? interpreter.version;
  const platform = suffixParts(interpreter).slice(2).join('-');
  const isPlatformNamed = major * 100 + minor >= 315 && platform !== '';
  return `${extensionName}.${stable.kind}${isPlatformNamed ? `-${platform}` : ''}.so`;
}
