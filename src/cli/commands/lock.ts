import { relative } from 'node:path';
import { paintFor } from '../../diagnostics/paint.ts';
import { lockRepository } from '../../plan/lock-repository.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import { jsonDiagnostics, jsonDocument } from '../json-report.ts';
import type { LockSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { openRunView } from '../view/run-view.ts';

export interface LockCommand {
  readonly settings: LockSettings;
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with what restores the terminal, for when the program has to end at once. */
  readonly onOpen: (restore: () => void) => void;
}

/** `ferrule lock`: writes `ferrule.lock`, or with `--check` says whether it is what it would be. */
export async function lockCommand({ settings, terminal, environment, signal, now, onOpen }: LockCommand): Promise<ExitStatus> {
  const { directory, verbose, json, quiet } = settings;
  const start = now();
  const progress = json || quiet ? (json && quiet ? 'silent' : 'none') : terminal.live ? 'live' : 'lines';
  const view = openRunView({ terminal, progress, verbose, directory, now: () => now() - start });
  onOpen(view.close);
  let report: Awaited<ReturnType<typeof lockRepository>>;
  try {
    report = await lockRepository({ ...settings, environment, sink: view.sink, signal, now });
  } finally {
    view.close();
  }
  const { ok, path, changed, lock, diagnostics } = report;
  if (json) {
    const counts = { git: lock.git.length, build_systems: lock.buildSystems.length, build_packages: lock.buildPackages.length };
    terminal.out(jsonDocument({ ok, path: path ?? null, changed, ...counts, diagnostics: jsonDiagnostics(diagnostics) }));
  } else if (ok && !quiet && path !== undefined) {
    const paint = paintFor(terminal.colour.err);
    const shown = relative(directory, path) || path;
    terminal.err(`${paint('good', changed ? 'Wrote' : 'Unchanged')} ${shown}: ${summary(lock)}\n`);
  }
  if (signal.aborted) return 130;
  return ok ? 0 : failureStatus(diagnostics);
}

function summary(lock: {
  readonly git: readonly unknown[];
  readonly buildSystems: readonly unknown[];
  readonly buildPackages: readonly unknown[];
}): string {
  return [
    counted(lock.buildSystems.length, 'build system'),
    counted(lock.buildPackages.length, 'package'),
    counted(lock.git.length, 'git tree'),
  ].join(', ');
}

function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}
