import { fitColumns } from '../../diagnostics/display-width.ts';
import type { Paint } from '../../diagnostics/paint.ts';
import { printable } from '../../diagnostics/untrusted-text.ts';
import { formatDuration, formatSeconds } from '../duration.ts';
import { criticalPath, estimateLeft, finishedCount, type RunProgress, runningNodes } from './run-progress.ts';
import { stageWords, statusLine, VERB_COLUMNS, verbOf } from './words.ts';

export interface DrawOptions {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the start of the run. */
  readonly now: number;
  readonly paint: Paint;
}

/** Never more units listed than this, however high the window. */
const MOST_UNITS = 16;
/** Lines below the units: the bar and the critical path. */
const LINES_BELOW = 2;
const BAR_COLUMNS = 24;
/** An end nearer than this is not worth a word. */
const SHORTEST_ESTIMATE_MS = 2000;

/** The live view: what runs and for how long, then how far the run is, then the critical path. Fits in the window. */
export function drawLive(progress: RunProgress, options: DrawOptions): readonly string[] {
  if (progress.nodes.length === 0) return [stageLine(progress, options)];
  const path = pathLine(progress, options);
  return [...unitLines(progress, options), barLine(progress, options), ...(path === undefined ? [] : [path])].slice(
    -Math.max(1, options.rows - 1),
  );
}

function stageLine(progress: RunProgress, { columns, now, paint }: DrawOptions): string {
  const [verb, object] = stageWords(progress.stage ?? 'discover');
  const detail = printable(progress.detail).trim();
  const words = [object, formatSeconds(now - progress.stageAt), detail];
  const text = words.filter((word) => word !== '').join('  ');
  return statusLine(verb, fitColumns(text, columns - VERB_COLUMNS), { paint, tone: 'hint' });
}

function unitLines(progress: RunProgress, { columns, rows, now, paint }: DrawOptions): readonly string[] {
  const running = runningNodes(progress);
  const room = Math.max(0, Math.min(MOST_UNITS, rows - LINES_BELOW - 2));
  const shown = running.length > room ? running.slice(0, Math.max(0, room - 1)) : running;
  const lines = shown.map((node) => {
    const time = formatDuration(now - node.startedAt);
    const label = fitColumns(printable(node.summary.label), columns - VERB_COLUMNS - time.length - 3);
    return statusLine(verbOf(node.summary), `${label}  ${paint('faint', time)}`, { paint, tone: 'good' });
  });
  const hidden = running.length - shown.length;
  return hidden === 0 || room === 0
    ? lines
    : [...lines, `${' '.repeat(VERB_COLUMNS)}${fitColumns(`and ${hidden} more`, columns - VERB_COLUMNS - 1)}`];
}

function barLine(progress: RunProgress, { columns, now, paint }: DrawOptions): string {
  const total = progress.nodes.length;
  const done = finishedCount(progress);
  const left = estimateLeft(progress, now);
  const facts = [
    `${done}/${total}`,
    ...(progress.counts.reused > 0 ? [`${progress.counts.reused} reused`] : []),
    ...(progress.counts.failed > 0 ? [`${progress.counts.failed} failed`] : []),
    formatSeconds(now),
    ...(left >= SHORTEST_ESTIMATE_MS && done < total ? [`about ${formatSeconds(left)} left`] : []),
  ].join(', ');
  const room = columns - VERB_COLUMNS - 1;
  const bar = room >= BAR_COLUMNS + 3 + facts.length ? `[${barOf(done / Math.max(1, total))}] ` : '';
  const [verb] = stageWords(progress.stage === 'link' ? 'link' : 'run');
  return statusLine(verb, `${bar}${fitColumns(facts, room - bar.length)}`, { paint, tone: 'hint' });
}

function barOf(fraction: number): string {
  const filled = Math.round(fraction * BAR_COLUMNS);
  const arrow = filled > 0 && filled < BAR_COLUMNS ? '>' : '';
  return `${'='.repeat(filled - arrow.length)}${arrow}`.padEnd(BAR_COLUMNS);
}

/** Units of the critical path that are named. */
const PATH_NAMES = 4;

function pathLine(progress: RunProgress, { columns, now, paint }: DrawOptions): string | undefined {
  const path = criticalPath(progress, now);
  if (path === undefined || path.nodes.length < 2 || path.leftMs < SHORTEST_ESTIMATE_MS) return undefined;
  const names = path.nodes.map((node) => printable(node.label).replace(/ v\d\S*/u, ''));
  const shown =
    names.length <= PATH_NAMES ? names : [...names.slice(0, PATH_NAMES - 1), `${names.length - PATH_NAMES} more`, names.at(-1) ?? ''];
  return statusLine('Longest', fitColumns(shown.join(' → '), columns - VERB_COLUMNS - 1), { paint, tone: 'faint' });
}
