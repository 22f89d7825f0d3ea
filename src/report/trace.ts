import type { ReportData, ReportUnit } from './report-data.ts';

/** The main thread of the only process; 0 is the idle thread of the machine to Perfetto. */
const RUN_THREAD = 1;

/**
 * The run as a trace for Perfetto or `chrome://tracing` (the Trace Event Format, JSON object form, as Perfetto's importer reads it,
 * `src/trace_processor/importers/json`): a thread for each place that units ran in, and one for the stages of the run; arrows lead along the
 * longest chain. Times are in microseconds there.
 */
export function traceText(data: ReportData): string {
  const threads = Array.from({ length: data.slots }, (_, slot) => thread(workerThread(slot), `worker ${slot + 1}`));
  const onChain = new Set(data.chain.map(({ unit }) => unit));
  const events = [
    { name: 'process_name', ph: 'M', pid: 1, tid: RUN_THREAD, args: { name: data.request } },
    ...thread(RUN_THREAD, 'run'),
    ...threads.flat(),
    ...stageEvents(data),
    ...data.units.flatMap((unit, id) => unitEvents(unit, onChain.has(id))),
    ...chainEvents(data),
  ];
  const metadata = { run: data.run, repository: data.repository, started_at: data.startedAt };
  return `${JSON.stringify({ displayTimeUnit: 'ms', otherData: metadata, traceEvents: events })}\n`;
}

function workerThread(slot: number): number {
  return RUN_THREAD + 1 + slot;
}

/** Its name, and its place among the others: as text `worker 10` comes before `worker 2`. */
function thread(tid: number, name: string): readonly object[] {
  const place = { ph: 'M', pid: 1, tid };
  return [
    { name: 'thread_name', ...place, args: { name } },
    { name: 'thread_sort_index', ...place, args: { sort_index: tid } },
  ];
}

function stageEvents({ stages, elapsedMs }: ReportData): readonly object[] {
  return stages.map(({ stage, at }, index) => ({
    name: stage,
    cat: 'stage',
    ph: 'X',
    pid: 1,
    tid: RUN_THREAD,
    ...span(at, stages[index + 1]?.at ?? elapsedMs),
  }));
}

/** An arrow from each unit of the longest chain to the next. One starts inside the earlier slice, just before its end, and ends inside the next. */
function chainEvents({ chain, units }: ReportData): readonly object[] {
  return chain.slice(1).flatMap((link, index) => {
    const from = placed(units[chain[index]?.unit ?? -1]);
    const to = placed(units[link.unit]);
    if (from === undefined || to === undefined || from.dur < 1 || to.dur < 1) return [];
    const flow = { name: 'longest chain', cat: 'chain', id: index + 1, pid: 1 };
    return [
      { ...flow, ph: 's', tid: from.tid, ts: from.ts + from.dur - 1 },
      { ...flow, ph: 'f', bp: 'e', tid: to.tid, ts: to.ts },
    ];
  });
}

function placed(unit: ReportUnit | undefined): { readonly tid: number; readonly ts: number; readonly dur: number } | undefined {
  const { startedAt, endedAt, slot } = unit ?? {};
  if (startedAt === undefined || endedAt === undefined || slot === undefined) return undefined;
  return { tid: workerThread(slot), ...span(startedAt, endedAt) };
}

function unitEvents(unit: ReportUnit, isOnChain: boolean): readonly object[] {
  const { label, verb, outcome, earlyAt, key, reasons } = unit;
  const place = placed(unit);
  if (place === undefined) return [];
  const args = {
    outcome,
    longest_chain: isOnChain,
    ...(key === undefined ? {} : { key }),
    ...(reasons.length === 0 ? {} : { why: reasons.join('; ') }),
  };
  const whole = { name: label, cat: verb, ph: 'X', pid: 1, ...place, args };
  if (earlyAt === undefined) return [whole];
  return [whole, { name: 'metadata', cat: 'early', ph: 'i', s: 't', pid: 1, tid: place.tid, ts: micro(earlyAt) }];
}

/** Rounded at both ends, so that what follows on the same thread does not begin before this ends: Perfetto drops slices that overlap. */
function span(startedAt: number, endedAt: number): { readonly ts: number; readonly dur: number } {
  return { ts: micro(startedAt), dur: micro(endedAt) - micro(startedAt) };
}

function micro(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
