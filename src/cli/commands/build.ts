import type { BuildReport } from '../../plan/build-report.ts';
import type { BuildRequest } from '../../plan/build-request.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import { jsonReport } from '../json-report.ts';
import type { BuildSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { openRunView, type RunViewOptions } from '../view/run-view.ts';

/** The pipeline's front door. Throws only `StoreFailure` and internal errors. */
export type BuildRunner = (request: BuildRequest) => Promise<BuildReport>;

export interface BuildCommand {
  readonly settings: BuildSettings;
  /** Name under which the run is remembered, so that asking again can be answered at once; `undefined`: it is not. */
  readonly question: string | undefined;
  readonly runner: BuildRunner;
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with what restores the terminal, for when the program has to end at once. */
  readonly onOpen: (restore: () => void) => void;
}

/** `ferrule build`. */
export async function buildCommand({
  settings,
  question,
  runner,
  terminal,
  environment,
  signal,
  now,
  onOpen,
}: BuildCommand): Promise<ExitStatus> {
  const start = now();
  const view = openRunView({
    terminal,
    progress: progressOf(settings, terminal),
    verbose: settings.verbose,
    directory: settings.directory,
    now: () => now() - start,
  });
  onOpen(view.close);
  try {
    const report = await runner({
      ...buildRequest(settings),
      ...(question === undefined ? {} : { question }),
      environment,
      sink: view.sink,
      signal,
      now,
    });
    view.finish(report, signal.aborted);
    if (settings.json) terminal.out(jsonReport(report));
    if (signal.aborted && !report.ok) return 130;
    return report.ok ? 0 : failureStatus(report.diagnostics);
  } finally {
    view.close();
  }
}

/** The request that settings stand for. */
export function buildRequest(settings: BuildSettings): Omit<BuildRequest, 'environment' | 'sink' | 'signal' | 'now' | 'question'> {
  const { json: _json, verbose: _verbose, quiet: _quiet, engine: _engine, ...request } = settings;
  return request;
}

function progressOf({ json, quiet }: BuildSettings, terminal: Terminal): RunViewOptions['progress'] {
  if (json) return quiet ? 'silent' : 'none';
  if (quiet) return 'none';
  return terminal.live ? 'live' : 'lines';
}
