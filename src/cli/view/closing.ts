import { basename, dirname, relative } from 'node:path';
import type { Paint } from '../../diagnostics/paint.ts';
import { printable } from '../../diagnostics/untrusted-text.ts';
import type { BuildReport } from '../../plan/build-report.ts';
import { formatDuration } from '../duration.ts';
import { checksClosing } from './checks-closing.ts';
import { count, statusLine } from './words.ts';

export interface ClosingOptions {
  readonly paint: Paint;
  /** Absolute; links below it are shown relative to it. */
  readonly directory: string;
  readonly interrupted: boolean;
}

/**
 * The one line at the end of a run: built, reused, time, and where to look.
 * `undefined` when it failed before there was anything to count: the diagnostics say it all.
 */
export function closingLine(report: BuildReport, options: ClosingOptions): string | undefined {
  const { paint, directory, interrupted } = options;
  if (report.checks !== undefined && !interrupted) return checksClosing(report, report.checks, options);
  const { total, executed, cached, failed } = report.actions;
  const time = formatDuration(report.elapsedMs);
  if (report.ok) {
    const summary = `${count(total, 'unit')} in ${time} (${executed === 0 ? 'all reused' : `${executed} built, ${cached} reused`})`;
    return statusLine('Finished', `${summary}${resultWords(report, directory)}`, { paint, tone: 'good' });
  }
  const notTried = Math.max(0, total - executed - cached - failed);
  const counts = `${executed} built, ${cached} reused${notTried === 0 ? '' : `, ${notTried} not tried`}`;
  if (interrupted) return statusLine('Stopped', `after ${time} (${counts})`, { paint, tone: 'error' });
  if (failed === 0) return undefined;
  return `${paint('error', 'error')}: ${count(failed, 'unit')} failed in ${time} (${counts})`;
}

/** Links named one by one; more are counted. */
const MOST_LINKS = 3;

function resultWords(report: BuildReport, directory: string): string {
  const links = [...new Set(report.targets.map((target) => printable(shortPath(target.path, directory))))];
  const [first] = links;
  if (first === undefined) return '';
  if (links.length <= MOST_LINKS) return ` → ${links.join(', ')}`;
  return ` → ${links.length} results at ${dirname(first) === '.' ? '' : `${dirname(first)}/`}${basename(first).replace(/-.*/u, '')}-*`;
}

function shortPath(path: string, directory: string): string {
  const inside = relative(directory, path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}
