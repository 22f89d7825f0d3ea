import { expect, test } from 'vitest';
import { longestChain } from '../../src/report/longest-chain.ts';
import { node } from './records.ts';

function labels(nodes: Parameters<typeof longestChain>[0]): readonly string[] {
  return longestChain(nodes).links.map(({ unit }) => nodes[unit]?.label ?? '');
}

test('the chain goes over what takes longest, not over what happened to end last', () => {
  const nodes = [node('slow', [0, 100]), node('quick', [200, 210]), node('app', [220, 230], { dependencies: [0, 1] })];
  expect(labels(nodes)).toEqual(['slow', 'app']);
  expect(longestChain(nodes).elapsedMs).toBe(110);
});

test('waiting for a worker is no part of it, and is told for each unit', () => {
  const chain = longestChain([node('base', [0, 10]), node('app', [50, 60], { dependencies: [0] })]);
  expect(chain.elapsedMs).toBe(20);
  expect(chain.links[1]).toEqual({ unit: 1, readyAt: 10 });
});

test('a library goes on with metadata, a program waits for all of it', () => {
  const base = node('base', [0, 100], { earlyAt: 30 });
  expect(longestChain([base, node('mid', [30, 50], { dependencies: [0] })]).elapsedMs).toBe(100);
  expect(longestChain([base, node('mid', [30, 150], { dependencies: [0] })]).elapsedMs).toBe(150);
  expect(longestChain([base, node('app (bin "app")', [100, 150], { dependencies: [0] })]).elapsedMs).toBe(150);
});

test('it leads through units that were reused', () => {
  const nodes = [node('base', [0, 10]), node('mid', undefined, { dependencies: [0] }), node('app', [20, 30], { dependencies: [1] })];
  expect(labels(nodes)).toEqual(['base', 'app']);
});

test('where nothing ran there is none', () => {
  expect(longestChain([node('base', undefined)])).toEqual({ links: [], elapsedMs: 0 });
});
