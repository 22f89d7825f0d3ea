import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { moduleNames, type PkgConfigFile, parsePkgConfigFile } from './pkg-config-file.ts';

/** Where the declared modules' `.pc` files stand in the sandbox: the only place pkg-config looks. */
export const PKG_CONFIG_ROOT = '/build/pkg-config';

/** Laid over a build script's environment: nothing of the user's may point pkg-config anywhere else. */
export const PKG_CONFIG_ENVIRONMENT: Readonly<Record<string, string>> = { PKG_CONFIG_LIBDIR: PKG_CONFIG_ROOT, PKG_CONFIG_PATH: '' };

/**
 * Whether a variable would point the `pkg-config` crate at another program or other places than the declared modules
 * (`PKG_CONFIG_PATH`, `HOST_PKG_CONFIG_LIBDIR`, `PKG_CONFIG_SYSROOT_DIR_x86_64-unknown-linux-gnu` …): never passed on from the
 * user, although scripts name them all in `rerun-if-env-changed`.
 */
export function pointsPkgConfig(variable: string): boolean {
  return /^(?:HOST_|TARGET_)?PKG_CONFIG(?:_PATH|_LIBDIR|_SYSROOT_DIR)?(?:_[a-z0-9].*)?$/.test(variable);
}

/** Where a machine keeps its libraries. */
export interface LibraryPlaces {
  /** Directories with `.pc` files, first match wins: `PKG_CONFIG_PATH`, then `pkg-config --variable pc_path pkg-config`. */
  readonly pkgConfig: readonly string[];
  /** Directories the linker searches by itself; see {@link defaultLibraryDirectories}. */
  readonly libraries: readonly string[];
}

/** A module found on this machine. */
export interface SystemModule {
  readonly name: string;
  /** Absolute path of its `.pc` file on this machine. */
  readonly path: string;
  /** What to put at `PKG_CONFIG_ROOT/NAME.pc`: its content, relocatable. */
  readonly text: string;
  /** Absolute real paths of the shared and static libraries its `-L` and `-l` lead to, sorted. What the key has to know besides the text. */
  readonly libraries: readonly string[];
}

export interface SystemModules {
  /** The modules asked for that are there, and everything they require, sorted by name. */
  readonly found: readonly SystemModule[];
  /** Modules asked for that are not there, or that require one that is not there. */
  readonly missing: readonly MissingModule[];
}

export interface MissingModule {
  /** As it was asked for. */
  readonly name: string;
  /** The module without a `.pc` file: `name` itself or one it requires. */
  readonly absent: string;
}

/**
 * Finds modules and the closure of what they require. A missing `Requires` makes the module missing; a missing
 * `Requires.private` is passed over: whether that is an error is up to the pkg-config that the script runs.
 */
export function resolvePkgConfig(options: { readonly modules: readonly string[]; readonly places: LibraryPlaces }): SystemModules {
  const cache: ModuleCache = new Map();
  const found = new Map<string, SystemModule>();
  const missing: MissingModule[] = [];
  for (const asked of options.modules) {
    const name = moduleNames(asked)[0] ?? asked;
    const absent = absentRequirement(name, options.places, cache);
    if (absent !== undefined) missing.push({ name, absent });
    else collect({ name, places: options.places, cache, found });
  }
  return { found: [...found.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1)), missing };
}

type ModuleCache = Map<string, (PkgConfigFile & { readonly path: string }) | undefined>;

function readModule(name: string, places: LibraryPlaces, cache: ModuleCache): ReturnType<ModuleCache['get']> {
  if (cache.has(name)) return cache.get(name);
  const module = places.pkgConfig.map((directory) => tryReadModule(join(directory, `${name}.pc`))).find((file) => file !== undefined);
  cache.set(name, module);
  return module;
}

function tryReadModule(path: string): ReturnType<ModuleCache['get']> {
  const content = readIfThere(path);
  return content === undefined ? undefined : { ...parsePkgConfigFile(content, dirname(path)), path };
}

/** The first module below `name`, itself included, that has no file; `undefined`: all are there. */
function absentRequirement(name: string, places: LibraryPlaces, cache: ModuleCache, seen: Set<string> = new Set()): string | undefined {
  if (seen.has(name)) return undefined;
  seen.add(name);
  const module = readModule(name, places, cache);
  if (module === undefined) return name;
  for (const required of module.requires) {
    const absent = absentRequirement(required, places, cache, seen);
    if (absent !== undefined) return absent;
  }
  return undefined;
}

