import type { ActionResult } from '../../model/action.ts';
import type { Store } from '../../store/store.ts';
import { testCases } from './libtest-output.ts';
import { countPytest, pytestReport } from './pytest-report.ts';

/** How many tests a check has run, as far as its programs say so. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** Tests by pytest's report, or in the output of Rust's harness; `undefined`: not one of the programs says how many it has. */
export function countTests(results: readonly ActionResult[], store: Store): TestCounts | undefined {
  const report = results.flatMap(({ stderr }) => pytestReport(store.readBlob(stderr)?.toString('utf8') ?? '') ?? []).join('');
  if (report !== '') return countPytest(report);
  const texts = results.map(({ stdout }) => store.readBlob(stdout)?.toString('utf8') ?? '');
  if (!texts.some((text) => /^running \d+ tests?$/m.test(text))) return undefined;
  const cases = texts.flatMap(testCases);
  const count = (wanted: string): number => cases.filter(({ outcome }) => outcome === wanted).length;
  return { passed: count('ok'), failed: count('failed'), ignored: count('ignored') };
}
