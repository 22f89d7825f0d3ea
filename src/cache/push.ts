import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import { noClient, noSuchCache, nowhereToPush, pushFailed } from './cache-diagnostics.ts';
import type { PrivateFiles } from './private-files.ts';
import { type PushCommand, pushCommand } from './push-command.ts';

/** Runs a program to its end; the narrow seam to other programs. */
export type RunProgram = (call: {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onStderr: (line: string) => void;
}) => Promise<{ readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string }>;

export interface Push {
  readonly caches: readonly CacheConfig[];
  /** Paths in the store. */
  readonly paths: readonly string[];
  /** Absolute. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly files: PrivateFiles;
  /** Absolute path of a program; `undefined`: there is none of that name. */
  readonly findProgram: (name: string) => string | undefined;
  readonly run: RunProgram;
  readonly signal: AbortSignal;
  /** What the programs say, a line at a time, without secrets. */
  readonly onLine: (line: string) => void;
}

/** What became of the push to one cache. */
export interface PushOutcome {
  readonly cache: string;
  /** How many paths were sent; `undefined`: its program does not say in a way we can count. */
  readonly sent: number | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The caches to push to: the one that is named, else all that may be pushed to. F1131 no such cache, F1132 none that may. */
export function cachesToPushTo(caches: readonly CacheConfig[], name: string | undefined): Result<readonly CacheConfig[]> {
  if (name !== undefined) {
    const named = caches.find((cache) => cache.name === name);
    return named === undefined ? fail(noSuchCache(name, caches)) : ok([named]);
  }
  const writable = caches.filter(({ push }) => push);
  return writable.length === 0 ? fail(nowhereToPush(caches)) : ok(writable);
}

/** What is needed for a push: every command line, or everything that is missing. Besides {@link pushCommand}'s: F1135 no such program. */
export function preparePush({ caches, findProgram, ...push }: Push): Result<readonly PreparedPush[]> {
  const prepared: PreparedPush[] = [];
  const problems: Diagnostic[] = [];
  for (const [index, cache] of caches.entries()) {
    const command = pushCommand(cache, { ...push, files: push.files.within(String(index)) });
    if (!command.ok) {
      problems.push(...command.diagnostics);
      continue;
    }
    const program = findProgram(command.value.program);
    if (program === undefined) problems.push(noClient(cache.name, command.value.program));
    else prepared.push({ cache, command: command.value, program });
  }
  return problems.length === 0 ? ok(prepared) : fail(...problems);
}

export interface PreparedPush {
  readonly cache: CacheConfig;
  readonly command: PushCommand;
  /** Absolute. */
  readonly program: string;
}

/** Pushes to one cache. F1136. */
export async function runPush({ cache, command, program }: PreparedPush, push: Push): Promise<PushOutcome> {
  const hide = (text: string): string => command.secrets.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
  const ended = await push.run({
    program,
    arguments: command.arguments,
    environment: { ...push.environment, ...command.environment },
    directory: push.directory,
    signal: push.signal,
    onStderr: (line) => push.onLine(hide(line)),
  });
  const output = hide(`${ended.stdout}${ended.stderr}`);
  const sent = command.program === 'nix' ? (output.match(/^copying path '/gm)?.length ?? 0) : undefined;
  if (ended.exitCode === 0) return { cache: cache.name, sent, diagnostics: [] };
  const status = ended.exitCode === undefined ? 'was ended' : `ended with status ${ended.exitCode}`;
  return { cache: cache.name, sent, diagnostics: [pushFailed(cache.name, { program: command.program, status, output })] };
}

/** A command line as it would be typed, for `--dry-run`. Its secrets are in files and variables, whose names are shown. */
export function showCommand({ command }: PreparedPush): string {
  const variables = Object.keys(command.environment).map((name) => `${name}=… `);
  return `${variables.join('')}${[command.program, ...command.arguments].map(quoted).join(' ')}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./?&-]+$/.test(word) && !/[?&]/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
