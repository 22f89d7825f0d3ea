import { expect, test } from 'vitest';
import { failedTests, outputOf, shownTestOutput, testCases } from '../../../src/plan/checks/libtest-output.ts';

/** As `library/test` prints it. */
const OUTPUT = `
running 4 tests
test tests::adds ... FAILED
test tests::holds ... ok
test tests::later ... ignored, not yet
test tests::panics - should panic ... ok

failures:

---- tests::adds stdout ----
about to fail

thread 'tests::adds' panicked at src/lib.rs:19:9:
assertion failed


failures:
    tests::adds

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
`;

test('the tests of an output are told apart by how they ended', () => {
  expect(testCases(OUTPUT)).toEqual([
    { name: 'tests::adds', outcome: 'failed' },
    { name: 'tests::holds', outcome: 'ok' },
    { name: 'tests::later', outcome: 'ignored' },
    { name: 'tests::panics', outcome: 'ok' },
  ]);
  expect(failedTests(OUTPUT)).toEqual(['tests::adds']);
});

test('what is shown of a failure has nothing of the tests that passed', () => {
  const shown = shownTestOutput(OUTPUT);
  expect(shown).toMatch(/^test tests::adds \.\.\. FAILED\n/);
  expect(shown).not.toContain('holds');
  expect(shown).toContain('2 passed; 1 failed');
});

test('a program with a harness of its own is shown as it is', () => {
  expect(shownTestOutput('not ok 1\n')).toBe('not ok 1\n');
});

test("a failed test's own output is found by its name", () => {
  expect(outputOf(OUTPUT, 'tests::adds')).toBe("about to fail\n\nthread 'tests::adds' panicked at src/lib.rs:19:9:\nassertion failed");
  expect(outputOf(OUTPUT, 'tests::holds')).toBe('');
});
