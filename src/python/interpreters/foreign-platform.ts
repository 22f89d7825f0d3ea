import type { InstalledInterpreter, Interpreter, PythonPlatform } from '../interpreter.ts';

/**
 * The same Python as it would be on another machine: good for planning, not for running. Its C library or system is as old as one that
 * any machine of today has, so that a plan is the same wherever it is made. `undefined`: Python is not known there.
 */
export function onPlatform(installed: InstalledInterpreter, triple: string): InstalledInterpreter | undefined {
  const platform = PLATFORMS.get(triple);
  if (platform === undefined) return undefined;
  const { interpreter } = installed;
  const { machine, system, name, suffix } = wordsOf(platform);
  const { implementation, version, freeThreaded, debug } = interpreter;
  const tag = `${version.major}${version.minor}${freeThreaded ? 't' : ''}${debug ? 'd' : ''}`;
  const moved: Interpreter = {
    ...interpreter,
    pointerWidth: 64,
    platform,
    markers: { ...interpreter.markers, os_name: 'posix', platform_machine: machine, platform_system: system, sys_platform: name },
    extensionSuffix: implementation === 'cpython' ? `.cpython-${tag}-${suffix}.so` : interpreter.extensionSuffix,
  };
  return { ...installed, interpreter: moved };
}

/** glibc as nixpkgs has had it since 24.11; the oldest macOS that nixpkgs builds for since 25.11. */
const PLATFORMS: ReadonlyMap<string, PythonPlatform> = new Map<string, PythonPlatform>([
  ['x86_64-unknown-linux-gnu', { os: 'linux', arch: 'x86_64', libc: { kind: 'glibc', major: 2, minor: 40 } }],
  ['aarch64-unknown-linux-gnu', { os: 'linux', arch: 'aarch64', libc: { kind: 'glibc', major: 2, minor: 40 } }],
  ['x86_64-apple-darwin', { os: 'macos', arch: 'x86_64', major: 14, minor: 0 }],
  ['aarch64-apple-darwin', { os: 'macos', arch: 'arm64', major: 14, minor: 0 }],
]);

/** What CPython says of itself there: `platform.machine()`, `platform.system()`, `sys.platform`, the end of `EXT_SUFFIX`. */
function wordsOf(platform: PythonPlatform): {
  readonly machine: string;
  readonly system: string;
  readonly name: string;
  readonly suffix: string;
} {
  return platform.os === 'macos'
    ? { machine: platform.arch, system: 'Darwin', name: 'darwin', suffix: 'darwin' }
    : { machine: platform.arch, system: 'Linux', name: 'linux', suffix: `${platform.arch}-linux-gnu` };
}
