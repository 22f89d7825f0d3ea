/**
 * Where everything stands inside an action's root. Fixed, so that no machine path can enter an output.
 *
 * ```
 * /build/toolchain/            rustc, cargo, the standard library
 * /build/registry/NAME-VERSION crates.io crates; other registries under /build/registry/HASH8/NAME-VERSION
 * /build/git/REPO-HASH8-REV7/  whole git checkouts
 * /build/src/…                 the repository's own files, at their places relative to the repository's root
 * /build/target/[TRIPLE/]PROFILE/deps                the linked dependencies, read-only
 * /build/target/[TRIPLE/]PROFILE/build/PKG-HASH/out  OUT_DIR
 * /build/out                   --out-dir of rustc
 * /build/out/profiles          what test programs with counters leave
 * ```
 */
export const BUILD_ROOT = '/build';
export const TOOLCHAIN_ROOT = '/build/toolchain';
export const REGISTRY_ROOT = '/build/registry';
export const GIT_ROOT = '/build/git';
export const SOURCE_ROOT = '/build/src';
export const TARGET_ROOT = '/build/target';
export const OUTPUT_ROOT = '/build/out';
export const PROFILE_ROOT = '/build/out/profiles';

/** An absolute path inside the action's root, below `/build`. */
export type SandboxPath = string;

/** `/build/out/x` as the input root and the output list spell it: `build/out/x`. */
export function relativeToRoot(path: SandboxPath): string {
  return path.slice(1);
}
