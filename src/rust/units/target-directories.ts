import type { PlatformFacts, RustFacts } from '../facts.ts';
import { type SandboxPath, TARGET_ROOT, TOOLCHAIN_ROOT } from '../layout.ts';
import type { Unit } from '../unit.ts';

/** `/build/target/release`, or `/build/target/TRIPLE/release` for units that are built for a requested target. */
export function profileDirectory(facts: RustFacts, platform: string | null): SandboxPath {
  const root = platform === null ? TARGET_ROOT : `${TARGET_ROOT}/${platform}`;
  return `${root}/${facts.profileDirectory}`;
}

/** Where the linked dependencies of a platform stand. */
export function dependencyDirectory(facts: RustFacts, platform: string | null): SandboxPath {
  return `${profileDirectory(facts, platform)}/deps`;
}

/** CARGO_TARGET_TMPDIR. */
export function temporaryDirectory(platform: string | null): SandboxPath {
  return platform === null ? `${TARGET_ROOT}/tmp` : `${TARGET_ROOT}/${platform}/tmp`;
}

/** `PKG-HASH` below `build/`: of the compiled script by its unit id, of the run by its own. */
export function scriptDirectory(options: {
  readonly facts: RustFacts;
  readonly platform: string | null;
  readonly unit: Unit;
  readonly unitId: string;
}): SandboxPath {
  const { facts, platform, unit, unitId } = options;
  return `${profileDirectory(facts, platform)}/build/${unit.package.name}-${unitId}`;
}

/** What rustc and the configuration say about the platform a unit is built for. */
export function platformFacts(facts: RustFacts, unit: Unit): PlatformFacts {
  if (unit.platform === null) return facts.host;
  const platform = facts.targets[unit.platform];
  if (platform === undefined) throw new Error(`internal: no facts about target \`${unit.platform}\``);
  return platform;
}

/** Name of the variable that the dynamic loader of the host reads (cargo-util `dylib_path_envvar`). */
export function dynamicLibraryVariable(host: string): string {
  if (host.includes('-windows')) return 'PATH';
  if (host.includes('-apple-')) return 'DYLD_FALLBACK_LIBRARY_PATH';
  return host.includes('-aix') ? 'LIBPATH' : 'LD_LIBRARY_PATH';
}

/** The directories joined, with what macOS searches when the variable is unset, since setting it turns that off. */
export function dynamicLibraryPath(host: string, directories: readonly SandboxPath[]): string {
  const all = [...directories, `${TOOLCHAIN_ROOT}/lib`];
  if (host.includes('-apple-')) all.push('/usr/local/lib', '/usr/lib');
  return all.join(host.includes('-windows') ? ';' : ':');
}
