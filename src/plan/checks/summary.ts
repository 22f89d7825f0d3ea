import type { Outcome } from '../../engine/events.ts';
import type { Outcomes } from '../../engine/scheduler.ts';
import type { RunWorks } from '../run-works.ts';
import type { PlannedChecks } from './check.ts';

/** How one check of one subject ended. */
export interface CheckSummary {
  /** Package or project; for a declared check of nothing in particular its environment, or its own name. */
  readonly subject: string;
  readonly check: string;
  /** `skipped`: something it needs failed, or the run was stopped. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Nothing of it ran. */
  readonly cached: boolean;
  /** Milliseconds that its commands took, one after the other. */
  readonly elapsedMs: number;
}

/** One summary for each check, in the order planned. */
export function summarizeChecks(options: {
  readonly checks: PlannedChecks;
  readonly outcomes: Outcomes;
  readonly works: Pick<RunWorks, 'nodeOf' | 'checkOffset'>;
}): readonly CheckSummary[] {
  const { checks, outcomes, works } = options;
  const { nodeOf, checkOffset: offset } = works;
  return checks.checks.map(({ subject, name: check, units, nodes }) => {
    const ended = [...units.map(nodeOf), ...nodes.map((node) => offset + node)].flatMap((node) => outcomes[node] ?? []);
    return { subject, check, status: statusOf(ended), cached: ended.every(({ kind }) => kind === 'cached'), elapsedMs: sum(ended) };
  });
}

function statusOf(ended: readonly Outcome[]): CheckSummary['status'] {
  if (ended.some(({ kind }) => kind === 'failed')) return 'failed';
  return ended.some(({ kind }) => kind === 'skipped') ? 'skipped' : 'passed';
}

function sum(ended: readonly Outcome[]): number {
  return ended.reduce((total, outcome) => total + (outcome.kind === 'executed' ? outcome.elapsedMs : 0), 0);
}
