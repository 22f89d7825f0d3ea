/** One test as Rust's test harness reports it (library/test, the `pretty` format). */
export interface TestCase {
  readonly name: string;
  readonly outcome: 'ok' | 'failed' | 'ignored';
}

const LINE = /^test (.+?) \.\.\. (ok|FAILED|ignored)(?:, .*| <[\d.]+s>)?$/;
const SHOULD_PANIC = / - should panic$/;

/** The tests of a harness' output; a program with a harness of its own says nothing that is understood here. */
export function testCases(stdout: string): readonly TestCase[] {
  return stdout.split('\n').flatMap((line): TestCase[] => {
    const [, name, word] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ name: name.replace(SHOULD_PANIC, ''), outcome: word === 'ok' ? 'ok' : word === 'FAILED' ? 'failed' : 'ignored' }];
  });
}

export function failedTests(stdout: string): readonly string[] {
  return testCases(stdout).flatMap(({ name, outcome }) => (outcome === 'failed' ? [name] : []));
}

/** What the harness printed of the tests that failed, in its own words; the lines of those that passed are left out. */
export function shownTestOutput(stdout: string): string {
  if (failedTests(stdout).length === 0) return stdout;
  const lines = stdout.split('\n').filter((line) => {
    const [, , word] = LINE.exec(line) ?? [];
    return word === undefined || word === 'FAILED';
  });
  return lines
    .join('\n')
    .replace(/^\n*running \d+ tests?\n/, '')
    .replace(/^\n+/, '');
}

/** What a failed test printed, by its name. */
export function outputOf(stdout: string, name: string): string {
  const start = stdout.indexOf(`---- ${name} stdout ----\n`);
  if (start < 0) return '';
  const from = start + `---- ${name} stdout ----\n`.length;
  const next = stdout.indexOf('\n---- ', from);
  const list = stdout.indexOf('\n\nfailures:\n', from);
  const ends = [next, list].filter((end) => end >= 0);
  return stdout.slice(from, ends.length === 0 ? undefined : Math.min(...ends)).trim();
}
