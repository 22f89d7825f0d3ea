import { paintFor } from '../../diagnostics/paint.ts';
import type { BuildReport } from '../../plan/build-report.ts';
import { recallRun } from '../../plan/remembered-run.ts';
import { ChangeWatch, directoriesOf, sourceDirectories, watchRoot } from '../change-watch.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import type { BuildSettings } from '../settings.ts';
import { openRunView } from '../view/run-view.ts';
import { count, statusLine } from '../view/words.ts';
import type { BuildCommand } from './build.ts';

export interface WatchCommand extends Omit<BuildCommand, 'question' | 'settings'> {
  /** Of a build, or of checks. */
  readonly settings: BuildSettings;
  readonly version: string;
}

const CLEAR = '\u001B[2J\u001B[3J\u001B[H';

/** No repository here, and no target of that name: no save will mend that. */
const NOTHING_TO_WATCH: ReadonlySet<string> = new Set(['F0107', 'F0754']);

/** `ferrule watch`: builds or checks, and does so again when something it depended on has changed; until it is interrupted. */
export async function watchCommand(command: WatchCommand): Promise<ExitStatus> {
  const { settings, terminal, environment, signal, version } = command;
  const question = JSON.stringify([version, 'watch', settings.directory, settings.purpose, settings.targets, settings.checks ?? {}]);
  const root = watchRoot(settings.directory);
  using changes = new ChangeWatch();
  let watched: readonly string[] = [];
  for (let first = true; !signal.aborted; first = false) {
    const known = recallRun({ storeDirectory: settings.storeDirectory, question, variables: environment });
    // A change of something that nobody reads is none.
    if (first || known === undefined) {
      // Before it is begun: what changes while it goes on must not be missed.
      changes.update([...directoriesOf(watched, root), ...(watched.length === 0 ? sourceDirectories(root) : [])]);
      const report = await run(command, question);
      watched = report.watched?.paths ?? [...watched, ...sourceDirectories(root)];
      changes.update(directoriesOf(watched, root));
      if (signal.aborted) break;
      if (first && !report.ok && report.diagnostics.some(({ code }) => NOTHING_TO_WATCH.has(code)))
        return failureStatus(report.diagnostics);
      const paint = paintFor(terminal.colour.err);
      terminal.err(`${statusLine('Watching', count(changes.size, 'directory', 'directories'), { paint, tone: 'hint' })}\n`);
    }
    await changes.next(signal);
  }
  return 130;
}

async function run({ settings, runner, terminal, environment, signal, now, onOpen }: WatchCommand, question: string): Promise<BuildReport> {
  const { json: _json, verbose, quiet, engine: _engine, ...request } = settings;
  if (terminal.live) terminal.err(CLEAR);
  const start = now();
  const progress = quiet ? 'none' : terminal.live ? 'live' : 'lines';
  const view = openRunView({ terminal, progress, verbose, directory: settings.directory, now: () => now() - start });
  onOpen(view.close);
  try {
    const report = await runner({ ...request, question, environment, sink: view.sink, signal, now });
    view.finish(report, signal.aborted);
    return report;
  } finally {
    view.close();
  }
}
