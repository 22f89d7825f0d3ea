import type { Interpreter, PythonPlatform } from '../../../src/python/interpreter.ts';

/** An interpreter that is nowhere installed. */
export function interpreterOf(options: {
  readonly minor: number;
  readonly platform: PythonPlatform;
  readonly freeThreaded?: boolean;
  readonly debug?: boolean;
  readonly pointerWidth?: 32 | 64;
  readonly implementation?: Interpreter['implementation'];
  /** Of the implementation, where it counts itself. */
  readonly implementationVersion?: string;
}): Interpreter {
  const { minor, platform, freeThreaded = false, debug = false, pointerWidth = 64, implementation = 'cpython' } = options;
  const full = `3.${minor}.1`;
  const isLinux = platform.os === 'linux';
  return {
    implementation,
    version: { major: 3, minor, micro: 1, full },
    freeThreaded,
    debug,
    pointerWidth,
    platform,
    markers: {
      implementation_name: implementation,
      implementation_version: options.implementationVersion ?? full,
      os_name: 'posix',
      platform_machine: platform.arch,
      platform_python_implementation: 'CPython',
      platform_release: '',
      platform_system: isLinux ? 'Linux' : 'Darwin',
      platform_version: '',
      python_full_version: full,
      python_version: `3.${minor}`,
      sys_platform: isLinux ? 'linux' : 'darwin',
    },
    extensionSuffix: '.so',
  };
}

export function glibc(arch: string, minor: number): PythonPlatform {
  return { os: 'linux', arch, libc: { kind: 'glibc', major: 2, minor } };
}

export function musl(arch: string, minor: number): PythonPlatform {
  return { os: 'linux', arch, libc: { kind: 'musl', major: 1, minor } };
}

export function macos(arch: string, major: number, minor = 0): PythonPlatform {
  return { os: 'macos', arch, major, minor };
}
