import { type ChildProcess, spawn } from 'node:child_process';

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
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly timedOut: boolean;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Why a program could not even be started. */
export interface SpawnFailure {
  readonly spawnError: string;
}

/** Child processes of one engine: each in a session of its own, so that Ctrl-C reaches us alone and we end them all. */
export class Children {
  readonly #running = new Set<ChildProcess>();
  #stopped = false;

  async run(options: ChildOptions): Promise<ChildResult | SpawnFailure> {
    if (this.#stopped) return { spawnError: 'the run was stopped' };
    return await new Promise((resolve) => {
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
      child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => {
        stderr.push(chunk);
        lines(chunk);
      });
      let timedOut = false;
      const timer =
        options.timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              timedOut = true;
              kill(child);
            }, options.timeoutMs);
      const settle = (result: ChildResult | SpawnFailure): void => {
        clearTimeout(timer);
        this.#running.delete(child);
        resolve(result);
      };
      child.once('error', (error) => settle({ spawnError: error.message }));
      child.once('close', (code, signal) => {
        settle({
          exitCode: code ?? undefined,
          signal: signal ?? undefined,
          timedOut,
          stdout: Buffer.concat(stdout),
          stderr: Buffer.concat(stderr),
        });
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
