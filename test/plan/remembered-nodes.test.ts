import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { digestOf, sha256Of } from '../../src/model/digest.ts';
import { hostEnvironment } from '../../src/plan/host-environment.ts';
import { type RememberedNode, RememberedNodes } from '../../src/plan/remembered-nodes.ts';
import { type DirectoryStore, openStore } from '../../src/store/directory-store.ts';
import { removeTree } from '../../src/store/removal.ts';

function temporaryStore(): DirectoryStore {
  const directory = realpathSync(mkdtempSync(`${tmpdir()}/ferrule-nodes-`));
  onTestFinished(() => removeTree(directory));
  return openStore({ directory, now: Date.now, processId: process.pid });
}

/** A run's view of what is remembered; the variables that its nodes ask for are `asked`. */
function open(
  store: DirectoryStore,
  run: { readonly plan?: string; readonly variables?: Readonly<Record<string, string>>; readonly settings?: string } = {},
  asked: readonly string[] = [],
): RememberedNodes {
  const host = hostEnvironment(run.variables ?? {});
  const answer = { question: 'what is to be built?', identity: sha256Of(run.plan ?? 'plan') };
  const nodes = RememberedNodes.of({ plan: { answer }, store, host, settings: run.settings ?? 'settings' });
  if (nodes === undefined) throw new Error('there is an answer');
  host.select(asked);
  return nodes;
}

function nodeNamed(name: string): RememberedNode {
  const result = { exitCode: 0, outputs: [], stdout: digestOf(''), stderr: digestOf(name), elapsedMs: 1 };
  const words = { rendered: 'warning', warnings: 1 };
  return { fingerprint: sha256Of(name), key: digestOf(name), foundAt: undefined, result, mark: '1:2', compiledIn: [], words };
}

test('nodes are remembered for the same plan, settings and variables', () => {
  const store = temporaryStore();
  const first = open(store, { variables: { GIT_SHA: 'a', OTHER: 'x' } }, ['GIT_SHA', 'UNSET']);
  first.set(3, nodeNamed('three'));
  first.save();
  expect(open(store, { variables: { GIT_SHA: 'a', OTHER: 'y' } }).get(3)).toEqual(nodeNamed('three'));
  expect(open(store, { variables: { GIT_SHA: 'b' } }).get(3), 'another value').toBeUndefined();
  expect(open(store, { variables: { GIT_SHA: 'a', UNSET: '' } }).get(3), 'set by now').toBeUndefined();
  expect(open(store, { variables: { GIT_SHA: 'a' }, plan: 'other' }).get(3), 'another plan').toBeUndefined();
  expect(open(store, { variables: { GIT_SHA: 'a' }, settings: 'other' }).get(3), 'other settings').toBeUndefined();
});

test('a node that did not end in the last run is forgotten: what it depends on may have changed meanwhile', () => {
  const store = temporaryStore();
  const first = open(store);
  first.set(1, nodeNamed('one'));
  first.set(2, nodeNamed('two'));
  first.save();
  const second = open(store);
  second.set(1, nodeNamed('one, changed'));
  second.save();
  expect(open(store).get(1)).toEqual(nodeNamed('one, changed'));
  expect(open(store).get(2)).toBeUndefined();
});

test('a run that recalls asks for the variables of the run that is recalled, so that they stay watched', () => {
  const store = temporaryStore();
  const first = open(store, {}, ['GIT_SHA']);
  first.set(1, nodeNamed('one'));
  first.save();
  const host = hostEnvironment({});
  RememberedNodes.of({ plan: { answer: { question: 'what is to be built?', identity: sha256Of('plan') } }, store, host, settings: '' });
  expect([...host.asked]).toEqual(['GIT_SHA']);
});
