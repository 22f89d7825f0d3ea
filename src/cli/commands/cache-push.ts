import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBuiltUnits } from '../../cache/built-units.ts';
import { makePrivateFiles, type PrivateFiles } from '../../cache/private-files.ts';
import { cachesToPushTo, type Push, type PushOutcome, preparePush, runPush, type RunProgram, showCommand } from '../../cache/push.ts';
import { readStoreWords } from '../../cache/store-words.ts';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { paintFor } from '../../diagnostics/paint.ts';
import { printDiagnostics } from '../../diagnostics/print.ts';
import { NOTHING_ASKED } from '../../plan/build-request.ts';
import type { CacheConfig } from '../../repository/cache-config.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import { jsonDiagnostics, jsonDocument } from '../json-report.ts';
import type { CachePushSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import type { BuildRunner } from './build.ts';
import { openRunView } from '../view/run-view.ts';
import { count, statusLine } from '../view/words.ts';

export interface CachePushCommand {
  readonly caches: readonly CacheConfig[];
  /** Targets and paths. */
  readonly words: readonly string[];
  readonly settings: CachePushSettings;
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly run: RunProgram;
  readonly findProgram: Push['findProgram'];
  /** What builds targets with Nix. */
  readonly loadRunner: () => Promise<BuildRunner>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with what removes the files that hold secrets, for when the program has to end at once. */
  readonly onOpen: (restore: () => void) => void;
}

/** `ferrule cache push`. Everything is checked for every cache before anything is sent to one. */
export async function cachePushCommand(command: CachePushCommand): Promise<ExitStatus> {
  const { settings, terminal, signal } = command;
  const caches = cachesToPushTo(command.caches, settings.to);
  if (!caches.ok) return answer(command, { paths: [], outcomes: [], diagnostics: caches.diagnostics });
  using files = makePrivateFiles(tmpdir());
  const paths = await pathsToPush(command, files);
  if (signal.aborted) return 130;
  if (!paths.ok) return answer(command, { paths: [], outcomes: [], diagnostics: paths.diagnostics });
  command.onOpen(() => files[Symbol.dispose]());
  const quiet = settings.quiet || settings.json;
  const seams = {
    directory: settings.directory,
    environment: command.environment,
    findProgram: command.findProgram,
    run: command.run,
    signal,
    onLine: (line: string) => (quiet ? undefined : terminal.err(`${line}\n`)),
  };
  const everything = settings.resultsOnly ? paths : await withBuiltUnits(paths.value, seams);
  if (!everything.ok) return answer(command, { paths: paths.value, outcomes: [], diagnostics: everything.diagnostics });
  const push: Push = { ...seams, caches: caches.value, paths: everything.value, files };
  const prepared = preparePush(push);
  if (!prepared.ok) return answer(command, { paths: paths.value, outcomes: [], diagnostics: prepared.diagnostics });
  if (settings.dryRun) return answerDry(command, { paths: paths.value, commands: prepared.value.map(showCommand) });
  const outcomes: PushOutcome[] = [];
  for (const one of prepared.value) {
    if (signal.aborted) break;
    outcomes.push(await runPush(one, push));
  }
  if (signal.aborted) return 130;
  return answer(command, { paths: paths.value, outcomes, diagnostics: outcomes.flatMap(({ diagnostics }) => diagnostics) });
}

async function pathsToPush(command: CachePushCommand, files: PrivateFiles): Promise<Result<readonly string[]>> {
  const { words, settings, environment } = command;
  const storeDirectory = environment['NIX_STORE_DIR'] ?? '/nix/store';
  const read = readStoreWords(words, { directory: settings.directory, storeDirectory });
  if (!read.ok) return read;
  const { paths, targets } = read.value;
  const built = targets.length === 0 ? ok([]) : await buildTargets(command, { targets, link: join(files.directory, 'result') });
  return built.ok ? ok([...new Set([...paths, ...built.value])]) : built;
}

/** Builds with Nix; the link keeps Nix from collecting what was built before it is pushed. */
async function buildTargets(
  command: CachePushCommand,
  asked: { readonly targets: readonly string[]; readonly link: string },
): Promise<Result<readonly string[]>> {
  const { settings, terminal, environment, signal, now, onOpen } = command;
  const { directory, storeDirectory, verbose, json, quiet } = settings;
  const runner = await command.loadRunner();
  const start = now();
  const progress = json || quiet ? 'none' : terminal.live ? 'live' : 'lines';
  const view = openRunView({ terminal, progress, verbose, directory, now: () => now() - start });
  onOpen(view.close);
  const surroundings = { directory, storeDirectory, environment, offline: false, sandbox: undefined, signal, now };
  try {
    const report = await runner({
      ...NOTHING_ASKED,
      ...surroundings,
      targets: asked.targets,
      output: asked.link,
      // Warnings are shown as they come; errors are the command's answer.
      sink: (event) => (event.type === 'diagnostic' && event.diagnostic.severity === 'error' ? undefined : view.sink(event)),
    });
    return report.ok ? ok(report.targets.map(({ entry }) => entry)) : fail(...report.diagnostics);
  } finally {
    view.close();
  }
}

interface Pushed {
  readonly paths: readonly string[];
  readonly outcomes: readonly PushOutcome[];
  readonly diagnostics: readonly Diagnostic[];
}

function answer({ settings, terminal }: CachePushCommand, { paths, outcomes, diagnostics }: Pushed): ExitStatus {
  const ok = diagnostics.length === 0;
  const paint = paintFor(terminal.colour.err);
  if (settings.json) {
    const caches = outcomes.map(({ cache, sent, diagnostics }) => ({ name: cache, ok: diagnostics.length === 0, sent: sent ?? null }));
    terminal.out(jsonDocument({ ok, dry_run: false, paths, caches, diagnostics: jsonDiagnostics(diagnostics) }));
  } else if (!settings.quiet) {
    for (const { cache, sent, diagnostics } of outcomes)
      if (diagnostics.length === 0) terminal.err(`${statusLine('Pushed', `${sentWords(sent)} to ${cache}`, { paint, tone: 'good' })}\n`);
  }
  if (!(settings.json && settings.quiet)) terminal.err(printDiagnostics(diagnostics, { colour: terminal.colour.err }));
  return ok ? 0 : failureStatus(diagnostics);
}

/** "Nothing was missing" and "it failed" must not look alike. */
function sentWords(sent: number | undefined): string {
  if (sent === undefined) return 'what was missing';
  return sent === 0 ? 'nothing: everything is there' : count(sent, 'path');
}

function answerDry(
  { settings, terminal }: CachePushCommand,
  { paths, commands }: { readonly paths: readonly string[]; readonly commands: readonly string[] },
): ExitStatus {
  if (settings.json) terminal.out(jsonDocument({ ok: true, dry_run: true, paths, commands, diagnostics: [] }));
  else terminal.out(commands.map((command) => `${command}\n`).join(''));
  return 0;
}
