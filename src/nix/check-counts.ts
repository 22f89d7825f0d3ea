import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCounts } from '../plan/checks/test-counts.ts';

/** Below `files/` of the output of what was run for a check: how many tests it had, or `null`. */
export const COUNTS_FILE = 'counts.json';

/** The same of each run, in the output of a check of several. */
export const COUNTS_DIRECTORY = 'counts';

/** How many tests the runs behind the output of a check had; `undefined`: not one of them says. */
export function readCounts(output: string): TestCounts | undefined {
  const directory = join(output, COUNTS_DIRECTORY);
  const paths = existsSync(directory)
    ? readdirSync(directory).map((name) => join(directory, name))
    : [join(output, 'files', COUNTS_FILE)].filter((path) => existsSync(path));
  const counts = paths.map((path): unknown => JSON.parse(readFileSync(path, 'utf8'))).filter(isCounts);
  const sum = (name: keyof TestCounts): number => counts.reduce((total, one) => total + one[name], 0);
  return counts.length === 0 ? undefined : { passed: sum('passed'), failed: sum('failed'), ignored: sum('ignored') };
}

function isCounts(value: unknown): value is TestCounts {
  return typeof value === 'object' && value !== null && 'passed' in value && 'failed' in value && 'ignored' in value;
}
