import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { explainRun } from '../../explain/run-report.ts';
import { reportData } from '../../report/report-data.ts';
import { reportPage } from '../../report/report-page.ts';
import { traceText } from '../../report/trace.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { ExitStatus } from '../exit-status.ts';
import { jsonDocument } from '../json-report.ts';
import { reportFailure } from '../run-command.ts';
import type { ReportSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export interface ReportCommand {
  /** As typed; `undefined`: the last run. */
  readonly run: string | undefined;
  readonly settings: ReportSettings;
  readonly store: DirectoryStore;
  /** Text of the page's template. */
  readonly template: () => string;
  readonly terminal: Terminal;
}

/** `ferrule report`: writes the page of a run, and its trace when asked for. */
export async function reportCommand({ run, settings, store, template, terminal }: ReportCommand): Promise<ExitStatus> {
  const { directory, output, trace, json, quiet } = settings;
  const named = run === undefined ? undefined : { written: run, path: resolve(directory, run) };
  const explained = await explainRun({ store, directory, named });
  if (!explained.ok) return reportFailure(explained.diagnostics, { terminal, ...settings });
  const { earlier, ...source } = explained.value;
  const comparedWith = earlier === undefined ? undefined : { run: earlier.run, startedAt: earlier.startedAt };
  const data = reportData({ ...source, comparedWith });
  const unwritten = [
    write(output, () => reportPage(template(), data)),
    ...(trace === undefined ? [] : [write(trace, () => traceText(data))]),
  ];
  const diagnostics = unwritten.flatMap((diagnostic) => diagnostic ?? []);
  if (diagnostics.length > 0) return reportFailure(diagnostics, { terminal, ...settings });
  const paths = [output, ...(trace === undefined ? [] : [trace])];
  if (json)
    terminal.out(jsonDocument({ ok: true, run: data.run, report: output, ...(trace === undefined ? {} : { trace }), diagnostics: [] }));
  else if (!quiet) terminal.out(paths.map((path) => `${path}\n`).join(''));
  return 0;
}

function write(path: string, text: () => string): Diagnostic | undefined {
  try {
    writeFileSync(path, text());
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return {
      code: 'F1088',
      severity: 'error',
      blame: 'infrastructure',
      message: `\`${path}\` cannot be written`,
      facts: [['system error', String(error.code)]],
      hints: ['choose another place with `-o PATH`, or `--trace PATH`'],
    };
  }
}
