import { printable } from '../../diagnostics/untrusted-text.ts';
import type { CoverageReport } from '../../plan/coverage/coverage-report.ts';
import type { LineCount } from '../../plan/coverage/lcov.ts';

/** Packages down: lines that can be executed, those that were not, and what share was. Nothing where there are none. */
export function coverageTable({ packages, lines }: CoverageReport): readonly string[] {
  if (packages.length === 0) return [];
  const names = packages.map(({ name }) => name);
  const rows = packages.map(({ name, language, lines: counted }) => {
    const isAlone = names.indexOf(name) === names.lastIndexOf(name);
    return [printable(isAlone ? name : `${name} (${language})`), ...numbers(counted)];
  });
  const table = [['', 'lines', 'missed', 'covered'], ...rows, ...(rows.length === 1 ? [] : [['all', ...numbers(lines)]])];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
    return `  ${cells.join('  ')}`;
  });
}

/** Rounded down: only what is whole is 100 %. */
function numbers({ total, covered }: LineCount): readonly string[] {
  const share = total === 0 ? '-' : `${(Math.floor((covered / total) * 1000) / 10).toFixed(1)} %`;
  return [String(total), String(total - covered), share];
}
