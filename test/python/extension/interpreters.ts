import { execFileSync } from 'node:child_process';
import type { Interpreter } from '../../../src/python/interpreter.ts';

/** A CPython of Linux on x86-64, as data. */
export function cpython(minor: number, changes: Partial<Interpreter> = {}): Interpreter {
  const freeThreaded = changes.freeThreaded ?? false;
  const full = `3.${minor}.1`;
  return {
    implementation: 'cpython',
    version: { major: 3, minor, micro: 1, full },
    freeThreaded,
    debug: false,
    pointerWidth: 64,
    platform: { os: 'linux', arch: 'x86_64', libc: { kind: 'glibc', major: 2, minor: 36 } },
    markers: {
      implementation_name: 'cpython',
      implementation_version: full,
      os_name: 'posix',
      platform_machine: 'x86_64',
      platform_python_implementation: 'CPython',
      platform_release: '',
      platform_system: 'Linux',
      platform_version: '',
      python_full_version: full,
      python_version: `3.${minor}`,
      sys_platform: 'linux',
    },
    extensionSuffix: `.cpython-3${minor}${freeThreaded ? 't' : ''}-x86_64-linux-gnu.so`,
    ...changes,
  };
}

/** The `python3` of this machine and what is to be known of it; a Linux on x86-64 is taken for granted. */
export function machinePython(): { readonly python: string; readonly interpreter: Interpreter } {
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  const minor = execFileSync(python, ['-c', 'import sys; print(sys.version_info[1])'], { encoding: 'utf8' });
  return { python, interpreter: cpython(Number(minor)) };
}
