import { isatty } from 'node:tty';
import type { ExitStatus } from './exit-status.ts';
import type { OptionValues } from './options.ts';
import { packageVersion } from './package-files.ts';
import type { Pipeline } from './run-command.ts';
import { coloursOf, isLive, type Terminal } from './terminal.ts';

/** Runs the program: reads the command line, runs the command, and ends the process with its status. */
export async function start(process: NodeJS.Process, pipeline: Pipeline): Promise<void> {
  const argv = process.argv.slice(2);
  const cleanup = new Cleanup();
  const crash = (error: unknown): void => {
    cleanup.run();
    void reportException(process, { error, argv }).then((status) => end(process, status));
  };
  // Nothing a build does may end it half-way without a word: what no command catches is reported as a defect.
  process.on('uncaughtException', crash);
  try {
    const status = await run(process, { argv, pipeline, cleanup });
    await end(process, status);
  } catch (error) {
    crash(error);
  }
}

/** What has to be put right before the process can end at any moment: the terminal. */
export class Cleanup {
  #work: (() => void) | undefined;

  set(work: () => void): void {
    this.#work = work;
  }

  run(): void {
    const work = this.#work;
    this.#work = undefined;
    work?.();
  }
}

interface Run {
  readonly argv: readonly string[];
  readonly pipeline: Pipeline;
  readonly cleanup: Cleanup;
}

async function run(process: NodeJS.Process, { argv, pipeline, cleanup }: Run): Promise<number> {
  const version = packageVersion();
  if (argv[0] === 'build' || argv[0] === 'check') {
    const { answerAtOnce } = await import('./nothing-to-do.ts');
    const words = { argv, version, workingDirectory: process.cwd(), environment: environmentOf(process) };
    const status = answerAtOnce({ words, terminal: terminalOf(process, undefined), elapsedMs: () => performance.now() });
    if (status !== undefined) return status;
  }
  const [{ parseArguments }, { reportFailure, runCommand }] = await Promise.all([import('./arguments.ts'), import('./run-command.ts')]);
  const invocation = parseArguments(argv, { version, columns: Math.min(100, windowSize(process.stdout).columns) });
  if (invocation.kind === 'text') {
    terminalOf(process, undefined).out(invocation.text);
    return 0;
  }
  if (invocation.kind === 'bad') {
    return reportFailure([invocation.diagnostic], { terminal: terminalOf(process, undefined), json: asksForJson(argv), quiet: false });
  }
  const terminal = terminalOf(process, invocation.values.color);
  return await runCommand(invocation, { process, environment: environmentOf(process), terminal, pipeline, cleanup });
}

async function reportException(
  process: NodeJS.Process,
  { error, argv }: { readonly error: unknown; readonly argv: readonly string[] },
): Promise<ExitStatus> {
  const [{ failureDiagnostic }, { reportFailure }] = await Promise.all([import('./failure.ts'), import('./run-command.ts')]);
  const backtrace = (process.env['FERRULE_BACKTRACE'] ?? '0') !== '0';
  const terminal = terminalOf(process, undefined);
  return reportFailure([failureDiagnostic(error, { backtrace })], { terminal, json: asksForJson(argv), quiet: false });
}

function asksForJson(argv: readonly string[]): boolean {
  return argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined).includes('--json');
}

function environmentOf(process: NodeJS.Process): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

function terminalOf(process: NodeJS.Process, color: OptionValues['color']): Terminal {
  const environment = environmentOf(process);
  const isTerminal = { out: isatty(1), err: isatty(2) };
  return {
    out: writer(() => process.stdout),
    err: writer(() => process.stderr),
    colour: coloursOf({ environment, color, isTerminal }),
    live: isLive({ environment, isTerminal }),
    size: () => windowSize(process.stderr),
  };
}

/** A stream that is no terminal has no size, and some terminals do not know theirs. */
function windowSize(stream: NodeJS.WriteStream): { readonly columns: number; readonly rows: number } {
  const known = stream.isTTY && stream.columns > 0 && stream.rows > 0;
  return known ? { columns: stream.columns, rows: stream.rows } : { columns: 100, rows: 24 };
}

/**
 * Writes to a stream that is opened at first use. A reader that has seen enough (`ferrule explain F0201 | head -1`) is no error;
 * any other failure to write is thrown.
 */
function writer(open: () => NodeJS.WriteStream): (text: string) => void {
  let stream: NodeJS.WriteStream | undefined;
  return (text) => {
    stream ??= open().on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    stream.write(text);
  };
}

/** Ends the process once everything written has left it; what may still be open (sockets, timers) does not hold it up. */
async function end(process: NodeJS.Process, status: number): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(async (stream) => await new Promise((resolve) => stream.write('', resolve))));
  process.exit(status);
}
