import { spawn } from 'node:child_process';

import type { ProcessOutcome, ProcessRequest } from './process.ts';

/** The real {@link ProcessRunner}: `child_process.spawn`, output collected in memory and read as UTF-8. */
export function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  return new Promise((resolve) => {
    const child = spawn(request.program, request.arguments, {
      cwd: request.directory,
      env: { ...request.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(request.signal === undefined ? {} : { signal: request.signal, killSignal: 'SIGKILL' }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const lines = request.onStderr === undefined ? undefined : lineSplitter(request.onStderr);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr.push(chunk);
      lines?.(chunk.toString('utf8'));
    });
    child.on('error', (error) => {
      resolve({ exitCode: undefined, stdout: '', stderr: `cannot run \`${request.program}\`: ${error.message}\n` });
    });
    child.on('close', (exitCode, signal) => {
      const ending = signal === null ? '' : `ended by signal ${signal}\n`;
      resolve({
        exitCode: exitCode ?? undefined,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8') + ending,
      });
    });
  });
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  };
}
