import type { Outcomes } from '../../engine/scheduler.ts';
import type { Store } from '../../store/store.ts';
import type { BuildRequest } from '../build-request.ts';
import { writeReport } from '../checks/junit.ts';
import type { PlannedRun } from '../plan-run.ts';
import { isDone, type RunWorks } from '../run-works.ts';
import { coberturaReport } from './cobertura.ts';
import { type CoverageReport, measuredRun } from './coverage-report.ts';
import { writeLcov } from './lcov.ts';

/**
 * What was measured, and the files that were asked for, written. `undefined`, and no file: it was not asked, or a check that measures has
 * not succeeded.
 */
export function reportCoverage(options: {
  readonly planned: Pick<PlannedRun, 'checks' | 'repository'>;
  readonly works: Pick<RunWorks, 'checkOffset' | 'checkWork'>;
  readonly outcomes: Outcomes;
  readonly request: Pick<BuildRequest, 'checks' | 'now'>;
  readonly store: Store;
}): CoverageReport | undefined {
  const { planned, works, outcomes, request, store } = options;
  const asked = request.checks?.coverage;
  if (asked === undefined) return undefined;
  const { nodes } = planned.checks;
  const { root } = planned.repository;
  const measured = measuredRun({
    nodes,
    resultOf: (node) => {
      const index = nodes.indexOf(node);
      return isDone(outcomes[works.checkOffset + index]) ? works.checkWork.resultOf(index) : undefined;
    },
    store,
    repositoryRoot: root,
  });
  if (measured === undefined) return undefined;
  const { coverage, report } = measured;
  if (asked.lcov !== undefined) writeReport(asked.lcov, writeLcov(coverage));
  if (asked.cobertura !== undefined) writeReport(asked.cobertura, coberturaReport({ coverage, root, at: request.now() }));
  return report;
}
