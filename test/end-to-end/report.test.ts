import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportCommand } from '../../src/cli/commands/report.ts';
import { NO_OPTIONS } from '../../src/cli/options.ts';
import { reportSettings } from '../../src/cli/settings.ts';
import type { ReportData } from '../../src/report/report-data.ts';
import { openStore } from '../../src/store/directory-store.ts';
import { type Checkout, TemporaryDirectory } from './checkout.ts';
import { makeHouse } from './house.ts';
import { build, capturedTerminal, complaints } from './rig.ts';

const TEMPLATE = '<title>The run</title><script type="application/json">"the run"</script>';

let place: TemporaryDirectory;
let house: Checkout;

beforeAll(() => {
  place = new TemporaryDirectory();
  house = makeHouse(place.join('house'));
});

afterAll(() => place[Symbol.dispose]());

interface Said {
  readonly status: number;
  readonly text: string;
}

async function report(run: string | undefined, values: { readonly output?: string; readonly trace?: string } = {}): Promise<Said> {
  const { terminal, said } = capturedTerminal();
  const settings = reportSettings({ ...NO_OPTIONS, ...values }, { environment: {}, workingDirectory: house.directory });
  const store = openStore({ directory: place.join('store'), now: Date.now, processId: process.pid });
  try {
    const status = await reportCommand({ run, settings, store, template: () => TEMPLATE, terminal });
    return { status, text: said() };
  } finally {
    store.close();
  }
}

function dataIn(path: string): ReportData {
  const [, json = ''] = /<script type="application\/json">(.*)<\/script>/s.exec(readFileSync(path, 'utf8')) ?? [];
  const data: ReportData = JSON.parse(json);
  return data;
}

async function buildApp(): Promise<string> {
  const built = await build({ directory: house.directory, store: place.join('store'), targets: ['app'] });
  expect(built.ok, complaints(built)).toBe(true);
  return built.report.run;
}

test('without a run there is nothing to report', async () => {
  const said = await report(undefined);
  expect(said.status).toBe(2);
  expect(said.text).toContain('F1087');
});

test('the page says of each unit whether it ran, why, and what it saved', async () => {
  const first = await buildApp();
  house.append('base/src/lib.rs', '// Done.\n');
  await buildApp();
  const said = await report(undefined);
  expect(said).toEqual({ status: 0, text: `${house.path('report.html')}\n` });
  const { units, comparedWith, chain, slots } = dataIn(house.path('report.html'));
  const unit = (label: string): ReportData['units'][number] | undefined => units.find((candidate) => candidate.label === label);
  expect(comparedWith?.run).toBe(first);
  expect(unit('base v0.1.0')).toMatchObject({ outcome: 'executed', reasons: ['base/src/lib.rs changed'] });
  expect(unit('mid v0.1.0')).toMatchObject({ outcome: 'executed', reasons: ['built from base v0.1.0, which changed'] });
  expect(unit('derive v0.1.0')).toMatchObject({ outcome: 'cached', reasons: [] });
  expect(unit('derive v0.1.0')?.savedMs).toBeGreaterThan(0);
  expect(chain.map(({ unit: at }) => units[at]?.label)).toEqual(['base v0.1.0', 'mid v0.1.0', 'app v0.1.0 (bin "app")']);
  expect(slots).toBeGreaterThan(0);
  rmSync(house.path('report.html'));
}, 120_000);

test('an earlier run is found by its name, and its trace is written beside the page', async () => {
  const [output, trace] = [place.join('page.html'), place.join('trace.json')];
  const { run } = dataOfLast(await report(undefined, { output }), output);
  expect((await report(run.slice(0, 6), { output, trace })).text).toBe(`${output}\n${trace}\n`);
  expect(JSON.parse(readFileSync(trace, 'utf8'))).toMatchObject({ displayTimeUnit: 'ms', otherData: { run } });
  expect((await report('nothing')).text).toContain('F1081');
}, 120_000);

function dataOfLast(said: Said, path: string): ReportData {
  expect(said.status).toBe(0);
  return dataIn(path);
}

test('a place that cannot be written to is named', async () => {
  const said = await report(undefined, { output: place.join('no/such/directory.html') });
  expect(said.status).toBe(3);
  expect(said.text).toContain('F1088');
}, 120_000);
