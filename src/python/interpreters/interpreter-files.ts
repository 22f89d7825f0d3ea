import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

import type { Store, TreeEntry } from '../../store/store.ts';
import { memorySource } from '../byte-source.ts';
import { readElf } from '../elf.ts';
import { type InstalledInterpreter, PYTHON_ROOT } from '../interpreter.ts';
import { isSharedPrefix, moveBuildVariables } from './build-variables.ts';
import { isElf, relocateElf } from './elf-prefix.ts';
import { type Stamps, stampOf } from './stamp.ts';

export interface CollectedFiles {
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** Every path that was read or listed. */
  readonly stamps: Stamps;
}

/** Directories of the standard library that builds do not need, by path below it. */
const LEFT_OUT_DIRECTORIES =
  /^(?:site-packages|dist-packages|test|idlelib|turtledemo|ensurepip\/_bundled|config-[^/]+)$|(?:^|\/)(?:__pycache__|tests?|idle_test)$/;

/** Byte code, caches of grammars, test modules, what package managers and the host say about themselves. */
const LEFT_OUT_FILES =
  /\.(?:pyc|pyo|pickle|a)$|^(?:EXTERNALLY-MANAGED|build-details\.json|sitecustomize\.py|usercustomize\.py)$|^(?:_test|_ctypes_test|xxlimited|xxsubtype)[^/]*\.so$/;

const BUILD_VARIABLES = /^_sysconfig(?:data|_vars)_.*\.(?:py|json)$/;

/** Gathers what an interpreter's tree holds, putting each file's bytes into the store. */
export class InterpreterFiles {
  readonly #installed: InstalledInterpreter;
  readonly #store: Pick<Store, 'putBlob' | 'copyFile'>;
  readonly #entries = new Map<string, TreeEntry>();
  readonly #stamps: [string, string][] = [];

  constructor(installed: InstalledInterpreter, store: Pick<Store, 'putBlob' | 'copyFile'>) {
    this.#installed = installed;
    this.#store = store;
  }

  /** `library`: the standard library's path relative to the prefix. */
  collect(library: string): CollectedFiles {
    const { prefix, executable } = this.#installed;
    const name = basename(library);
    this.#file(executable, 'bin/python3');
    this.#link(`bin/${name}`, 'python3');
    this.#link('bin/python', 'python3');
    this.#directory(join(prefix, library), library, '');
    // Some systems keep compiled modules apart, in `lib64`.
    const modules = library.startsWith('lib64/') ? library.replace('lib64/', 'lib/') : library.replace('lib/', 'lib64/');
    if (!existsSync(join(prefix, library, 'lib-dynload')))
      this.#directory(join(prefix, modules, 'lib-dynload'), `${modules}/lib-dynload`, '');
    this.#headers(join(prefix, 'include'), name);
    return { entries: this.#entries, stamps: this.#stamps };
  }

  /** Debian has `pyconfig.h` for each architecture elsewhere, and in its place one that includes it. */
  #headers(include: string, name: string): void {
    this.#directory(join(include, name), `include/${name}`, '');
    const triplet = /-([a-z0-9_]+-linux-[a-z0-9]+)\.so$/.exec(this.#installed.interpreter.extensionSuffix)?.[1];
    const own = triplet === undefined ? undefined : join(include, triplet, name, 'pyconfig.h');
    if (own !== undefined && existsSync(own)) this.#file(own, `include/${name}/pyconfig.h`);
  }

  #directory(path: string, name: string, below: string): void {
    this.#stamp(path);
    if (!existsSync(path)) return;
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = below === '' ? entry.name : `${below}/${entry.name}`;
      const child = join(path, entry.name);
      if (entry.isDirectory()) {
        if (!LEFT_OUT_DIRECTORIES.test(inside)) this.#directory(child, `${name}/${entry.name}`, inside);
      } else if (!LEFT_OUT_FILES.test(entry.name)) {
        this.#fileOrLink(child, `${name}/${entry.name}`);
      }
    }
  }

  /** A link to a neighbour stays one; any other becomes what it leads to, if that is a file. */
  #fileOrLink(path: string, name: string): void {
    if (!lstatSync(path).isSymbolicLink()) return this.#file(path, name);
    const target = readlinkSync(path);
    if (!target.includes('/') && !LEFT_OUT_FILES.test(target)) return this.#link(name, target);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) this.#file(path, name);
  }

  #link(name: string, target: string): void {
    this.#entries.set(name, { kind: 'symlink', target });
  }

  #file(path: string, name: string): void {
    this.#stamp(path);
    const executable = (statSync(path).mode & 0o100) !== 0;
    const changed = this.#relocated(path, name);
    const digest = changed === undefined ? this.#store.copyFile(realpathSync(path), { executable }) : this.#store.putBlob(changed);
    this.#entries.set(name, { kind: 'file', digest, executable });
  }

  /** The file's new content; `undefined`: it is as it was. */
  #relocated(path: string, name: string): Buffer | string | undefined {
    const { prefix } = this.#installed;
    if (BUILD_VARIABLES.test(basename(name))) return moveBuildVariables(readFileSync(path, 'utf8'), prefix);
    // Of a shared prefix only the program is looked at, for its `libpython`.
    if (isSharedPrefix(prefix) ? !name.startsWith('bin/') : !isBinary(name)) return undefined;
    const bytes = readFileSync(path);
    if (!isElf(bytes)) return undefined;
    this.#libraries(readElf(memorySource(bytes))?.needed ?? []);
    if (isSharedPrefix(prefix)) return undefined;
    const libraries = `$ORIGIN/${relative(dirname(`/${name}`), '/lib')}`;
    const moved = relocateElf(bytes, { from: prefix, to: PYTHON_ROOT, libraries });
    return moved === bytes ? undefined : moved;
  }

  /** `libpython3.12.so.1.0`, and in a prefix of Python's own whatever else lies there, such as conda's OpenSSL. */
  #libraries(names: readonly string[]): void {
    const { prefix } = this.#installed;
    for (const name of names) {
      if (this.#entries.has(`lib/${name}`) || (isSharedPrefix(prefix) && !name.startsWith('libpython'))) continue;
      const place = ['lib', 'lib64'].map((directory) => join(prefix, directory, name)).find((path) => existsSync(path));
      if (place !== undefined) this.#file(place, `lib/${name}`);
    }
  }

  #stamp(path: string): void {
    this.#stamps.push([path, stampOf(path)]);
  }
}

function isBinary(name: string): boolean {
  return name.startsWith('bin/') || /\.so(?:\.|$)/.test(name);
}
