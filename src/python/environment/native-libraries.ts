import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { defaultLibraryDirectories } from '../../rust/native/system-libraries.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { InstalledInterpreter } from '../interpreter.ts';
import type { NativeObject } from '../wheel.ts';
import { isPlatformLibrary } from './platform-libraries.ts';

/** An ELF file of an environment. */
export interface PlacedObject {
  readonly owner: DistributionName;
  /** Relative to the environment. */
  readonly path: string;
  readonly object: NativeObject;
}

/** Somebody's need of a library that is not simply there. */
export interface LibraryNeed {
  /** `libGL.so.1` */
  readonly library: string;
  readonly owner: DistributionName;
  /** Files that need it, relative to the environment, sorted. */
  readonly objects: readonly string[];
}

export interface NativeReport {
  /** Needed libraries that were found: beside, in another distribution, or on this machine. */
  readonly resolved: number;
  /** In the environment, but where the dynamic linker does not look: works once something else has loaded them. Sorted. */
  readonly preloadExpected: readonly LibraryNeed[];
  /** Nowhere. Sorted. */
  readonly missing: readonly LibraryNeed[];
  /** Files whose search path leads into another distribution, so that they must stand in real directories. */
  readonly reachingOut: ReadonlySet<string>;
}

/** Looks for every library that the environment's ELF files need. From facts alone, but for a look at the machine's own directories. */
export function resolveNativeLibraries(options: {
  readonly objects: readonly PlacedObject[];
  readonly interpreter: InstalledInterpreter;
  /** Libraries that the user says are there. */
  readonly declared: readonly string[];
  /** Absolute directories where the dynamic linker looks; `undefined`: the usual ones. */
  readonly directories: readonly string[] | undefined;
}): NativeReport {
  const { interpreter, declared } = options;
  const { platform } = interpreter.interpreter;
  if (platform.os !== 'linux') return { resolved: 0, preloadExpected: [], missing: [], reachingOut: new Set() };
  const objects = options.objects.filter(({ object }) => object.machine === platform.arch);
  const libc = platform.libc.kind === 'glibc' ? 'gnu' : 'musl';
  const usual = options.directories ?? defaultLibraryDirectories(`${platform.arch}-unknown-linux-${libc}`);
  const places = new Places(objects);
  const host = new Host([...usual, `${interpreter.prefix}/lib`]);
  const needs = { missing: new NeedList(), preload: new NeedList() };
  const reachingOut = new Set<string>();
  let resolved = 0;
  for (const placed of objects) {
    for (const library of placed.object.needed) {
      if (isLoader(library)) continue;
      const found = places.alongSearchPath(placed, library);
      if (found === 'another') reachingOut.add(placed.path);
      if (found !== undefined || host.has(library) || declared.includes(library)) resolved += 1;
      else if (!isPlatformLibrary(library) && places.isAnywhere(library)) needs.preload.add(placed, library);
      else needs.missing.add(placed, library);
    }
  }
  return { resolved, preloadExpected: needs.preload.sorted(), missing: needs.missing.sorted(), reachingOut };
}

function isLoader(library: string): boolean {
  return /^(?:ld-linux|ld-musl|ld64|linux-vdso)/.test(library);
}

/** Where the environment's own libraries are. */
class Places {
  readonly #owners = new Map<string, DistributionName>();
  readonly #trees = new Map<DistributionName, Set<string>>();
  readonly #names = new Set<string>();
  readonly #directories = new Map<string, string>();

  constructor(objects: readonly PlacedObject[]) {
    for (const { owner, path, object } of objects) {
      this.#owners.set(path, owner);
      this.#names.add(posix.basename(path));
      if (object.soname !== undefined) this.#names.add(object.soname);
      const tree = this.#trees.get(owner);
      if (tree === undefined) this.#trees.set(owner, new Set([object.path]));
      else tree.add(object.path);
    }
  }

  /**
   * Follows a file's own search path. `same`: found from where the file stands in its wheel's tree, which is what a link to one of its
   * directories gives; `another`: found only from where it stands in the environment.
   */
  alongSearchPath({ owner, path, object }: PlacedObject, library: string): 'same' | 'another' | undefined {
    const tree = this.#trees.get(owner);
    const isInTree = object.runpath.some((entry) => tree?.has(`${this.#followed(entry, object.path)}${library}`));
    if (isInTree) return 'same';
    return object.runpath.some((entry) => this.#owners.has(`${this.#followed(entry, path)}${library}`)) ? 'another' : undefined;
  }

  /** Directory of an entry of a search path, seen from a file, with a slash; a path that nothing has for what does not begin with `$ORIGIN`. */
  #followed(entry: string, from: string): string {
    const key = `${posix.dirname(from)}/${entry}`;
    const known = this.#directories.get(key);
    if (known !== undefined) return known;
    const match = /^\$(?:ORIGIN|\{ORIGIN\})(?:\/|$)/.exec(entry);
    const directory = match === null ? '\0' : `${posix.join(posix.dirname(from), entry.slice(match[0].length))}/`.replace('//', '/');
    this.#directories.set(key, directory);
    return directory;
  }

  isAnywhere(library: string): boolean {
    return this.#names.has(library);
  }
}

/** The machine's libraries. */
class Host {
  readonly #directories: readonly string[];
  readonly #known = new Map<string, boolean>();

  constructor(directories: readonly string[]) {
    this.#directories = directories;
  }

  has(library: string): boolean {
    const known = this.#known.get(library);
    if (known !== undefined) return known;
    const found = this.#directories.some((directory) => existsSync(`${directory}/${library}`));
    this.#known.set(library, found);
    return found;
  }
}

class NeedList {
  readonly #objects = new Map<string, { readonly library: string; readonly owner: DistributionName; readonly objects: string[] }>();

  add({ owner, path }: PlacedObject, library: string): void {
    const key = `${library} ${owner}`;
    const need = this.#objects.get(key);
    if (need === undefined) this.#objects.set(key, { library, owner, objects: [path] });
    else need.objects.push(path);
  }

  sorted(): readonly LibraryNeed[] {
    const keys = [...this.#objects.keys()].toSorted();
    return keys.flatMap((key) => this.#objects.get(key) ?? []).map((need) => ({ ...need, objects: need.objects.toSorted() }));
  }
}
