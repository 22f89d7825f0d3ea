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

test('the trace has a complete event for each unit that ran, on the thread of its worker, and nothing overlaps there', () => {
  const data = dataOf(largeRecord(300));
  const trace: unknown = JSON.parse(traceText(data));
  const events =
    typeof trace === 'object' && trace !== null && 'traceEvents' in trace && Array.isArray(trace.traceEvents) ? trace.traceEvents : [];
  const units = events.filter((event: { ph: string; tid: number }) => event.ph === 'X' && event.tid > 0);
  expect(units).toHaveLength(data.units.filter(({ startedAt }) => startedAt !== undefined).length);
  const last = new Map<number, number>();
  for (const { tid, ts, dur } of units.toSorted((left: { ts: number }, right: { ts: number }) => left.ts - right.ts)) {
    expect(ts).toBeGreaterThanOrEqual(last.get(tid) ?? 0);
    last.set(tid, ts + dur);
  }
});
