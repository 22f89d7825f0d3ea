import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What an engine needs of the pool. */
export interface JobPipe {
  /** To be inherited by children as descriptor {@link JOBSERVER_DESCRIPTOR}; `undefined`: this system has no named pipes. */
  readonly childDescriptor: number | undefined;
}

/**
 * One pool of job tokens for the scheduler, rustc's code generation threads and the makes and cmakes of build scripts
 * (the GNU make jobserver protocol, as cargo speaks it in `src/cargo/core/compiler/job_queue`).
 *
 * The pool is a named pipe holding one byte per free token. Every running action owns one token, taken here before it starts;
 * what is left in the pipe is for its threads. Children get a blocking descriptor, we keep a non-blocking one of our own.
 */
export class Jobserver implements JobPipe, Disposable {
  readonly tokens: number;
  /** To be inherited by children as descriptor {@link JOBSERVER_DESCRIPTOR}. */
  readonly childDescriptor: number;
  readonly #descriptor: number;
  readonly #buffer = Buffer.from('+');
  #held = 0;

  private constructor(tokens: number, childDescriptor: number, descriptor: number) {
    this.tokens = tokens;
    this.childDescriptor = childDescriptor;
    this.#descriptor = descriptor;
    for (let token = 0; token < tokens; token += 1) writeSync(descriptor, this.#buffer);
  }

  /** Makes the pipe in `directory` and removes its name at once. `undefined` when the system cannot make named pipes. */
  static create(directory: string, tokens: number): Jobserver | undefined {
    const path = join(directory, 'jobserver');
    if (spawnSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' }).status !== 0) return undefined;
    try {
      const own = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      const child = openSync(path, constants.O_RDWR);
      return new Jobserver(tokens, child, own);
    } finally {
      unlinkSync(path);
    }
  }

  /** Takes a token if one is free now. Costs nothing while all of them are held here, which is most of the time. */
  tryAcquire(): boolean {
    if (this.#held >= this.tokens || !this.#take()) return false;
    this.#held += 1;
    return true;
  }

  /**
   * Gives a token back. With nothing running any more the pool is filled up again: a process that was killed
   * took its threads' tokens with it.
   */
  release(): void {
    this.#held -= 1;
    writeSync(this.#descriptor, this.#buffer);
    if (this.#held > 0) return;
    while (this.#take());
    for (let token = 0; token < this.tokens; token += 1) writeSync(this.#descriptor, this.#buffer);
  }

  #take(): boolean {
    try {
      return readSync(this.#descriptor, this.#buffer, 0, 1, null) === 1;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return false;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.childDescriptor);
    closeSync(this.#descriptor);
  }
}

/** Number under which children find the pool. */
export const JOBSERVER_DESCRIPTOR = 3;

/** The variable cargo gives to rustc and to build scripts. Not part of any key: it changes who works when, never what comes out. */
export const JOBSERVER_ENVIRONMENT = {
  CARGO_MAKEFLAGS: `-j --jobserver-fds=${JOBSERVER_DESCRIPTOR},${JOBSERVER_DESCRIPTOR} --jobserver-auth=${JOBSERVER_DESCRIPTOR},${JOBSERVER_DESCRIPTOR}`,
} as const;
