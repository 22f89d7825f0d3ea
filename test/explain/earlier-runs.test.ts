import { expect, test } from 'vitest';
import { lastBuildOf, type Records } from '../../src/explain/earlier-runs.ts';
import type { RunRecord } from '../../src/record/run-record.ts';
import { node, record } from '../report/records.ts';

const SUBJECT = { text: 'app', name: 'app', part: undefined };

/** Newest first. */
function history(...records: readonly RunRecord[]): Records {
  return {
    list: () => records,
    get: (run: string) => records.find((each) => each.run === run),
  };
}

function run(name: string, purpose: 'build' | 'check'): RunRecord {
  const plain = record([node('app v0.1.0', [0, 1])]);
  return { ...plain, run: name, request: { ...plain.request, purpose } };
}

test('the last build is compared with, not a check since', () => {
  expect(lastBuildOf(history(run('c2', 'check'), run('b1', 'build'), run('b0', 'build')), SUBJECT)?.run).toBe('b1');
});

test('where nothing was built the last check is compared with', () => {
  expect(lastBuildOf(history(run('c2', 'check'), run('c1', 'check')), SUBJECT)?.run).toBe('c2');
  expect(lastBuildOf(history(), SUBJECT)).toBeUndefined();
});
