import type { Outcome } from '../../engine/events.ts';
import type { Outcomes } from '../../engine/scheduler.ts';
import type { RunWorks } from '../run-works.ts';
import type { Store } from '../../store/store.ts';
import type { PlannedChecks } from './check.ts';
import { countTests, type TestCounts } from './test-counts.ts';

/** How one check of one subject ended. */
export interface CheckSummary {
  /** Package or project; for a declared check of nothing in particular its environment, or its own name. */
  readonly subject: string;
  readonly check: string;
  /** `skipped`: something it needs failed, the run was stopped, or for a `reason`. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped without that being a failure; absent otherwise. */
  readonly reason?: string;
  /** Nothing of it ran. */
  readonly cached: boolean;
  /** Milliseconds that its commands took, one after the other. */
  readonly elapsedMs: number;
  /** Of Rust's test programs and pytest; absent: they do not say. */
  readonly tests?: TestCounts;
}

/** One summary for each check, in the order planned. */
export function summarizeChecks(options: {
  readonly checks: PlannedChecks;
  readonly outcomes: Outcomes;
  readonly works: Pick<RunWorks, 'nodeOf' | 'checkOffset' | 'checkWork'>;
  readonly store: Store;
}): readonly CheckSummary[] {
  const { checks, outcomes, works, store } = options;
  const { nodeOf, checkOffset: offset } = works;
  return checks.checks.map(({ subject, name: check, units, nodes, skipped: reason }) => {
    if (reason !== undefined) return skippedCheck({ subject, check, reason });
    const ended = [...units.map(nodeOf), ...nodes.map((node) => offset + node)].flatMap((node) => outcomes[node] ?? []);
    const results = nodes.flatMap((node) => works.checkWork.resultOf(node) ?? []);
    const tests = countTests(results, store);
    const cached = ended.every(({ kind }) => kind === 'cached');
    return { subject, check, status: statusOf(ended), cached, elapsedMs: sum(ended), ...(tests === undefined ? {} : { tests }) };
  });
}

/** Of a check that is not done, without that being a failure. */
export function skippedCheck(check: Pick<CheckSummary, 'subject' | 'check'> & { readonly reason: string }): CheckSummary {
  return { ...check, status: 'skipped', cached: true, elapsedMs: 0 };
}

function statusOf(ended: readonly Outcome[]): CheckSummary['status'] {
  if (ended.some(({ kind }) => kind === 'failed')) return 'failed';
  return ended.some(({ kind }) => kind === 'skipped') ? 'skipped' : 'passed';
}

function sum(ended: readonly Outcome[]): number {
  return ended.reduce((total, outcome) => total + (outcome.kind === 'executed' ? outcome.elapsedMs : 0), 0);
}
