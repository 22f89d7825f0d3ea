import type { Interpreter, PythonPlatform } from '../interpreter.ts';

/** Platform tags that an interpreter can load, best first (PEP 425, 600, 656; order of uv `crates/uv-platform-tags/src/tags.rs`). */
export function platformTags({ platform, pointerWidth }: Pick<Interpreter, 'platform' | 'pointerWidth'>): readonly string[] {
  if (platform.os === 'macos') return macosTags(platform);
  const arch = linuxArch(platform.arch, pointerWidth);
  const { kind, major, minor } = platform.libc;
  return [...(kind === 'glibc' ? manylinuxTags(arch, major, minor) : musllinuxTags(arch, major, minor)), `linux_${arch}`];
}

/** A 32-bit interpreter on a 64-bit kernel, which names itself. */
export function linuxArch(machine: string, pointerWidth: 32 | 64): string {
  const arch = machine === 'amd64' ? 'x86_64' : machine === 'arm64' ? 'aarch64' : machine;
  if (pointerWidth === 64) return arch;
  if (arch === 'x86_64') return 'i686';
  return arch === 'aarch64' || arch === 'armv8l' ? 'armv7l' : arch;
}

/** The oldest glibc 2.x that manylinux has a tag for. */
const OLDEST_GLIBC: ReadonlyMap<string, number> = new Map([
  ['x86_64', 5],
  ['i686', 5],
  ['aarch64', 17],
  ['armv7l', 17],
  ['ppc64', 17],
  ['ppc64le', 17],
  ['s390x', 17],
  ['riscv64', 31],
  ['loongarch64', 36],
]);

/** Names from before PEP 600, each right behind what it stands for. */
const MANYLINUX_ALIASES: ReadonlyMap<number, string> = new Map([
  [17, 'manylinux2014'],
  [12, 'manylinux2010'],
  [5, 'manylinux1'],
]);

function manylinuxTags(arch: string, major: number, minor: number): readonly string[] {
  const oldest = OLDEST_GLIBC.get(arch);
  if (oldest === undefined) return [];
  return downFrom(minor, oldest).flatMap((version) => {
    const alias = MANYLINUX_ALIASES.get(version);
    return [`manylinux_${major}_${version}_${arch}`, ...(alias === undefined ? [] : [`${alias}_${arch}`])];
  });
}

function musllinuxTags(arch: string, major: number, minor: number): readonly string[] {
  return downFrom(minor, 0).map((version) => `musllinux_${major}_${version}_${arch}`);
}

const INTEL_FORMATS = ['x86_64', 'intel', 'fat64', 'fat32', 'universal2', 'universal'];

/** From macOS 11 on the minor version does not count; before, the major one was always 10. */
function macosTags({ arch, major, minor }: Extract<PythonPlatform, { os: 'macos' }>): readonly string[] {
  const isIntel = arch === 'x86_64';
  if (major < 11) return isIntel ? macosRow(10, downFrom(minor, 4), INTEL_FORMATS) : [];
  const modern = downFrom(major, 11).flatMap((version) => macosRow(version, [0], isIntel ? INTEL_FORMATS : ['arm64', 'universal2']));
  return [...modern, ...macosRow(10, downFrom(16, 4), isIntel ? INTEL_FORMATS : ['universal2'])];
}

function macosRow(major: number, minors: readonly number[], formats: readonly string[]): readonly string[] {
  return minors.flatMap((minor) => formats.map((format) => `macosx_${major}_${minor}_${format}`));
}

/** `first`, `first - 1`, … `last`; nothing if `first` is smaller. */
export function downFrom(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, first - last + 1) }, (_, index) => first - index);
}
