import type { ReportData, ReportUnit } from './report-data.ts';

/**
 * The run as a trace for Perfetto or `chrome://tracing` (the Trace Event Format, JSON object form): a thread for each place that units ran
 * in, and one for the stages of the run. Times are in microseconds there.
 */
export function traceText(data: ReportData): string {
  const process = { name: 'process_name', ph: 'M', pid: 1, tid: 0, args: { name: data.request } };
  const threads = Array.from({ length: data.slots }, (_, slot) => thread(slot + 1, `worker ${slot + 1}`));
  const onChain = new Set(data.chain.map(({ unit }) => unit));
  const events = [
    process,
    thread(0, 'run'),
    ...threads,
    ...stageEvents(data),
    ...data.units.flatMap((unit, id) => unitEvents(unit, onChain.has(id))),
  ];
  const metadata = { run: data.run, repository: data.repository, started_at: data.startedAt };
  return `${JSON.stringify({ displayTimeUnit: 'ms', otherData: metadata, traceEvents: events })}\n`;
}

function thread(tid: number, name: string): object {
  return { name: 'thread_name', ph: 'M', pid: 1, tid, args: { name } };
}

function stageEvents({ stages, elapsedMs }: ReportData): readonly object[] {
  return stages.map(({ stage, at }, index) => ({
    name: stage,
    cat: 'stage',
    ph: 'X',
    pid: 1,
    tid: 0,
    ts: micro(at),
    dur: micro((stages[index + 1]?.at ?? elapsedMs) - at),
  }));
}

function unitEvents(unit: ReportUnit, isOnChain: boolean): readonly object[] {
  const { label, verb, outcome, startedAt, earlyAt, endedAt, slot, key, reasons } = unit;
  if (startedAt === undefined || endedAt === undefined || slot === undefined) return [];
  const place = { pid: 1, tid: slot + 1 };
  const args = {
    outcome,
    longest_chain: isOnChain,
    ...(key === undefined ? {} : { key }),
    ...(reasons.length === 0 ? {} : { why: reasons.join('; ') }),
  };
  const whole = { name: label, cat: verb, ph: 'X', ...place, ts: micro(startedAt), dur: micro(endedAt - startedAt), args };
  if (earlyAt === undefined) return [whole];
  return [whole, { name: 'metadata', cat: 'early', ph: 'i', s: 't', ...place, ts: micro(earlyAt) }];
}

function micro(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
