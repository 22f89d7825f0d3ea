import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { BuiltTarget } from '../../plan/build-report.ts';
import { meantHint } from '../../repository/did-you-mean.ts';
import { namesScript } from '../../repository/target-name.ts';
import { failureStatus } from '../exit-status.ts';
import type { Interruption } from '../interruption.ts';
import { reportFailure } from '../run-command.ts';
import type { RunSettings } from '../settings.ts';
import { openRunView } from '../view/run-view.ts';
import type { BuildCommand } from './build.ts';

export interface RunCommand extends Pick<BuildCommand, 'runner' | 'terminal' | 'environment' | 'now' | 'onOpen'> {
  readonly settings: RunSettings;
  /** What follows the target. */
  readonly words: readonly string[];
  /** Absolute: the program starts where the user is, whatever `-C` says. */
  readonly workingDirectory: string;
  readonly process: NodeJS.Process;
  readonly interruption: Interruption;
}

/**
 * `ferrule run`: builds what the target names, then runs it with the words as its arguments, the user's streams and signals, and ends
 * with its status (128 and the signal's number when a signal ended it).
 */
export async function runProgram(command: RunCommand): Promise<number> {
  const { settings, words, terminal, interruption } = command;
  const built = await build(command);
  if (typeof built === 'number') return built;
  const [asked = ''] = settings.targets;
  const inEnvironment = asked.includes(':');
  const chosen =
    namesScript(asked) && !inEnvironment
      ? pythonScript(built, relative(command.workingDirectory, resolve(settings.directory, asked)), words)
      : chooseProgram({ target: built, script: settings.script, inEnvironment, words });
  if ('problem' in chosen) return reportFailure([chosen.problem], { terminal, json: settings.json, quiet: settings.quiet });
  interruption.dispose();
  return await runThrough(command, chosen);
}

/** What was built, or the status to end with. */
async function build(command: RunCommand): Promise<BuiltTarget | number> {
  const { settings, runner, terminal, environment, interruption, now, onOpen } = command;
  const start = now();
  const progress = settings.quiet || settings.json ? 'none' : terminal.live ? 'live' : 'lines';
  const { verbose, directory } = settings;
  const view = openRunView({ terminal, progress, verbose, directory, now: () => now() - start });
  onOpen(view.close);
  try {
    const { json: _json, verbose: _verbose, quiet: _quiet, script: _script, ...request } = settings;
    const report = await runner({ ...request, environment, sink: view.sink, signal: interruption.signal, now });
    if (!report.ok) {
      view.finish(report, interruption.signal.aborted);
      return interruption.signal.aborted ? 130 : failureStatus(report.diagnostics);
    }
    const [target] = report.targets;
    if (target === undefined) throw new Error('internal: a build for `run` that made nothing');
    return target;
  } finally {
    view.close();
  }
}

export interface Program {
  /** Absolute. */
  readonly path: string;
  readonly words: readonly string[];
}

type Choice = Program | { readonly problem: Diagnostic };

/** A Python file with an environment of its own. */
function pythonScript(target: BuiltTarget, script: string, words: readonly string[]): Program {
  return { path: join(target.entry, 'bin/python'), words: [script, ...words] };
}

/** An environment's output runs any command of it; all else has programs of its own, and `script` or there being only one chooses. */
export function chooseProgram(options: {
  readonly target: BuiltTarget;
  readonly script: string | undefined;
  /** The user has named the output: of a Python project that is an environment, and the words are a command in it. */
  readonly inEnvironment: boolean;
  readonly words: readonly string[];
}): Choice {
  const { target, script, inEnvironment, words } = options;
  const names = target.programs.map((path) => basename(path));
  if (script !== undefined) {
    const path = target.programs.find((candidate) => basename(candidate) === script) ?? commandOf(target, script);
    return path === undefined ? { problem: noSuchProgram(target, script, names) } : { path, words };
  }
  if (target.kind === 'python' && inEnvironment) {
    const [name, ...rest] = words;
    const path = name === undefined ? join(target.entry, 'bin/python') : (commandOf(target, name) ?? name);
    return { path, words: rest };
  }
  const [only, second] = target.programs;
  const name = target.name.replace(/\[.*$/, '');
  const named = target.programs.find((path) => basename(path) === name);
  const path = second === undefined ? only : named;
  return path === undefined ? { problem: undecided(target, names) } : { path, words };
}

/** A program of an environment; `undefined`: it has none of that name. */
function commandOf(target: BuiltTarget, name: string): string | undefined {
  const path = join(target.entry, 'bin', name);
  return target.kind === 'python' && !name.includes('/') && existsSync(path) ? path : undefined;
}

function noSuchProgram(target: BuiltTarget, script: string, names: readonly string[]): Diagnostic {
  const meant = meantHint(script, names);
  const hints = meant.length > 0 ? meant : names.length === 0 ? [] : [`it has ${names.map((name) => `\`${name}\``).join(', ')}`];
  return { code: 'F0760', severity: 'error', blame: 'input', message: `\`${target.name}\` has no program \`${script}\``, hints };
}

function undecided(target: BuiltTarget, names: readonly string[]): Diagnostic {
  return {
    code: 'F0761',
    severity: 'error',
    blame: 'input',
    message: names.length === 0 ? `\`${target.name}\` has no program to run` : `\`${target.name}\` has more than one program`,
    hints:
      names.length === 0
        ? target.kind === 'python'
          ? [`\`ferrule run ${target.name}:env -- python\` runs a command in its environment`]
          : ['`ferrule show` lists what can be built']
        : [`choose with \`--script NAME\`: ${names.map((name) => `\`${name}\``).join(', ')}`],
  };
}

const PASSED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** What a program is started with. */
export interface ProgramSurroundings extends Pick<RunCommand, 'process' | 'environment' | 'workingDirectory' | 'terminal'> {
  readonly settings: Pick<RunSettings, 'json' | 'quiet'>;
}

/** A terminal sends its signals to the program as well: they only must not end us first. Those sent to us alone are passed on. */
export async function runThrough(
  { process, environment, workingDirectory, terminal, settings }: ProgramSurroundings,
  program: Program,
): Promise<number> {
  const child = spawn(program.path, program.words, { cwd: workingDirectory, env: environment, stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT') child.kill(signal);
  };
  for (const signal of PASSED_SIGNALS) process.on(signal, pass);
  return await new Promise((resolve) => {
    child.on('error', (error) => resolve(reportFailure([notStarted(program.path, error)], { terminal, ...settings })));
    child.on('close', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function notStarted(path: string, error: Error): Diagnostic {
  const missing = 'code' in error && error.code === 'ENOENT';
  return {
    code: 'F0762',
    severity: 'error',
    blame: 'input',
    message: missing ? `there is no command \`${path}\`` : `\`${path}\` cannot be started`,
    facts: missing ? [] : [['system error', error.message]],
  };
}
