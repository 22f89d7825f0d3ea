import { describe, expect, test } from 'vitest';

import { cfgHolds, parseCfgKey } from '../../src/rust/cargo/cfg-expression.ts';

const LINUX = new Set(['unix', 'target_os="linux"', 'target_arch="x86_64"', 'target_feature="sse2"', 'target_feature="fxsr"']);

describe('a cfg key holds', () => {
  test.each([
    ['cfg(unix)', true],
    ['cfg(windows)', false],
    ['cfg(target_os = "linux")', true],
    ['cfg(target_feature="sse2")', true],
    ['cfg(all(unix, target_arch = "x86_64"))', true],
    ['cfg(all(unix, not(target_arch = "x86_64")))', false],
    ['cfg(any(windows, target_os="macos",))', false],
    ['cfg(any(windows, all(unix, not(windows))))', true],
    ['cfg(all())', true],
    ['cfg(any())', false],
    ['cfg(not(any()))', true],
    ['cfg(true)', true],
    ['cfg(r#unix)', true],
  ])('%s is %s on Linux', (key, expected) => {
    const expression = parseCfgKey(key);
    expect(expression === undefined ? undefined : cfgHolds(expression, LINUX)).toBe(expected);
  });
});

test.each([
  'x86_64-unknown-linux-gnu',
  'cfg()',
  'cfg(unix',
  'cfg(not())',
  'cfg(not(a, b))',
  'cfg(a b)',
  'cfg(a = b)',
  'cfg(some(unix))',
  'cfg(a = "b)',
])('%s is no cfg key', (key) => {
  expect(parseCfgKey(key)).toBeUndefined();
});
