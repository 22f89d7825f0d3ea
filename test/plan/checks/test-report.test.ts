import { expect, test } from 'vitest';
import { countReported, failedCases, suitesOf, testReport, withoutReport } from '../../../src/plan/checks/test-report.ts';

const REPORT =
  '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.2"><testcase name="a" /></testsuite></testsuites>\n';

test('a report is found among errors, and taken out of them', () => {
  const stderr = `warning: one\n${REPORT}warning: two\n`;
  expect(testReport(stderr)).toBe(REPORT);
  expect(withoutReport(stderr)).toBe('warning: one\nwarning: two\n');
  expect(testReport('warning: one\n')).toBeUndefined();
});

test('its suites can stand in another report, and its tests are counted', () => {
  expect(suitesOf(REPORT)).toMatch(/^<testsuite name="pytest" .*<\/testsuite>$/);
  expect(countReported(REPORT)).toEqual({ passed: 4, failed: 3, ignored: 3 });
});

test('the tests that failed are named, whatever stands beside them', () => {
  const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run">
    <testsuite name="core" tests="4" skipped="0" errors="0" failures="2">
        <testcase name="works" classname="core" time="0.009"/>
        <testcase name="tests::fails" classname="core" time="0.247">
            <failure message="thread &apos;tests::fails&apos;">&lt;testcase name="quoted"&gt;</failure>
        </testcase>
        <testcase name="flaky" classname="core">
            <flakyFailure message="the first time"/>
        </testcase>
        <testcase name="aborts" classname="core"><error type="abort"/></testcase>
    </testsuite>
</testsuites>
`;
  expect(failedCases(report)).toEqual(['tests::fails', 'aborts']);
  expect(testReport(`printed\n${report}`)).toBe(report);
});
