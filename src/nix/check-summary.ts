import { existsSync } from 'node:fs';
import type { CheckSummary } from '../plan/checks/summary.ts';
import { readCounts } from './check-counts.ts';
import type { LoweredCheck } from './lower-checks.ts';
import type { NixProgress } from './nix-progress.ts';

/** How a check ended. `path`: where Nix puts its output, which is there once the check has passed. */
export function checkSummary(options: {
  readonly check: LoweredCheck;
  readonly path: string;
  readonly progress: Pick<NixProgress, 'outcomeOf'>;
}): CheckSummary {
  const { check, path, progress } = options;
  const ended = check.nodes.flatMap((node) => progress.outcomeOf(node) ?? []);
  const hasFailed = ended.some(({ kind }) => kind === 'failed');
  const hasPassed = !hasFailed && existsSync(path);
  const tests = hasPassed ? readCounts(path) : undefined;
  return {
    subject: check.subject,
    check: check.check,
    status: hasFailed ? 'failed' : hasPassed ? 'passed' : 'skipped',
    cached: hasPassed && ended.length === 0,
    elapsedMs: ended.reduce((total, outcome) => total + (outcome.kind === 'executed' ? outcome.elapsedMs : 0), 0),
    ...(tests === undefined ? {} : { tests }),
  };
}
