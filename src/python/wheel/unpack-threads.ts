import { availableParallelism } from 'node:os';
import { fail, type Result } from '../../diagnostics/diagnostic.ts';
import type { UnpackedWheel } from '../wheel.ts';
import type { UnpackThreadData } from './unpack-message.ts';
import type { UnpackThread } from './unpack-thread.ts';
import type { WheelArchive } from './unpack-wheel.ts';

export interface UnpackThreadsOptions {
  /** Absolute path of the program that a thread runs (`cli/unpack-thread.ts`, bundled); `undefined`: everything is unpacked here. */
  readonly program: string | undefined;
  /** Absolute directory of the store. */
  readonly store: string;
}

/** A thread takes a while to start: so many bytes of archives are unpacked here before there is one. */
const BYTES_BEFORE_THREADS = 2 << 20;

/**
 * Unpacks wheels in threads of their own, each wheel in one: of inflating, hashing and writing, Node could leave only the first to others
 * than the main thread. Threads are started when there is enough to do, one for each processor at most, and write into the store by themselves.
 */
export class UnpackThreads {
  readonly #options: UnpackThreadsOptions;
  #idle: UnpackThread[] = [];
  #all: UnpackThread[] = [];
  readonly #waiting: ((thread: UnpackThread) => void)[] = [];
  #bytes = 0;

  constructor(options: UnpackThreadsOptions) {
    this.#options = options;
  }

  /** As `unpackWheel`. */
  async unpack(wheel: WheelArchive): Promise<Result<UnpackedWheel>> {
    const { program } = this.#options;
    this.#bytes += wheel.digest.size;
    const { unpackWheel } = await import('./unpack-wheel.ts');
    if (program === undefined || this.#bytes < BYTES_BEFORE_THREADS) return await unpackWheel(wheel);
    const thread = await this.#acquire(program);
    try {
      const { path, digest, filename } = wheel;
      const answer = await thread.unpack({ path, digest, filename });
      if (answer.kind === 'kept') return await unpackWheel(wheel);
      return fail(...answer.diagnostics);
    } finally {
      this.#release(thread);
    }
  }

  /** Ends the threads; what one of them is at is lost. Others are started when they are needed. */
  async close(): Promise<void> {
    const all = this.#all;
    [this.#all, this.#idle] = [[], []];
    await Promise.all(all.map(async (thread) => await thread.close()));
  }

  async #acquire(program: string): Promise<UnpackThread> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const data: UnpackThreadData = { store: this.#options.store };
    if (this.#all.length >= availableParallelism()) return await new Promise((resolve) => this.#waiting.push(resolve));
    const { UnpackThread: Thread } = await import('./unpack-thread.ts');
    // Another may have been started meanwhile.
    if (this.#all.length >= availableParallelism()) return await this.#acquire(program);
    const thread = new Thread(program, data);
    this.#all.push(thread);
    return thread;
  }

  #release(thread: UnpackThread): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(thread);
    else next(thread);
  }
}
