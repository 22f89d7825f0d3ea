import { spawn } from 'node:child_process';

export interface Call {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted: the program is told to end. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Throws with what it said last when it fails. */
export async function runProgram(call: Call): Promise<Answer> {
  const { program, directory, environment, signal } = call;
  const child = spawn(program, [...call.arguments], { cwd: directory, env: { ...environment }, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  const status = await new Promise<number | string>((resolve, reject) => {
    // Killed is not ended: what it still writes must be over before anything is removed.
    child.on('error', (error) => (child.pid === undefined ? reject(error) : undefined));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const answer = { stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') };
  if (status === 0) return answer;
  const said = `${answer.stderr}${answer.stdout}`.trimEnd().split('\n').slice(-25).join('\n');
  throw new Error(`\`${[program, ...call.arguments].join(' ')}\` in ${directory} ended with ${status}:\n${said}`);
}
