import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defaultLibraryDirectories } from './system-libraries.ts';

/** A tool found on this machine. */
export interface SystemTool {
  readonly name: string;
  /** Absolute path as a script finds it. */
  readonly path: string;
  /** The file behind it, symbolic links followed: what the key has to know. */
  readonly realPath: string;
}

/** Where tools are looked for. */
export interface ToolPlaces {
  /** Directories of the sandbox's PATH that exist on this machine. */
  readonly path: readonly string[];
  /** Host triple: where libraries such as libclang are. */
  readonly triple: string;
  /** `LIBCLANG_PATH` of the build's environment; `undefined`: not set. */
  readonly libclangPath: string | undefined;
}

/** Programs that come under several names: the first that is there counts. */
const ALIASES: ReadonlyMap<string, readonly string[]> = new Map([
  ['pkg-config', ['pkg-config', 'pkgconf']],
  ['cc', ['cc', 'gcc', 'clang']],
  ['c++', ['c++', 'g++', 'clang++']],
  ['make', ['make', 'gmake']],
  ['libtool', ['libtoolize', 'glibtoolize']],
  ['python3', ['python3', 'python']],
  ['ninja', ['ninja', 'ninja-build']],
]);

/** A program on the path, or the libclang that clang-sys would load; `undefined`: it is not there. */
export function findTool(name: string, places: ToolPlaces): SystemTool | undefined {
  if (name === 'libclang') return findLibclang(places);
  for (const program of ALIASES.get(name) ?? programsLike(name, places)) {
    const path = places.path.map((directory) => join(directory, program)).find(isExecutable);
    if (path !== undefined) return { name, path, realPath: realpathSync.native(path) };
  }
  return undefined;
}

/** `llvm-config` may only be there with a version, `llvm-config-19`: the highest counts. */
function programsLike(name: string, places: ToolPlaces): readonly string[] {
  if (name !== 'llvm-config') return [name];
  const versions = places.path.flatMap(entriesOf).filter((entry) => /^llvm-config-\d+$/.test(entry));
  return [name, ...versions.toSorted(byVersion)];
}

const LIBCLANG_FILE = /^libclang(?:-\d+(?:\.\d+)*)?\.(?:so(?:\.\d+)*|dylib)$/;

function findLibclang(places: ToolPlaces): SystemTool | undefined {
  if (places.libclangPath !== undefined && isFile(places.libclangPath)) return libclangAt(places.libclangPath);
  for (const directory of libclangDirectories(places)) {
    const file = entriesOf(directory)
      .filter((entry) => LIBCLANG_FILE.test(entry))
      .toSorted(byVersion)[0];
    if (file !== undefined) return libclangAt(join(directory, file));
  }
  return undefined;
}

function libclangAt(path: string): SystemTool {
  return { name: 'libclang', path, realPath: realpathSync.native(path) };
}

/** As clang-sys looks: the variable, versioned LLVM directories, the linker's directories (clang-sys `build/common.rs`). */
function libclangDirectories(places: ToolPlaces): readonly string[] {
  const versioned = entriesOf('/usr/lib')
    .filter((entry) => /^llvm-\d+/.test(entry))
    .toSorted(byVersion)
    .map((entry) => `/usr/lib/${entry}/lib`);
  const apple = ['/opt/homebrew/opt/llvm/lib', '/usr/local/opt/llvm/lib', '/Library/Developer/CommandLineTools/usr/lib'];
  const platform = places.triple.includes('apple') ? apple : versioned;
  return [...(places.libclangPath === undefined ? [] : [places.libclangPath]), ...platform, ...defaultLibraryDirectories(places.triple)];
}

/** Highest version first, so that the choice does not depend on the order of a directory. */
function byVersion(left: string, right: string): number {
  return right.localeCompare(left, 'en', { numeric: true });
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

function isExecutable(path: string): boolean {
  if (!isFile(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
