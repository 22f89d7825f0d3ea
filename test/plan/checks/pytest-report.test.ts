import { expect, test } from 'vitest';
import { countPytest, pytestReport, suitesOf, withoutReport } from '../../../src/plan/checks/pytest-report.ts';

const REPORT =
  '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.2"><testcase name="a" /></testsuite></testsuites>\n';

test('a report is found among errors, and taken out of them', () => {
  const stderr = `warning: one\n${REPORT}warning: two\n`;
  expect(pytestReport(stderr)).toBe(REPORT);
  expect(withoutReport(stderr)).toBe('warning: one\nwarning: two\n');
  expect(pytestReport('warning: one\n')).toBeUndefined();
});

test('its suites can stand in another report, and its tests are counted', () => {
  expect(suitesOf(REPORT)).toMatch(/^<testsuite name="pytest" .*<\/testsuite>$/);
  expect(countPytest(REPORT)).toEqual({ passed: 4, failed: 3, ignored: 3 });
});
