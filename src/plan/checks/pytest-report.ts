import type { TestCounts } from './test-counts.ts';

const REPORT = /<\?xml version="1\.0" encoding="utf-8"\?><testsuites[\s\S]*?<\/testsuites>\n?/;

/** The JUnit report that pytest wrote among its errors; `undefined`: it did not come so far. */
export function pytestReport(stderr: string): string | undefined {
  return REPORT.exec(stderr)?.[0];
}

/** What else is among the errors. */
export function withoutReport(stderr: string): string {
  return stderr.replace(REPORT, '');
}

/** The suites of a report, to be put into another. */
export function suitesOf(report: string): string {
  const start = report.indexOf('<testsuite ');
  const end = report.lastIndexOf('</testsuites>');
  return start < 0 || end < start ? '' : report.slice(start, end);
}

/** How many tests there were, by the attributes of the suites. */
export function countPytest(report: string): TestCounts {
  const sum = (name: string): number =>
    [...report.matchAll(/<testsuite [^>]*>/g)].reduce(
      (total, [tag]) => total + Number(new RegExp(` ${name}="(\\d+)"`).exec(tag)?.[1] ?? 0),
      0,
    );
  const failed = sum('failures') + sum('errors');
  const ignored = sum('skipped');
  return { passed: sum('tests') - failed - ignored, failed, ignored };
}
