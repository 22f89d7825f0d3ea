import type { Goal, Row } from './scenario.ts';
import { figuresOf } from './statistics.ts';

const HEAD = ['', 'ferrule', 'against', '', 'ratio', 'goal', ''] as const;

/** A scenario's rows as aligned text; figures are flush right. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const isFigure = [false, true, false, true, true, true, false];
  const text = lines.map((line) =>
    line
      .map((cell, column) => (isFigure[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

function cells(row: Row): readonly string[] {
  const { ferrule, other, ratio, met } = figuresOf(row);
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED';
  return [
    row.what,
    formatValue(ferrule, row.unit),
    row.against?.name ?? '',
    formatValue(other, row.unit),
    ratio === undefined ? '' : formatRatio(ratio, row.goal),
    row.goal === undefined ? '' : formatGoal(row.goal),
    [verdict, row.note ?? ''].filter((part) => part !== '').join('; '),
  ];
}

function formatValue(value: number | undefined, unit: Row['unit']): string {
  if (value === undefined) return '-';
  if (unit === 'MiB') return `${value.toFixed(0)} MiB`;
  if (unit === 'count') return String(value);
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

function formatRatio(ratio: number, goal: Goal | undefined): string {
  if (goal?.kind !== 'faster') return `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} x`;
  return `${(1 / ratio).toFixed(1)} x faster`;
}

function formatGoal(goal: Goal): string {
  switch (goal.kind) {
    case 'at most':
      return `<= ${goal.ratio.toFixed(2)} x`;
    case 'faster':
      return `${goal.times} x faster`;
    case 'below':
      return `< ${goal.milliseconds} ms`;
  }
}