interface Collecting {
  readonly name: string;
  readonly places: LibraryPlaces;
  readonly cache: ModuleCache;
  readonly found: Map<string, SystemModule>;
}

function collect({ name, places, cache, found }: Collecting): void {
  if (found.has(name)) return;
  const module = readModule(name, places, cache);
  if (module === undefined) return;
  found.set(name, { name, path: module.path, text: module.text, libraries: libraryFiles(module.libraries, places.libraries) });
  for (const required of [...module.requires, ...module.requiresPrivate]) collect({ name: required, places, cache, found });
}

/** Files that `-L` and `-l` words, or plain paths, lead to. */
function libraryFiles(flags: readonly string[], defaults: readonly string[]): readonly string[] {
  const directories: string[] = [];
  const names: string[] = [];
  const files = new Set<string>();
  for (const [index, flag] of flags.entries()) {
    const operand = flag.length > 2 ? flag.slice(2) : flags[index + 1];
    if (flag.startsWith('-L') && operand !== undefined) directories.push(operand);
    else if (flag.startsWith('-l') && operand !== undefined) names.push(operand);
    else if (/^\/.*\.(?:a|so|dylib)(?:\.|$)/.test(flag)) addRealPath(flag, files);
  }
  for (const name of names) for (const file of findLibrary(name, [...directories, ...defaults])) files.add(file);
  return [...files].toSorted();
}

const SHARED_SUFFIXES = ['.so', '.dylib', '.tbd'];

/** Real paths of the shared and the static library of a name, each from the first directory that has it; empty: there is none. */
export function findLibrary(name: string, directories: readonly string[]): readonly string[] {
  const files = new Set<string>();
  const exact = name.startsWith(':') ? [[name.slice(1)]] : [SHARED_SUFFIXES.map((suffix) => `lib${name}${suffix}`), [`lib${name}.a`]];
  for (const candidates of exact) {
    directories.some((directory) => candidates.some((file) => addRealPath(join(directory, file), files)));
  }
  return [...files];
}

function addRealPath(path: string, files: Set<string>): boolean {
  try {
    files.add(realpathSync.native(path));
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

const ABSENCES: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR', 'ELOOP']);

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ABSENCES.has(error.code);
}

/**
 * The directories of {@link LibraryPlaces.pkgConfig}: the user's `PKG_CONFIG_PATH`, then what
 * `pkg-config --variable pc_path pkg-config` printed (`undefined` when there is no pkg-config: the usual places are taken).
 */
export function pkgConfigDirectories(options: {
  readonly userPath: string | undefined;
  readonly builtIn: string | undefined;
  readonly triple: string;
}): readonly string[] {
  const builtIn = options.builtIn ?? usualPkgConfigDirectories(options.triple).join(':');
  const all = [...(options.userPath ?? '').split(':'), ...builtIn.trim().split(':')];
  return [...new Set(all.filter((directory) => directory !== ''))];
}

function usualPkgConfigDirectories(triple: string): readonly string[] {
  const directories = defaultLibraryDirectories(triple).map((directory) => `${directory}/pkgconfig`);
  return [...directories, '/usr/share/pkgconfig', '/usr/local/share/pkgconfig'];
}

/** Where the platform's linker looks without being told: Debian's multiarch directory, `lib64` of Fedora, the rest. */
export function defaultLibraryDirectories(triple: string): readonly string[] {
  if (triple.includes('apple')) return ['/opt/homebrew/lib', '/usr/local/lib', '/usr/lib'];
  const multiarch = multiarchTuple(triple);
  return ['/usr/local/lib', `/usr/lib/${multiarch}`, `/lib/${multiarch}`, '/usr/lib64', '/lib64', '/usr/lib', '/lib'];
}

/** Debian's name of a platform: `x86_64-unknown-linux-gnu` is `x86_64-linux-gnu`, `i686-…` is `i386-…`. */
function multiarchTuple(triple: string): string {
  const [architecture = '', ...rest] = triple.split('-');
  const cpu = /^i[3-6]86$/.test(architecture) ? 'i386' : architecture === 'riscv64gc' ? 'riscv64' : architecture.replace(/^armv7$/, 'arm');
  return [cpu, ...rest.filter((part) => part !== 'unknown' && part !== 'pc')].join('-');
}
