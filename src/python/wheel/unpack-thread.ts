import { Worker } from 'node:worker_threads';
import { StoreFailure } from '../../store/store.ts';
import type { UnpackAnswer, UnpackQuestion, UnpackThreadData } from './unpack-message.ts';

/** One thread of `UnpackThreads`, which unpacks one wheel at a time. */
export class UnpackThread {
  readonly #worker: Worker;
  #settle: { readonly resolve: (answer: UnpackAnswer) => void; readonly reject: (error: unknown) => void } | undefined;

  /** `program`: absolute path of what the thread runs. */
  constructor(program: string, data: UnpackThreadData) {
    this.#worker = new Worker(program, { workerData: data });
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
