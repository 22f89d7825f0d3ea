import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkout, TemporaryDirectory } from './checkout.ts';
import { makeHouse } from './house.ts';
import { type Ended, Program } from '../robustness/program.ts';

let place: TemporaryDirectory;
let house: Checkout;
let program: Program;

/** The program as it is published, started as a user would. */
function ferrule(...words: readonly string[]): Ended {
  return program.run(words, { directory: house.directory, store: place.join('store') });
}

/** The counts of actions in the document of a build. */
function counts(): unknown {
  return documentOf(ferrule('build', 'app', '--json', '--quiet').stdout)['actions'];
}

function documentOf(text: string): Readonly<Record<string, unknown>> {
  const document: unknown = JSON.parse(text);
  if (typeof document !== 'object' || document === null) throw new Error('not a document');
  return { ...document };
}

beforeAll(() => {
  place = new TemporaryDirectory();
  house = makeHouse(place.join('house'));
  program = new Program();
}, 60_000);

afterAll(() => {
  program[Symbol.dispose]();
  place[Symbol.dispose]();
});

test('a build, the same build again, and an edit, as their documents tell it', () => {
  expect(counts()).toEqual({ total: 14, executed: 14, cached: 0, failed: 0 });
  for (const time of ['once', 'twice', 'three times']) expect(counts(), time).toEqual({ total: 14, executed: 0, cached: 14, failed: 0 });
  house.replace('base/src/inner.rs', '1', '5');
  expect(counts()).toEqual({ total: 14, executed: 3, cached: 11, failed: 0 });
  expect(spawnSync(house.path('result/bin/app'), { encoding: 'utf8' }).stdout).toBe('445 data plain 440 none\n');
}, 60_000);

test('code that does not compile ends with status 1, and once it is mended only the rest is built', () => {
  house.replace('mid/src/lib.rs', 'derive::forty!()', '"forty"');
  const failed = ferrule('build', 'app');
  expect(failed.status).toBe(1);
  expect(failed.stderr).toContain('mid/src/lib.rs:2');
  expect(failed.stderr).toContain('could not compile `mid` (lib)');
  house.replace('mid/src/lib.rs', '"forty"', '50');
  expect(counts()).toEqual({
    total: 14,
    executed: 2,
    cached: 12,
    failed: 0,
  });
}, 60_000);

test('`--verify-determinism` is never answered from memory', () => {
  const verified = documentOf(ferrule('build', 'app', '--json', '--quiet', '--verify-determinism').stdout);
  expect(verified).toMatchObject({ ok: true, actions: { total: 14, executed: 14, cached: 0, failed: 0 } });
}, 60_000);
