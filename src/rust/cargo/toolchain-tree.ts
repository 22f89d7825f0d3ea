import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { type Digest, digestOfFile } from '../../model/digest.ts';
import { type InputEntry, inputRootDigest } from '../../model/tree.ts';

/** The files of a toolchain that can change an output, and how they looked when they were hashed. */
export interface ToolchainTree {
  readonly tree: Digest;
  /** Every path that was read or listed, with its {@link stampOf}. */
  readonly stamps: readonly (readonly [path: string, stamp: string])[];
}

const PROGRAMS: ReadonlySet<string> = new Set(['rustc', 'rustdoc', 'cargo', 'clippy-driver', 'cargo-clippy', 'rustfmt', 'cargo-fmt']);

/** Records of the installer, scripts for debuggers and the library's source: nothing that rustc reads when it compiles. */
const RUSTLIB_IGNORED = /^(?:manifest-|multirust-|components$|rust-installer-version$|uninstall|etc$|src$)/;

/** In a sysroot shared with a whole distribution (`/usr`), what belongs to Rust. */
const SHARED_LIBRARY = /^(?:rustlib$|lib(?:rustc_driver|LLVM|std|test|rustc)[-.])/;

/**
 * Hashes a toolchain (about half a second for 500 MB in the page cache). `programs` replaces files of `bin/` that live
 * elsewhere, as cargo does on Nix.
 */
export function hashToolchain(sysroot: string, programs: ReadonlyMap<string, string>): ToolchainTree {
  const walk = new ToolchainWalk();
  const bin = join(sysroot, 'bin');
  for (const name of PROGRAMS) {
    const path = programs.get(name) ?? join(bin, name);
    if (existsSync(path)) walk.file(path, `bin/${name}`);
  }
  const isShared = existsSync(join(sysroot, 'include')) || existsSync(join(sysroot, 'games'));
  walk.directory(join(sysroot, 'lib'), 'lib', (name) => !isShared || SHARED_LIBRARY.test(name));
  walk.directory(join(sysroot, 'libexec'), 'libexec', (name) => !isShared || name.startsWith('rust'));
  return walk.finish();
}

/** Whether everything that was hashed still looks the same: one stat per path. */
export function isUnchanged(stamps: ToolchainTree['stamps']): boolean {
  return stamps.every(([path, stamp]) => stampOf(path) === stamp);
}

/** Size, modification time and inode; `''` when there is nothing. */
export function stampOf(path: string): string {
  const state = lstatSync(path, { throwIfNoEntry: false });
  return state === undefined ? '' : `${state.size}:${state.mtimeMs}:${state.ino}`;
}

class ToolchainWalk {
  readonly #entries = new Map<string, InputEntry>();
  readonly #stamps: (readonly [string, string])[] = [];

  file(path: string, name: string): void {
    const state = lstatSync(path);
    this.#stamp(path);
    if (state.isSymbolicLink() && !name.startsWith('bin/')) {
      this.#entries.set(name, { kind: 'symlink', target: readlinkSync(path) });
      return;
    }
    this.#entries.set(name, { kind: 'file', digest: digestOfFile(path), executable: (state.mode & 0o100) !== 0 });
  }

  directory(path: string, name: string, wanted: (child: string) => boolean): void {
    this.#stamp(path);
    if (!existsSync(path)) return;
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (!wanted(entry.name)) continue;
      const child = join(path, entry.name);
      const childName = `${name}/${entry.name}`;
      if (entry.isDirectory()) this.directory(child, childName, childName === 'lib/rustlib' ? isRustlibPart : () => true);
      else this.file(child, childName);
    }
  }

  #stamp(path: string): void {
    this.#stamps.push([path, stampOf(path)]);
  }

  finish(): ToolchainTree {
    return { tree: inputRootDigest(this.#entries), stamps: this.#stamps };
  }
}

function isRustlibPart(name: string): boolean {
  return !RUSTLIB_IGNORED.test(name);
}
