import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { fail, type Result } from '../../diagnostics/diagnostic.ts';
import { StoreFailure } from '../../store/store.ts';
import type { UnpackedWheel } from '../wheel.ts';
import type { UnpackAnswer, UnpackQuestion, UnpackThreadData } from './unpack-message.ts';
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
    const { Worker: Thread } = await import('node:worker_threads');
    // Another may have been started meanwhile.
    if (this.#all.length >= availableParallelism()) return await this.#acquire(program);
    const thread = new UnpackThread(new Thread(program, { workerData: data }));
    this.#all.push(thread);
    return thread;
  }

  #release(thread: UnpackThread): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(thread);
    else next(thread);
  }
}

class UnpackThread {
  readonly #worker: Worker;
  #settle: { readonly resolve: (answer: UnpackAnswer) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#worker.on('message', (answer: UnpackAnswer) => this.#settle?.resolve(answer));
    this.#worker.on('error', (error) => this.#settle?.reject(error));
    this.#worker.on('exit', () => this.#settle?.reject(new Error('internal: a thread ended while it unpacked a wheel')));
    // An idle thread holds nobody up.
    this.#worker.unref();
  }

  async unpack(question: Exclude<UnpackQuestion, 'close'>): Promise<Outcome> {
    this.#worker.ref();
    try {
      const answer = await new Promise<UnpackAnswer>((resolve, reject) => {
        this.#settle = { resolve, reject };
        this.#ask(question);
      });
      return outcomeOf(answer);
    } finally {
      this.#settle = undefined;
      this.#worker.unref();
    }
  }

  /** Lets an idle thread tidy up after itself; a busy one is ended. */
  async close(): Promise<void> {
    if (this.#settle !== undefined) {
      await this.#worker.terminate();
      return;
    }
    this.#worker.ref();
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#ask('close');
    await ended;
  }

  #ask(question: UnpackQuestion): void {
    this.#worker.postMessage(question, []);
  }
}

type Outcome = Extract<UnpackAnswer, { kind: 'kept' | 'refused' }>;

/** What is nobody's input is thrown, as it would be without a thread. */
function outcomeOf(answer: UnpackAnswer): Outcome {
  switch (answer.kind) {
    case 'kept':
    case 'refused':
      return answer;
    case 'disk':
      throw new StoreFailure({ path: answer.path, systemCode: answer.systemCode, cause: undefined });
    case 'defect':
      throw new Error(answer.stack);
  }
}
