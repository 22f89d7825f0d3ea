import type { Interpreter, PythonPlatform } from '../../../src/python/interpreter.ts';

/** A platform as uv's `--python-platform` names it, with what it stands for. */
export interface TargetPlatform {
  readonly uv: string;
  readonly platform: PythonPlatform;
}

export const LINUX: TargetPlatform = {
  uv: 'x86_64-manylinux_2_35',
  platform: { os: 'linux', arch: 'x86_64', libc: { kind: 'glibc', major: 2, minor: 35 } },
};
export const LINUX_ARM: TargetPlatform = {
  uv: 'aarch64-manylinux_2_28',
  platform: { os: 'linux', arch: 'aarch64', libc: { kind: 'glibc', major: 2, minor: 28 } },
};
export const ALPINE: TargetPlatform = {
  uv: 'x86_64-unknown-linux-musl',
  platform: { os: 'linux', arch: 'x86_64', libc: { kind: 'musl', major: 1, minor: 2 } },
};
/** The rig sets the deployment target to this version. */
export const MAC_ARM: TargetPlatform = { uv: 'aarch64-apple-darwin', platform: { os: 'macos', arch: 'arm64', major: 14, minor: 0 } };
export const MAC_INTEL: TargetPlatform = { uv: 'x86_64-apple-darwin', platform: { os: 'macos', arch: 'x86_64', major: 14, minor: 0 } };

/** CPython of a version on a platform, as data. */
export function cpython(version: string, { platform }: TargetPlatform, freeThreaded = false): Interpreter {
  const [major = 3, minor = 0, micro = 0] = version.split('.').map(Number);
  const isLinux = platform.os === 'linux';
  return {
    implementation: 'cpython',
    version: { major, minor, micro, full: version },
    freeThreaded,
    debug: false,
    pointerWidth: 64,
    platform,
    extensionSuffix: `.cpython-${major}${minor}.so`,
    markers: {
      implementation_name: 'cpython',
      implementation_version: version,
      os_name: 'posix',
      platform_machine: platform.arch,
      platform_python_implementation: 'CPython',
      platform_release: '',
      platform_system: isLinux ? 'Linux' : 'Darwin',
      platform_version: '',
      python_full_version: version,
      python_version: `${major}.${minor}`,
      sys_platform: isLinux ? 'linux' : 'darwin',
    },
  };
}
