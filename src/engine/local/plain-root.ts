import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Action, type ActionKey, WRITABLE_INPUT } from '../../model/action.ts';
import { EMPTY_TREE } from '../../model/tree.ts';
import { sha256Of } from '../../model/digest.ts';
import { copyWritable } from '../../store/tree-copy.ts';
import type { Store } from '../../store/store.ts';

/**
 * A directory that stands in for `/build` where there is no sandbox. It stays where it is, because scripts write its paths into files
 * that later actions read. Only two places cannot be shared by actions that run together, and get a directory of their own:
 * the repository's sources (each unit sees its own selection) and `/build/out`.
 */
export class PlainRoot implements Disposable {
  readonly path: string;
  readonly #store: Store;
  readonly #lock: string;
  /** What was laid at a path by this process: nothing is looked at twice. */
  readonly #laid = new Map<string, string>();

  private constructor(store: Store, path: string, lock: string) {
    this.#store = store;
    this.path = path;
    this.#lock = lock;
  }

  /** Takes the repository's root, or a further one while other processes hold it. */
  static claim(options: { readonly store: Store; readonly repositoryRoot: string }): PlainRoot {
    const { store, repositoryRoot } = options;
    const base = join(store.directory, 'unsandboxed', sha256Of(repositoryRoot).slice(0, 16));
    for (let number = 0; ; number += 1) {
      const path = `${base}-${number}`;
      mkdirSync(path, { recursive: true });
      const lock = join(path, 'lock');
      if (takeLock(lock)) return new PlainRoot(store, path, lock);
    }
  }

  /** Text with the paths of the root as this machine has them. */
  translate(text: string, place: ActionPlace): string {
    if (!text.includes('/build')) return text;
    return text
      .replaceAll(/(?<![\w.-])\/build\/out(?![\w.-])/g, place.output)
      .replaceAll(/(?<![\w.-])\/build\/src(?![\w.-])/g, place.source)
      .replaceAll(/(?<![\w.-])\/build(?=\/|$)/g, join(this.path, 'build'));
  }

  /** Bytes a program printed, with the paths every action knows. */
  normalise(bytes: Buffer, place: ActionPlace): Buffer {
    if (!bytes.includes(this.path)) return bytes;
    const text = bytes.toString('latin1').replaceAll(place.output, '/build/out').replaceAll(place.source, '/build/src');
    return Buffer.from(text.replaceAll(join(this.path, 'build'), '/build'), 'latin1');
  }

  /** Where the action's own directories are. */
  placeOf(action: Action, key: ActionKey): ActionPlace {
    const source = action.inputs.get('build/src');
    const name = source?.kind === 'tree' ? source.digest.hash.slice(0, 16) : 'none';
    return { source: join(this.path, 'src', name), output: join(this.path, 'out', key.hash.slice(0, 32)) };
  }

  /** An output or input of the action on this machine. */
  locate(path: string, place: ActionPlace): string {
    return this.translate(`/${path}`, place);
  }

  /** Puts all inputs in their places and makes the directories of the outputs. `undefined`, or the input that is not in the store. */
  lay(action: Action, place: ActionPlace): string | undefined {
    const outputs = new Set(action.command.outputs);
    for (const [path, entry] of action.inputs) {
      const target = this.locate(path, place);
      if (entry.kind === 'tree' && outputs.has(path) && entry.digest.hash === EMPTY_TREE.hash) {
        rmSync(target, { recursive: true, force: true });
        mkdirSync(target, { recursive: true });
        this.#laid.delete(target);
        continue;
      }
      const source =
        entry.kind === 'tree'
          ? this.#store.treePath(entry.digest)
          : entry.kind === 'file'
            ? this.#store.blobPath(entry.digest, entry.executable)
            : entry.target;
      if (source === undefined) return path;
      if (this.#laid.get(target) === source) continue;
      mkdirSync(dirname(target), { recursive: true });
      if (action.platform[WRITABLE_INPUT] === path) {
        rmSync(target, { recursive: true, force: true });
        copyWritable(source, target);
        continue;
      }
      if (entry.kind === 'file') replaceWithLink(source, target);
      else replaceWithSymlink(source, target);
      this.#laid.set(target, source);
    }
    for (const output of action.command.outputs) mkdirSync(dirname(this.locate(output, place)), { recursive: true });
    mkdirSync(this.locate(action.command.workingDirectory, place), { recursive: true });
    return undefined;
  }

  [Symbol.dispose](): void {
    rmSync(join(this.path, 'out'), { recursive: true, force: true });
    rmSync(this.#lock, { force: true });
  }
}

/** Directories that one action has to itself. */
export interface ActionPlace {
  /** Stands for `/build/src`. */
  readonly source: string;
  /** Stands for `/build/out`. */
  readonly output: string;
}

function replaceWithLink(source: string, target: string): void {
  const old = lstatSync(target, { throwIfNoEntry: false });
  if (old !== undefined) {
    if (old.ino === lstatSync(source).ino) return;
    unlinkSync(target);
  }
  linkSync(source, target);
}

function replaceWithSymlink(source: string, target: string): void {
  const old = lstatSync(target, { throwIfNoEntry: false });
  if (old?.isSymbolicLink() === true && readlinkSync(target) === source) return;
  if (old !== undefined) rmSync(target, { recursive: true, force: true });
  symlinkSync(source, target);
}

/** A lock file that names its process; one left by a process that is gone is taken over. */
function takeLock(path: string): boolean {
  try {
    const descriptor = openSync(path, 'wx');
    writeSync(descriptor, String(process.pid));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const owner = Number(readFileSync(path, 'utf8'));
  if (owner > 0 && isAlive(owner)) return false;
  rmSync(path, { force: true });
  return takeLock(path);
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
