import { existsSync, statSync } from 'node:fs';

/** Tells whether single paths exist. */
export interface Probe {
  /** `undefined` when nothing is there, or neither file nor directory; links are followed. */
  kind(path: string): 'file' | 'directory' | undefined;
  isPresent(path: string): boolean;
}

/** Whether paths that no listing holds exist, asked at most once each in a run. */
export class DiskProbe implements Probe {
  readonly #kinds = new Map<string, 'file' | 'directory' | undefined>();
  readonly #present = new Map<string, boolean>();

  /** Absolute paths of everything that was asked for, there or not. */
  get watched(): readonly string[] {
    return [...this.#kinds.keys()];
  }

  /** `undefined` when nothing is there, or neither file nor directory; links are followed. */
  kind(path: string): 'file' | 'directory' | undefined {
    const known = this.#kinds.get(path);
    if (known !== undefined || this.#kinds.has(path)) return known;
    const kind = probe(path);
    this.#kinds.set(path, kind);
    return kind;
  }

  /** Whether anything is there. Not for what has to be watched: a `.git` changes with everything git does. */
  isPresent(path: string): boolean {
    let known = this.#present.get(path);
    if (known === undefined) {
      known = existsSync(path);
      this.#present.set(path, known);
    }
    return known;
  }
}

function probe(path: string): 'file' | 'directory' | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? 'file' : stats?.isDirectory() === true ? 'directory' : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
