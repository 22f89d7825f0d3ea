import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface ChildOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Directory of this machine to start in; `undefined`: ours. */
  readonly directory?: string;
  /** Descriptor to pass on as number 3; `undefined`: none. */
  readonly descriptor: number | undefined;
  /** Called with each complete line of standard error, without its newline, as it comes. */
  readonly onErrorLine?: (line: string) => void;
  /** Milliseconds after which it is killed; `undefined`: never. */
  readonly timeoutMs?: number;
}

export interface ChildResult {
  /** As a shell has it: 128 and the signal's number when a signal ended it, whether inside the sandbox or not. */
  readonly exitCode: number;
  /** Why we killed it; `undefined`: we did not, or the run was stopped. */
  readonly killed: 'timeout' | 'output' | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Why a program could not even be started. */
export interface SpawnFailure {
  readonly spawnError: string;
}

/** Bytes that one action may print: what prints more than that is broken, and would take our memory with it. */
export const MOST_OUTPUT = 256 << 20;

/** Child processes of one engine: each in a session of its own, so that Ctrl-C reaches us alone and we end them all. */
export class Children {
  readonly #running = new Set<ChildProcess>();
  #stopped = false;

  async run(options: ChildOptions): Promise<ChildResult | SpawnFailure> {
    if (this.#stopped) return { spawnError: 'the run was stopped' };
    return await new Promise((resolve, reject) => {
      const child = spawn(options.program, options.arguments, {
        env: options.environment,
        cwd: options.directory,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', options.descriptor ?? 'ignore'],
      });
      this.#running.add(child);
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      const lines = lineSplitter(options.onErrorLine);
      let printed = 0;
      let killed: ChildResult['killed'];
      const end = (why: 'timeout' | 'output'): void => {
        killed ??= why;
        kill(child);
      };
      const take = (chunks: Buffer[], chunk: Buffer): void => {
        printed += chunk.length;
        if (printed > MOST_OUTPUT) end('output');
        else chunks.push(chunk);
      };
      child.stdout?.on('data', (chunk: Buffer) => take(stdout, chunk));
      child.stderr?.on('data', (chunk: Buffer) => {
        take(stderr, chunk);
        try {
          lines(chunk);
        } catch (error) {
          kill(child);
          reject(error);
        }
      });
      const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => end('timeout'), options.timeoutMs);
      const settle = (result: ChildResult | SpawnFailure): void => {
        clearTimeout(timer);
        this.#running.delete(child);
        resolve(result);
      };
      child.once('error', (error) => settle({ spawnError: error.message }));
      // A process that left its group may outlive the one we killed and hold its pipes open: nobody waits for what it prints.
      child.once('exit', () => {
        if (killed === undefined && !this.#stopped) return;
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
      child.once('close', (code, signal) => {
        const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        settle({ exitCode, killed, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
      });
    });
  }

  /** Kills everything that runs, with all its descendants; later calls of `run` start nothing. */
  stop(): void {
    this.#stopped = true;
    for (const child of this.#running) kill(child);
  }
}

/** The child leads its own process group; inside bubblewrap, the end of its first process ends the whole namespace. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function lineSplitter(onLine: ((line: string) => void) | undefined): (chunk: Buffer) => void {
  if (onLine === undefined) return () => undefined;
  let rest: Buffer[] = [];
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end);
      onLine(rest.length === 0 ? piece.toString('utf8') : Buffer.concat([...rest, piece]).toString('utf8'));
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(Buffer.from(chunk.subarray(start)));
  };
}
