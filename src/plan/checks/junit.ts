import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { passThrough } from '../../diagnostics/untrusted-text.ts';
import type { NodeId } from '../../engine/events.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import type { Store } from '../../store/store.ts';
import { failingAsStore } from '../../store/system-error.ts';
import type { RunWorks } from '../run-works.ts';
import type { PlannedCheck, PlannedChecks } from './check.ts';
import { outputOf, type TestCase, testCases } from './libtest-output.ts';
import { testReport, suitesOf } from './test-report.ts';
import type { CheckSummary } from './summary.ts';
import { xmlText } from './xml-text.ts';

/** Writes a report where the user wants it, directories made. */
export function writeReport(path: string, report: string): void {
  failingAsStore(path, () => {
    makeDirectory(dirname(path));
    writeFileSync(path, report);
  });
}

interface ReportOptions {
  readonly checks: PlannedChecks;
  /** One for each check. */
  readonly summaries: readonly CheckSummary[];
  readonly works: Pick<RunWorks, 'nodeOf' | 'checkOffset' | 'checkWork' | 'said'>;
  readonly store: Store;
}

/**
 * A JUnit report of a run of checks, for services that show tests: a suite for each test program and each pytest with its tests, and one
 * for every other check with a single case. What was reused is in it as it was when it ran.
 */
export function junitReport(options: ReportOptions): string {
  const { checks, summaries } = options;
  const suites = checks.checks.map((check, index) => checkSuites(check, summaries[index], options));
  return `<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="ferrule">\n${suites.join('')}</testsuites>\n`;
}

function checkSuites(check: PlannedCheck, summary: CheckSummary | undefined, options: ReportOptions): string {
  const { checks, works, store } = options;
  const { checkWork } = works;
  const told = check.nodes.map((node): string | undefined => {
    const result = checkWork.resultOf(node);
    if (result === undefined) return undefined;
    const text = (digest: typeof result.stdout): string => store.readBlob(digest)?.toString('utf8') ?? '';
    const report = testReport(text(result.stderr));
    const suites = report === undefined ? undefined : suitesOf(report);
    if (suites !== undefined) return suites === '' ? '' : `${suites}\n`;
    const stdout = text(result.stdout);
    const cases = testCases(stdout);
    const label = checks.nodes[node]?.label ?? check.name;
    return cases.length === 0 ? undefined : programSuite({ subject: check.subject, label, cases, stdout, elapsedMs: result.elapsedMs });
  });
  if (told.length > 0 && told.every((suite) => suite !== undefined)) return told.join('');
  return plainSuite(check, summary, options) + told.map((suite) => suite ?? '').join('');
}

function programSuite(suite: {
  readonly subject: string;
  readonly label: string;
  readonly cases: readonly TestCase[];
  readonly stdout: string;
  readonly elapsedMs: number;
}): string {
  const { subject, label, cases, stdout, elapsedMs } = suite;
  const count = (wanted: TestCase['outcome']): number => cases.filter(({ outcome }) => outcome === wanted).length;
  const lines = cases.map(({ name, outcome }) => {
    const at = name.lastIndexOf('::');
    const place = [subject, ...(at < 0 ? [] : [name.slice(0, at)])].join('::');
    const open = `    <testcase classname="${xmlText(place)}" name="${xmlText(at < 0 ? name : name.slice(at + 2))}"`;
    if (outcome === 'ok') return `${open}/>\n`;
    if (outcome === 'ignored') return `${open}><skipped/></testcase>\n`;
    return `${open}><failure message="failed">${xmlText(outputOf(stdout, name))}</failure></testcase>\n`;
  });
  const numbers = `tests="${cases.length}" failures="${count('failed')}" skipped="${count('ignored')}" time="${seconds(elapsedMs)}"`;
  return `  <testsuite name="${xmlText(label)}" ${numbers}>\n${lines.join('')}  </testsuite>\n`;
}

/** A check that says nothing of single tests. */
function plainSuite(check: PlannedCheck, summary: CheckSummary | undefined, { works }: ReportOptions): string {
  const { subject, name } = check;
  const { status = 'skipped', elapsedMs = 0, reason } = summary ?? {};
  const skipped = reason === undefined ? '<skipped/>' : `<skipped message="${xmlText(reason)}"/>`;
  const numbers = `tests="1" failures="${status === 'failed' ? 1 : 0}" skipped="${status === 'skipped' ? 1 : 0}" time="${seconds(elapsedMs)}"`;
  const open = `    <testcase classname="${xmlText(subject)}" name="${xmlText(name)}"`;
  const nodes: readonly NodeId[] = [...check.units.map(works.nodeOf), ...check.nodes.map((node) => works.checkOffset + node)];
  const said = nodes.flatMap((node) => works.said.get(node) ?? []);
  const line =
    status === 'passed' ? `${open}/>` : status === 'skipped' ? `${open}>${skipped}</testcase>` : `${open}>${failure(said)}</testcase>`;
  return `  <testsuite name="${xmlText(`${subject} ${name}`)}" ${numbers}>\n${line}\n  </testsuite>\n`;
}

function failure(said: readonly Diagnostic[]): string {
  const errors = said.filter(({ severity }) => severity === 'error');
  const text = errors.map(({ code, message, output }) => `${code}: ${message}\n${passThrough(output ?? '', false)}`).join('\n');
  return `<failure message="${xmlText(errors[0]?.message ?? 'failed')}">${xmlText(text)}</failure>`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
