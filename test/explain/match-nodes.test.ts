import { expect, test } from 'vitest';
import { labelFamily, labelPackage, labelVersion, matchNodes } from '../../src/explain/match-nodes.ts';

function nodes(...list: readonly (readonly [label: string, key: string])[]): readonly { label: string; verb: string; key: string }[] {
  return list.map(([label, key]) => ({ label, verb: 'compile', key }));
}

test('labels are taken apart', () => {
  expect(labelFamily('serde v1.0.228 (build script run)')).toBe('serde (build script run)');
  expect(labelFamily('numpy 2.1.0')).toBe('numpy');
  expect(labelVersion('app v0.1.0-rc.1+a (bin "app")')).toBe('0.1.0-rc.1+a');
  expect(labelVersion('cli (env)')).toBeUndefined();
  expect(labelPackage('app v0.1.0 (bin "app")')).toBe('app');
});

test('a new version is the same node, and two versions side by side are told apart', () => {
  const before = nodes(['rand v0.7.0', 'a'], ['rand v0.8.0', 'b']);
  const after = nodes(['rand v0.8.0', 'b'], ['rand v0.9.0', 'c']);
  const matches = matchNodes(before, after);
  expect(matches.earlier(0)).toBe(1);
  expect(matches.earlier(1)).toBe(0);
});

test('of equal labels those with equal keys belong together, the others in their order', () => {
  const before = nodes(['syn v2.0.0', 'host'], ['syn v2.0.0', 'target']);
  const after = nodes(['syn v2.0.0', 'target'], ['syn v2.0.0', 'other']);
  const matches = matchNodes(before, after);
  expect(matches.earlier(0)).toBe(1);
  expect(matches.earlier(1)).toBe(0);
});

test('what is gone has no later node', () => {
  const matches = matchNodes(nodes(['base v1.0.0', 'a']), nodes(['ground v1.0.0', 'b']));
  expect(matches.later(0)).toBeUndefined();
  expect(matches.earlier(0)).toBeUndefined();
});
