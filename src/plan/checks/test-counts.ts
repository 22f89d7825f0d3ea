import type { ActionResult } from '../../model/action.ts';
import type { Store } from '../../store/store.ts';
import { testCases } from './libtest-output.ts';
import { countReported, testReport } from './test-report.ts';

/** How many tests a check has run, as far as its programs say so. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** How many tests some programs had, by what they printed. */
export function countTests(results: readonly ActionResult[], store: Store): TestCounts | undefined {
  const text = (digest: ActionResult['stdout']): string => store.readBlob(digest)?.toString('utf8') ?? '';
  return countPrinted(results.map(({ stdout, stderr }) => ({ stdout: text(stdout), stderr: text(stderr) })));
}

/** Tests by pytest's report, or in the output of Rust's harness; `undefined`: not one of the programs says how many it has. */
export function countPrinted(programs: readonly { readonly stdout: string; readonly stderr: string }[]): TestCounts | undefined {
  const report = programs.flatMap(({ stderr }) => testReport(stderr) ?? []).join('');
  if (report !== '') return countReported(report);
  const texts = programs.map(({ stdout }) => stdout);
  if (!texts.some((text) => /^running \d+ tests?$/m.test(text))) return undefined;
  const cases = texts.flatMap(testCases);
  const count = (wanted: string): number => cases.filter(({ outcome }) => outcome === wanted).length;
  return { passed: count('ok'), failed: count('failed'), ignored: count('ignored') };
}
