import { randomBytes } from 'node:crypto';
import { existsSync, readlinkSync } from 'node:fs';
import type { RunEvent } from '../engine/events.ts';
import { verifiedText } from '../store/checked-file.ts';
import type { Store } from '../store/store.ts';
import { noteFile, storeLayout } from '../store/store-layout.ts';
import type { BuildReport } from './build-report.ts';
import { isUnchanged, type RunStamp, takeStamp, type Variables } from './run-stamp.ts';

/**
 * A run that has nothing to do is recognised before anything else is loaded: the same question, and everything that the
 * last such run depended on is as it was. Then its answer still holds. This file loads nothing heavy, on purpose.
 */
interface RememberedRun {
  readonly format: number;
  readonly stamp: RunStamp;
  /** Executed nothing, and counts everything as cached. */
  readonly report: Omit<BuildReport, 'run' | 'elapsedMs' | 'watched'>;
  readonly messages: readonly UnitMessages[];
}

/** Compiler messages of a unit: shown again although nothing runs, as cargo does. */
export type UnitMessages = Omit<Extract<RunEvent, { type: 'messages' }>, 'type' | 'at' | 'node'> & {
  /** Label of the unit they are of. */
  readonly label: string;
};

/** Raised whenever the note or the report changes its shape. */
const FORMAT = 5;

export interface RecalledRun {
  readonly report: BuildReport;
  readonly messages: readonly UnitMessages[];
  readonly stamp: RunStamp;
}

/** The report of a run with nothing to do, or `undefined`: it has to be looked at properly. */
export function recallRun(options: {
  /** Absolute. */
  readonly storeDirectory: string;
  /** Everything about the question that is not in files or variables. */
  readonly question: string;
  readonly variables: Variables;
}): RecalledRun | undefined {
  const layout = storeLayout(options.storeDirectory);
  const text = verifiedText({ shelf: { layout }, path: noteFile({ layout, namespace: 'run', key: options.question }) });
  if (text === undefined || text === 'damaged') return undefined;
  const remembered: unknown = JSON.parse(text.body);
  if (!isRememberedRun(remembered) || !isUnchanged(remembered.stamp, options.variables)) return undefined;
  const { report, messages } = remembered;
  const inPlace = report.targets.every((target) => pointsTo(target.path, target.entry));
  return inPlace
    ? { report: { ...report, run: randomBytes(6).toString('hex'), elapsedMs: 0 }, messages, stamp: remembered.stamp }
    : undefined;
}

/** Remembers a run that succeeded, unless something changed while it went on. */
export function rememberRun(options: {
  readonly store: Store;
  readonly question: string;
  readonly variables: Variables;
  readonly report: BuildReport;
  readonly messages: readonly UnitMessages[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}): void {
  const { store, question, variables, report, messages, startedAt } = options;
  const { watched, ok, targets, actions, checks, coverage, development, diagnostics } = report;
  const stamp = watched === undefined || !ok ? undefined : takeStamp({ watched, variables, startedAt });
  if (stamp === undefined) return;
  const idleChecks = checks?.map((check) => ({ ...check, cached: true, elapsedMs: 0 }));
  const idle = {
    ok,
    targets,
    actions: { total: actions.total, executed: 0, cached: actions.total, failed: 0 },
    ...(idleChecks === undefined ? {} : { checks: idleChecks }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(development === undefined ? {} : { development }),
    diagnostics,
  };
  const remembered: RememberedRun = { format: FORMAT, stamp, report: idle, messages };
  store.putNote('run', question, JSON.stringify(remembered));
}

function pointsTo(link: string, tree: string): boolean {
  try {
    return readlinkSync(link) === tree && existsSync(tree);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** Notes prove themselves by a checksum, and the format's number says that this version wrote it. */
function isRememberedRun(value: unknown): value is RememberedRun {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT;
}
