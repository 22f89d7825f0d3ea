import { spawn } from 'node:child_process';
import { withoutColour } from '../rust/cargo/cargo-failure.ts';
import { type NixLogEvent, parseNixLog } from './nix-log.ts';

/** A call of one of Nix's programs. */
export interface NixCall {
  /** Absolute, or a name to be looked for. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Ends it, as Ctrl-C would. */
  readonly signal: AbortSignal;
  /** What it says on stderr, as it comes. */
  readonly onEvent?: (event: NixLogEvent) => void;
}

export interface NixAnswer {
  /** `undefined`: it could not be started, or was ended. */
  readonly status: number | undefined;
  readonly stdout: string;
  /** Its messages, in order, without colours. */
  readonly messages: readonly string[];
}

/** Runs one of Nix's programs to its end. */
export async function callNix(call: NixCall): Promise<NixAnswer> {
  const { program, environment, directory, signal, onEvent } = call;
  return await new Promise((resolve) => {
    const child = spawn(program, call.arguments, { env: environment, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const messages: string[] = [];
    let rest = '';
    const stop = (): void => void child.kill('SIGINT');
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const take = (line: string): void => {
      const event = parseNixLog(line);
      if (event === undefined) return;
      if (event.kind === 'message') messages.push(withoutColour(event.text));
      onEvent?.(event);
    };
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
    const end = (status: number | undefined): void => {
      signal.removeEventListener('abort', stop);
      if (rest !== '') take(rest);
      resolve({ status, stdout: Buffer.concat(stdout).toString('utf8'), messages });
    };
    child.on('error', (error) => {
      messages.push(error.message);
      end(undefined);
    });
    child.on('close', (status) => end(status ?? undefined));
  });
}
