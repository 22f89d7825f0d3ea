import { randomBytes } from 'node:crypto';
import type { Outcome } from '../engine/events.ts';
import type { Outcomes } from '../engine/scheduler.ts';
import { type Attempt, attemptRun } from './attempt.ts';
import type { ActionCounts, BuildReport } from './build-report.ts';
import type { BuildRequest } from './build-request.ts';
import { developmentOf } from './development.ts';
import { type PlannedRun, planRun } from './plan-run.ts';
import { recordRun } from './record-run.ts';
import { rememberRun } from './remembered-run.ts';
import { RunContext } from './run-context.ts';
import { IRREPRODUCIBLE } from './verification.ts';

/** Attempts after the first. */
const MOST_REPEATS = 2;

/** Discovers, plans, lowers, runs and links what was asked for. Throws only `StoreFailure` and internal errors. */
export async function runBuild(request: BuildRequest): Promise<BuildReport> {
  const start = request.now();
  const context = new RunContext(request, () => request.now() - start);
  try {
    const planned = await planRun(context);
    const built = planned === undefined ? undefined : await execute(context, planned);
    const { diagnostics, messages, store } = context;
    const watched = built?.attempt.watched;
    const report: BuildReport = {
      ok: built?.attempt.targets !== undefined && !diagnostics.some((diagnostic) => diagnostic.code === IRREPRODUCIBLE),
      run: randomBytes(6).toString('hex'),
      elapsedMs: request.now() - start,
      targets: built?.attempt.targets ?? [],
      actions: countOutcomes(built?.attempt.outcomes ?? []),
      ...(request.purpose === 'check' ? { checks: built?.attempt.checks ?? [] } : {}),
      ...(built?.attempt.coverage === undefined ? {} : { coverage: built.attempt.coverage }),
      ...(planned !== undefined && request.purpose === 'develop' ? { development: await developmentOf(context, planned) } : {}),
      diagnostics,
      ...(watched === undefined ? {} : { watched }),
    };
    const works = built?.attempt.works;
    if (planned !== undefined && !recordRun({ context, planned, works, report, startedAt: start })) return { ...report, ok: false };
    // Damage is said once, and not whenever the run is recalled.
    if (request.question !== undefined && built?.hadDamage !== true) {
      rememberRun({ store, question: request.question, variables: request.environment, report, messages, startedAt: start });
    }
    return report;
  } finally {
    context.close();
  }
}

/**
 * Runs and links. What fails because the store had lost or damaged something is tried again: the damage is dropped when it is found.
 * Damage that comes to light a second time is more than one bad entry, and the whole store is read through first.
 */
async function execute(context: RunContext, planned: PlannedRun): Promise<{ readonly attempt: Attempt; readonly hadDamage: boolean }> {
  let attempt = await attemptRun({ context, planned, earlier: undefined });
  const hadDamage = attempt.foundDamage;
  for (let again = 1; attempt.foundDamage && again <= MOST_REPEATS; again += 1) {
    const isLast = again === MOST_REPEATS;
    if (isLast) context.store.verify({ repair: true });
    attempt = await attemptRun({ context, planned, earlier: { outcomes: attempt.outcomes, isLast } });
  }
  return { attempt, hadDamage };
}

function countOutcomes(outcomes: Outcomes): ActionCounts {
  const count = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  return { total: outcomes.length, executed: count('executed'), cached: count('cached'), failed: count('failed') };
}
