import { expect, test } from 'vitest';
import { reportData } from '../../src/report/report-data.ts';
import { reportPage } from '../../src/report/report-page.ts';
import { traceText } from '../../src/report/trace.ts';
import { largeRecord, node, record } from './records.ts';

function dataOf(source: ReturnType<typeof record>): ReturnType<typeof reportData> {
  return reportData({ record: source, reasons: new Map(), savedMs: () => 7, comparedWith: undefined });
}

test('nothing in a name ends the page’s script or is taken for markup', () => {
  const evil = '</script><img src=x onerror=alert(1)>$&';
  const page = reportPage(
    '<title>The run</title><script>"the run"</script>',
    dataOf(record([node(evil, [0, 1])], { targets: [{ name: evil, nodes: [0] }] })),
  );
  expect(page.match(/<\/script>/g)).toHaveLength(1);
  expect(page).not.toContain('<img');
  const [, json = ''] = /<script>(.*)<\/script>/s.exec(page) ?? [];
  const parsed: unknown = JSON.parse(json);
  expect(parsed).toMatchObject({ title: evil, units: [{ label: evil }] });
});

test('the request reads as it was typed, and only what was reused was saved', () => {
  const data = dataOf(
    record([node('base', undefined), node('app', [0, 5])], {
      request: {
        targets: ['app'],
        directory: '',
        purpose: 'build',
        profile: 'dev',
        features: ['a', 'b'],
        allFeatures: false,
        noDefaultFeatures: true,
      },
    }),
  );
  expect(data.request).toBe('ferrule build app --profile dev --features a,b --no-default-features');
  expect(data.units.map(({ savedMs }) => savedMs)).toEqual([7, undefined]);
});

test.each([
  [1, 't0'],
  [5, 't0, t1, t2, t3, t4'],
  [1050, 't0, t1, t2, t3 and 1,046 more'],
])('a run of %d targets is titled with the first of them', (count, title) => {
  const targets = Array.from({ length: count }, (_, index) => ({ name: `t${index}`, nodes: [0] }));
  expect(dataOf(record([node('base', [0, 1])], { targets })).title).toBe(title);
});

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id: number;
}

function traceEvents(data: ReturnType<typeof reportData>): readonly TraceEvent[] {
  const trace: { readonly traceEvents: readonly TraceEvent[] } = JSON.parse(traceText(data));
  return trace.traceEvents;
}

test('the trace has a complete event for each unit that ran, on the thread of its worker, and nothing overlaps there', () => {
  const times = [0.0006, 0.0012, 0.0018, 0.0031, 0.0036].map((start, index, all): [number, number] => [start, all[index + 1] ?? 1]);
  for (const source of [largeRecord(300), record(times.map((time, index) => node(`u${index}`, time)))]) {
    const data = dataOf(source);
    const units = traceEvents(data).filter(({ ph, tid }) => ph === 'X' && tid > 1);
    expect(units).toHaveLength(data.units.filter(({ startedAt }) => startedAt !== undefined).length);
    const last = new Map<number, number>();
    for (const { tid, ts, dur } of units.toSorted((left, right) => left.ts - right.ts)) {
      expect(ts).toBeGreaterThanOrEqual(last.get(tid) ?? 0);
      last.set(tid, ts + dur);
    }
  }
});

test('the trace is what Perfetto’s importer takes: no idle thread, threads that are named, arrows from inside one slice into another', () => {
  const data = dataOf(largeRecord(300));
  const events = traceEvents(data);
  const named = new Set(events.filter(({ name }) => name === 'thread_name').map(({ tid }) => tid));
  for (const { ph, pid, tid, ts } of events) {
    expect([pid, tid > 0, named.has(tid)]).toEqual([1, true, true]);
    if (ph !== 'M') expect(Number.isInteger(ts)).toBe(true);
  }
  const slices = events.filter(({ ph }) => ph === 'X');
  const within = ({ tid, ts }: TraceEvent): TraceEvent | undefined =>
    slices.find((slice) => slice.tid === tid && slice.ts <= ts && ts < slice.ts + slice.dur);
  const starts = events.filter(({ ph }) => ph === 's');
  const ends = events.filter(({ ph }) => ph === 'f');
  expect(starts).toHaveLength(data.chain.length - 1);
  const arrows = starts.map((start) => [within(start)?.name, ends.filter(({ id }) => id === start.id).map((end) => within(end)?.name)]);
  const chain = data.chain.map(({ unit }) => data.units[unit]?.label);
  expect(arrows).toEqual(chain.slice(1).map((label, index) => [chain[index], [label]]));
});
