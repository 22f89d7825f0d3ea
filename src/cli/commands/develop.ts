import { join } from 'node:path';
import type { BuildReport } from '../../plan/build-report.ts';
import { recallRun } from '../../plan/remembered-run.ts';
import { failureStatus } from '../exit-status.ts';
import { jsonDiagnostics, jsonDocument, jsonFailure } from '../json-report.ts';
import type { DevelopSettings } from '../settings.ts';
import { type Changes, exportLines, startedShell, withChanges } from '../shell.ts';
import { openRunView } from '../view/run-view.ts';
import { type RunCommand, runThrough } from './run.ts';

export interface DevelopCommand extends Omit<RunCommand, 'settings'> {
  readonly settings: DevelopSettings;
  readonly version: string;
}

/**
 * `ferrule develop`: makes the environment, then starts a shell or a command with it and ends with its status, or prints what sets it.
 * Nothing is written into the checkout: the environment is linked in the store, and stays linked for the next time.
 */
export async function developCommand(command: DevelopCommand): Promise<number> {
  const { settings, words, terminal, environment, interruption } = command;
  const made = await make(command);
  if (!made.ok) {
    if (settings.json) terminal.out(jsonFailure(made.diagnostics));
    return interruption.signal.aborted ? 130 : failureStatus(made.diagnostics);
  }
  const changes = changesOf(command, made);
  if (settings.printEnv) {
    terminal.out(settings.json ? jsonChanges(changes, made) : exportLines(changes));
    return 0;
  }
  interruption.dispose();
  const [program, ...rest] = words;
  const around = { ...command, environment: withChanges(environment, changes) };
  if (program !== undefined) return await runThrough(around, { path: program, words: rest });
  using shell = startedShell({ environment, changes, name: made.targets[0]?.name ?? 'ferrule' });
  return await runThrough({ ...around, environment: { ...around.environment, ...shell.variables } }, shell);
}

/** From memory while nothing has changed: the hook of extension modules asks each time one is imported. */
async function make({ settings, version, runner, terminal, environment, interruption, now, onOpen }: DevelopCommand): Promise<BuildReport> {
  const { json, verbose, quiet, printEnv: _, ...request } = settings;
  const question = JSON.stringify([version, 'develop', request.directory, request.targets, request.profile ?? '']);
  const recalled = recallRun({ storeDirectory: settings.storeDirectory, question, variables: environment });
  if (recalled !== undefined) return recalled.report;
  const start = now();
  const progress = quiet || json || settings.printEnv ? 'none' : terminal.live ? 'live' : 'lines';
  const view = openRunView({ terminal, progress, verbose, directory: settings.directory, now: () => now() - start });
  onOpen(view.close);
  try {
    const report = await runner({ ...request, question, environment, sink: view.sink, signal: interruption.signal, now });
    if (!report.ok) view.finish(report, interruption.signal.aborted);
    return report;
  } finally {
    view.close();
  }
}

/**
 * The environment by its link, so that a shell that stays open has what is built meanwhile. `VIRTUAL_ENV` is left as it is: `uv`, `maturin
 * develop` and `pip` install into what it names, and that is the `.venv` of the checkout; and build scripts of PyO3 run again when it changes.
 */
function changesOf({ settings, process }: DevelopCommand, report: BuildReport): Changes {
  const { variables = {}, path = [] } = report.development ?? {};
  const [target] = report.targets;
  if (target === undefined) return { variables, path, unset: [] };
  const program = [process.execPath, process.argv[1] ?? ''];
  const again = ['-C', settings.directory, '--store', settings.storeDirectory, 'develop', ...settings.targets, '--print-env', '-q'];
  const profile = settings.profile === undefined ? [] : ['--profile', settings.profile];
  return {
    variables: {
      ...variables,
      FERRULE_DEVELOP: JSON.stringify({ command: [...program, ...again, ...profile], environment: target.path }),
    },
    path: [join(target.path, 'bin'), ...path],
    unset: ['PYTHONHOME'],
  };
}

function jsonChanges({ variables, path, unset }: Changes, report: BuildReport): string {
  const environment = report.targets[0]?.path ?? null;
  return jsonDocument({ ok: true, environment, path, variables, unset, diagnostics: jsonDiagnostics(report.diagnostics) });
}
