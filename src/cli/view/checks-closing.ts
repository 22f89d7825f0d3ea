import type { Paint, Tone } from '../../diagnostics/paint.ts';
import { printable } from '../../diagnostics/untrusted-text.ts';
import type { BuildReport } from '../../plan/build-report.ts';
import type { CheckSummary } from '../../plan/checks/summary.ts';
import { OWN_CHECKS } from '../../repository/check-names.ts';
import { formatDuration } from '../duration.ts';
import { coverageTable } from './coverage-table.ts';
import { count, statusLine } from './words.ts';

/** More subjects than this are not listed when all their checks passed. */
const MOST_ROWS = 24;

/**
 * The end of a run of checks: one line when all passed, else a table of subjects and checks before it. `undefined` when nothing was
 * checked because something was wrong before: the diagnostics say it all.
 */
export function checksClosing(
  report: BuildReport,
  checks: readonly CheckSummary[],
  { paint }: { readonly paint: Paint },
): string | undefined {
  const time = formatDuration(report.elapsedMs);
  const coverage = report.coverage === undefined ? [] : coverageTable(report.coverage);
  const failed = checks.filter(({ status }) => status === 'failed').length;
  const left = checks.filter(({ reason }) => reason !== undefined);
  const skipped = checks.filter(({ status, reason }) => status === 'skipped' && reason === undefined).length;
  const done = checks.length - left.length;
  const reasons = [...new Set(left.map(({ check, reason = '' }) => `${check}: ${reason}`))];
  const skips = reasons.map((reason) => statusLine('Skipped', printable(reason), { paint, tone: 'warning' }));
  if (report.ok) {
    const ran = checks.filter(({ cached }) => !cached).length;
    const how = ran === 0 ? 'all reused' : `${ran} ran, ${done - ran} reused`;
    const tests = checks.reduce((sum, check) => sum + (check.tests?.passed ?? 0), 0);
    const passed = `${count(done, 'check')}${tests === 0 ? '' : ` with ${count(tests, 'test')}`} passed`;
    const what = done === 0 ? 'nothing to check' : `${passed} in ${time} (${how})`;
    return [...coverage, ...skips, statusLine('Finished', what, { paint, tone: 'good' })].join('\n');
  }
  if (failed + skipped === 0) return undefined;
  const counts = [`${done - failed - skipped} passed`, ...(skipped === 0 ? [] : [`${skipped} not run`])].join(', ');
  const closing = `${paint('error', 'error')}: ${count(failed, 'check')} failed in ${time} (${counts})`;
  return [...table(checks, paint), ...coverage, ...skips, closing].join('\n');
}

const CELLS: Readonly<Record<CheckSummary['status'], readonly [word: string, tone: Tone]>> = {
  passed: ['ok', 'good'],
  failed: ['FAILED', 'error'],
  skipped: ['not run', 'warning'],
};

/** Subjects down, checks across; where there are many, only the subjects that need a look. */
function table(checks: readonly CheckSummary[], paint: Paint): readonly string[] {
  const present = new Set(checks.map(({ check }) => check));
  const columns = [...new Set([...OWN_CHECKS.filter((name) => present.has(name)), ...present])];
  const subjects = [...new Set(checks.map(({ subject }) => subject))];
  const bad = new Set(checks.filter(({ status, reason }) => status !== 'passed' && reason === undefined).map(({ subject }) => subject));
  const shown = subjects.length <= MOST_ROWS ? subjects : subjects.filter((subject) => bad.has(subject));
  const rows = shown.map((subject) =>
    columns.map((column) => checks.find(({ subject: whose, check }) => whose === subject && check === column)?.status),
  );
  const names = shown.map((subject) => printable(subject));
  const first = Math.max(...names.map((name) => name.length));
  const widths = columns.map((column) => Math.max(column.length, 'not run'.length));
  const line = (name: string, cells: readonly string[]): string => `  ${name.padEnd(first)}  ${cells.join('  ')}`.trimEnd();
  const head = line(
    '',
    columns.map((column, index) => column.padEnd(widths[index] ?? 0)),
  );
  const body = rows.map((row, index) =>
    line(
      names[index] ?? '',
      row.map((status, column) => cell(status, widths[column] ?? 0, paint)),
    ),
  );
  const hidden = subjects.length - shown.length;
  return [head, ...body, ...(hidden === 0 ? [] : [`  and ${hidden} more, all ok`])];
}

function cell(status: CheckSummary['status'] | undefined, width: number, paint: Paint): string {
  if (status === undefined) return paint('faint', '-') + ' '.repeat(width - 1);
  const [word, tone] = CELLS[status];
  return paint(tone, word) + ' '.repeat(width - word.length);
}
