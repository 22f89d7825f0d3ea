import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileSource } from '../byte-source.ts';
import { type ElfFile, readElf } from '../elf.ts';
import { isLibPython, isLinker } from './manylinux-audit.ts';
import { FIRST_MINOR, PROMISED_LIBRARIES } from './manylinux-table.ts';

/** Shared libraries that a portable wheel may have to take in. */
export interface ForeignLibraries {
  /** Absolute path by the name under which it is linked. */
  readonly found: ReadonlyMap<string, string>;
  /** Names that no directory has, sorted. */
  readonly missing: readonly string[];
}

/**
 * Every library that compiled files need, directly or through another, and that not every manylinux system has. What is promised by
 * some policies only is among them: which policy holds is decided later.
 */
export function foreignLibraries(options: {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Absolute directories, first match wins. */
  readonly directories: readonly string[];
}): ForeignLibraries {
  const { files, directories } = options;
  const found = new Map<string, string>();
  const missing = new Set<string>();
  const pending = [...files];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    for (const library of neededBy(file)) {
      if (isEverywhere(library) || found.has(library)) continue;
      const path = directories.map((directory) => join(directory, library)).find((candidate) => existsSync(candidate));
      if (path === undefined) missing.add(library);
      else {
        found.set(library, path);
        pending.push(path);
      }
    }
  }
  return { found, missing: [...missing].toSorted() };
}

const OLDEST = Math.min(...Object.values(FIRST_MINOR));

function isEverywhere(library: string): boolean {
  return isLinker(library) || isLibPython(library) || (PROMISED_LIBRARIES[library] ?? Infinity) <= OLDEST;
}

function neededBy(file: string): ElfFile['needed'] {
  const descriptor = openSync(file, 'r');
  try {
    return readElf(fileSource(descriptor, fstatSync(descriptor).size))?.needed ?? [];
  } finally {
    closeSync(descriptor);
  }
}
