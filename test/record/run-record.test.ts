import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NodeSummary } from '../../src/engine/events.ts';
import type { Action } from '../../src/model/action.ts';
import { digestOf } from '../../src/model/digest.ts';
import { actionIngredients } from '../../src/record/action-ingredients.ts';
import { IngredientNotes } from '../../src/record/ingredient-notes.ts';
import { KEPT_RUNS, RunHistory } from '../../src/record/run-history.ts';
import { parseRecord, type RunRecord } from '../../src/record/run-record.ts';
import { RunRecorder } from '../../src/record/run-recorder.ts';
import { type DirectoryStore, openStore } from '../../src/store/directory-store.ts';

let directory: string;
let store: DirectoryStore;
let clock = 0;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ferrule-record-'));
  clock = 0;
  store = openStore({ directory, now: () => clock, processId: process.pid });
});

afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

const KEY = digestOf('action');
const REQUEST = { targets: [], directory: '', purpose: 'build', features: [], allFeatures: false, noDefaultFeatures: false };

function recorded(recorder: RunRecorder, run = 'a'): RunRecord {
  return recorder.record({
    run,
    repository: '/repository',
    startedAt: clock,
    elapsedMs: 10,
    ok: true,
    request: REQUEST,
    toolchains: {},
    targets: [{ name: 'app', nodes: [0] }],
    dependenciesOf: () => undefined,
    keyOf: () => undefined,
  });
}

function graph(...needs: readonly (readonly number[])[]): readonly NodeSummary[] {
  return needs.map((dependencies, id) => ({ id, label: `unit${id} v1.0.0`, verb: 'compile', estimateMs: 1, dependencies }));
}

test('what runs at once has places of its own, and a place that is free again is taken again', () => {
  const recorder = new RunRecorder();
  recorder.see({ type: 'graph', nodes: graph([1, 2], [], []), at: 0 });
  recorder.see({ type: 'started', node: 1, key: KEY, at: 1 });
  recorder.see({ type: 'started', node: 2, key: KEY, at: 2 });
  recorder.see({ type: 'ended', node: 1, key: KEY, outcome: { kind: 'executed', elapsedMs: 2 }, at: 3 });
  recorder.see({ type: 'started', node: 0, key: KEY, at: 4 });
  recorder.see({ type: 'ended', node: 0, key: KEY, outcome: { kind: 'failed' }, at: 5 });
  recorder.see({ type: 'ended', node: 2, key: KEY, outcome: { kind: 'executed', elapsedMs: 4 }, at: 6 });
  expect(recorded(recorder).nodes).toEqual([
    { label: 'unit0 v1.0.0', verb: 'compile', key: KEY.hash, outcome: 'failed', slot: 0, startedAt: 4, endedAt: 5, dependencies: [1, 2] },
    { label: 'unit1 v1.0.0', verb: 'compile', key: KEY.hash, outcome: 'executed', slot: 0, startedAt: 1, endedAt: 3, dependencies: [] },
    { label: 'unit2 v1.0.0', verb: 'compile', key: KEY.hash, outcome: 'executed', slot: 1, startedAt: 2, endedAt: 6, dependencies: [] },
  ]);
});

test('what ran before damage was found has run, though the second attempt finds its result', () => {
  const recorder = new RunRecorder();
  recorder.see({ type: 'graph', nodes: graph([]), at: 0 });
  recorder.see({ type: 'started', node: 0, key: KEY, at: 1 });
  recorder.see({ type: 'ended', node: 0, key: KEY, outcome: { kind: 'executed', elapsedMs: 2 }, at: 3 });
  recorder.see({ type: 'graph', nodes: graph([]), at: 4 });
  recorder.see({ type: 'ended', node: 0, key: KEY, outcome: { kind: 'cached' }, at: 5 });
  expect(recorded(recorder).nodes[0]).toMatchObject({ outcome: 'executed', startedAt: 1, endedAt: 3 });
});

test('of a repository the latest runs are kept, and found by the beginning of their names', () => {
  const history = new RunHistory(store, '/repository');
  const recorder = new RunRecorder();
  recorder.see({ type: 'graph', nodes: graph([]), at: 0 });
  recorder.see({ type: 'ended', node: 0, key: KEY, outcome: { kind: 'executed', elapsedMs: 1 }, at: 1 });
  for (let number = 0; number < KEPT_RUNS + 5; number += 1) {
    clock = number;
    history.add(recorded(recorder, `run${number}.`));
  }
  expect(history.list().map(({ run }) => run)).toEqual(Array.from({ length: KEPT_RUNS }, (_, index) => `run${KEPT_RUNS + 4 - index}.`));
  expect(history.get('run7.')?.startedAt).toBe(7);
  expect(history.get('run3.')).toBeUndefined();
  expect(new RunHistory(store, '/other').list()).toEqual([]);
});

function actionWith(token: string): Action {
  const environment = { CARGO_PKG_NAME: 'app', API_TOKEN: token };
  return { command: { arguments: ['rustc'], environment, workingDirectory: 'build', outputs: [] }, inputs: new Map(), platform: {} };
}

test('a run that finds all as the last one left it is not kept beside it', () => {
  const history = new RunHistory(store, '/repository');
  const recorder = new RunRecorder();
  recorder.see({ type: 'graph', nodes: graph([]), at: 0 });
  recorder.see({ type: 'ended', node: 0, key: KEY, outcome: { kind: 'cached' }, at: 1 });
  for (const run of ['first', 'second']) {
    clock += 1;
    history.add(recorded(recorder, run));
  }
  recorder.see({ type: 'ended', node: 0, key: digestOf('another'), outcome: { kind: 'cached' }, at: 1 });
  clock += 1;
  history.add(recorded(recorder, 'third'));
  expect(history.list().map(({ run }) => run)).toEqual(['third', 'first']);
});

test('values of variables that are not cargo’s own are not written down, only whether they differ', () => {
  const { environment } = actionIngredients(actionWith('hunter2'), () => undefined);
  expect(environment['CARGO_PKG_NAME']).toBe('app');
  expect(environment['API_TOKEN']).toMatch(/^#[0-9a-f]{16}$/);
  expect(environment).not.toEqual(actionIngredients(actionWith('hunter3'), () => undefined).environment);
});

test('ingredients stay as long as the result of their key, and no longer', () => {
  let notes = new IngredientNotes(store);
  const other = digestOf('other');
  const result = { exitCode: 0, outputs: [], stdout: store.putBlob(''), stderr: store.putBlob(''), elapsedMs: 1 };
  const ingredients = { arguments: ['rustc'], environment: {}, inputs: {}, platform: {} };
  notes.keep(KEY, ingredients);
  notes.keep(other, ingredients);
  store.putResult(other, result);
  clock = 10 * 24 * 3_600_000;
  store.close();
  store = openStore({ directory, now: () => clock, processId: process.pid });
  store.putResult(KEY, result);
  notes = new IngredientNotes(store);
  const collected = store.gc({ maxBytes: Infinity, maxAgeMs: clock / 2, dryRun: false });
  expect(collected).toMatchObject({ removed: { result: 1, note: 1 } });
  expect(notes.get(KEY.hash)).toEqual(ingredients);
  expect(notes.get(other.hash)).toBeUndefined();
});

test('a record of another format is none', () => {
  expect(parseRecord('{"format":0,"run":"a","nodes":[],"targets":[],"request":{}}')).toBeUndefined();
  expect(parseRecord('no JSON')).toBeUndefined();
  expect(parseRecord(JSON.stringify(recorded(new RunRecorder())))?.run).toBe('a');
});
