import type { TestCounts } from './test-counts.ts';

const REPORT = /<\?xml version="1\.0" encoding="utf-8"\?>\s*<testsuites[\s\S]*?<\/testsuites>\n?/i;

/** Where pytest writes it, in its sandbox. */
export const JUNIT_PATH = '/build/out/junit.xml';

/** Where its tracefile stands when it is measured. */
export const PYTEST_TRACEFILE = '/build/out/coverage.lcov';

/** The JUnit report that pytest or nextest wrote among its errors; `undefined`: it did not come so far. */
export function testReport(stderr: string): string | undefined {
  return REPORT.exec(stderr)?.[0];
}

/** What else is among the errors. */
export function withoutReport(stderr: string): string {
  return stderr.replace(REPORT, '');
}

/** What it printed, without the lines that say where reports went, which only concerns us. */
export function withoutReportLine(stdout: string): string {
  return stdout
    .split('\n')
    .filter((line) => !line.includes(`generated xml file: ${JUNIT_PATH}`) && !line.includes(PYTEST_TRACEFILE))
    .join('\n');
}

/** The suites of a report, to be put into another. */
export function suitesOf(report: string): string {
  const start = report.indexOf('<testsuite ');
  const end = report.lastIndexOf('</testsuites>');
  return start < 0 || end < start ? '' : report.slice(start, end).trimEnd();
}

/** How many tests there were, by the attributes of the suites. */
export function countReported(report: string): TestCounts {
  const sum = (name: string): number =>
    [...report.matchAll(/<testsuite [^>]*>/g)].reduce(
      (total, [tag]) => total + Number(new RegExp(` ${name}="(\\d+)"`).exec(tag)?.[1] ?? 0),
      0,
    );
  const failed = sum('failures') + sum('errors');
  const ignored = sum('skipped');
  return { passed: sum('tests') - failed - ignored, failed, ignored };
}

/** Names of the tests that failed, as the report spells them. */
export function failedCases(report: string): readonly string[] {
  return [...report.matchAll(/<testcase ([^>]*[^/])>\s*<(?:failure|error)\b/g)].flatMap(([, tag = '']) => {
    const name = /(?:^|\s)name="([^"]*)"/.exec(tag)?.[1];
    return name === undefined ? [] : [name];
  });
}
