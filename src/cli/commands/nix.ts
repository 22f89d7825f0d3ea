import { relative } from 'node:path';
import { paintFor } from '../../diagnostics/paint.ts';
import { type ExportReport, exportRepository } from '../../nix/export-repository.ts';
import type { NixLibrary } from '../../nix/nix-library.ts';
import { type ExitStatus, failureStatus } from '../exit-status.ts';
import { jsonDiagnostics, jsonDocument } from '../json-report.ts';
import type { NixExportSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { openRunView } from '../view/run-view.ts';

export interface NixExportCommand {
  readonly settings: NixExportSettings;
  readonly library: NixLibrary;
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with what restores the terminal, for when the program has to end at once. */
  readonly onOpen: (restore: () => void) => void;
}

/** `ferrule nix export` and `ferrule nix check`. */
export async function nixExportCommand(command: NixExportCommand): Promise<ExitStatus> {
  const { settings, library, terminal, environment, signal, now, onOpen } = command;
  const { directory, verbose, json, quiet } = settings;
  const start = now();
  const progress = json || quiet ? (json && quiet ? 'silent' : 'none') : terminal.live ? 'live' : 'lines';
  const view = openRunView({ terminal, progress, verbose, directory, now: () => now() - start });
  onOpen(view.close);
  let report: ExportReport;
  try {
    report = await exportRepository({ ...settings, library, environment, sink: view.sink, signal, now });
  } finally {
    view.close();
  }
  const { ok, root, changed, diagnostics } = report;
  if (json) terminal.out(jsonDocument({ ok, root: root ?? null, changed, ...counts(report), diagnostics: jsonDiagnostics(diagnostics) }));
  else if (ok && !quiet && root !== undefined) terminal.err(closing(report, { terminal, shownRoot: relative(directory, root) }));
  if (signal.aborted) return 130;
  return ok ? 0 : failureStatus(diagnostics);
}

function counts({ plan }: ExportReport): { readonly derivations: number; readonly downloads: number; readonly systems: readonly string[] } {
  return {
    derivations: Object.keys(plan?.nodes ?? {}).length,
    downloads: Object.keys(plan?.fetches ?? {}).length,
    systems: Object.keys(plan?.systems ?? {}),
  };
}

function closing(report: ExportReport, { terminal, shownRoot }: { readonly terminal: Terminal; readonly shownRoot: string }): string {
  const paint = paintFor(terminal.colour.err);
  const { derivations, downloads, systems } = counts(report);
  const files = report.changed.map((file) => (shownRoot === '' ? file : `${shownRoot}/${file}`));
  const summary = `${derivations} derivations, ${downloads} downloads, ${systems.length} systems`;
  if (files.length === 0) return `${paint('good', 'Unchanged')} nix/ferrule.json: ${summary}\n`;
  const hint = `${paint('hint', 'hint')}: run \`git add ${files.join(' ')}\`: a flake sees only what git knows\n`;
  return `${paint('good', 'Wrote')} ${files.join(', ')}: ${summary}\n${hint}`;
}
