import { spawnSync } from 'node:child_process';
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Subject } from './subject.ts';

/** What `ferrule build --json` said. */
export interface FerruleBuild {
  readonly status: number | null;
  readonly seconds: number;
  readonly executed: number;
  readonly total: number;
  readonly digest: string;
  readonly diagnostics: readonly { readonly code: string; readonly words: string }[];
  readonly stderr: string;
}

export interface FerruleOptions {
  /** Path of the bundled program. */
  readonly program: string;
  readonly checkout: string;
  readonly store: string;
  readonly profile: Subject['profile'];
  readonly arguments?: readonly string[];
  /** A directory of the machine that is empty meanwhile. */
  readonly hide?: string;
}

/** Builds the default outputs of a checkout; the result is linked at `result`. */
export function buildWithFerrule(options: FerruleOptions): FerruleBuild {
  const { program, checkout, store, profile, hide } = options;
  const words = [process.execPath, program, 'build', '--json', `--profile=${profile}`, `--store=${store}`, ...(options.arguments ?? [])];
  const command = hide === undefined ? words : ['bwrap', '--dev-bind', '/', '/', '--tmpfs', hide, ...words];
  const start = performance.now();
  const done = spawnSync(command[0] ?? '', command.slice(1), { cwd: checkout, encoding: 'utf8', maxBuffer: 1 << 28 });
  const seconds = (performance.now() - start) / 1000;
  const report: unknown = JSON.parse(done.stdout === '' ? '{}' : done.stdout);
  const actions = field(report, 'actions');
  const target = list(field(report, 'targets'))[0];
  return {
    status: done.status,
    seconds,
    executed: Number(field(actions, 'executed') ?? 0),
    total: Number(field(actions, 'total') ?? 0),
    digest: text(field(target, 'digest')),
    diagnostics: list(field(report, 'diagnostics')).map((item) => ({ code: text(field(item, 'code')), words: JSON.stringify(item) })),
    stderr: done.stderr,
  };
}

export interface CargoBuild {
  readonly seconds: number;
  /** Directory with `bin` and `lib`, as Ferrule's result has them. */
  readonly result: string;
}

/** Builds the same with cargo, in a target directory that stays: what it says is an error is thrown. */
export function buildWithCargo(options: { readonly subject: Subject; readonly checkout: string; readonly target: string }): CargoBuild {
  const { subject, checkout, target } = options;
  const words = ['build', `--profile=${subject.profile}`, '--locked', '--message-format=json-render-diagnostics'];
  const start = performance.now();
  const done = spawnSync('cargo', words, {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, CARGO_TARGET_DIR: target },
  });
  const seconds = (performance.now() - start) / 1000;
  if (done.status !== 0) throw new Error(`cargo ${words.join(' ')} failed in ${checkout}:\n${done.stderr.slice(-4000)}`);
  const result = `${target}-result`;
  rmSync(result, { recursive: true, force: true });
  const outputs = join(target, subject.profile === 'dev' ? 'debug' : subject.profile);
  mkdirSync(result, { recursive: true });
  symlinkSync(outputs, join(result, 'bin'));
  symlinkSync(outputs, join(result, 'lib'));
  return { seconds, result };
}

/** Status and output of a command, with `result` as the directory of `bin` and `lib`. */
export function answerOf(options: { readonly command: Command; readonly result: string; readonly checkout: string }): string {
  const { command, result, checkout } = options;
  const words = command.words.map((word) => word.replaceAll('$RESULT', result));
  const program = words[0] ?? '';
  const path = program.startsWith('bin/') ? join(result, program) : program;
  const done = spawnSync(path, words.slice(1), { cwd: checkout, encoding: 'utf8', input: command.input ?? '' });
  if (done.error !== undefined) return `cannot run ${path}: ${done.error.message}`;
  return command.ignoreOutput === true && done.status === 0 ? 'status 0' : `status ${done.status}\n${done.stdout}\n${done.stderr}`;
}

/** The kept tree that the link of a checkout points to. */
export function resultOf(checkout: string): string {
  return readlinkSync(join(checkout, 'result'));
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
