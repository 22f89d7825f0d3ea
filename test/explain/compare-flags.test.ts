import { expect, test } from 'vitest';
import { compareFlags } from '../../src/explain/compare-flags.ts';
import { differenceText } from '../../src/explain/difference.ts';

function texts(before: string, after: string): readonly string[] {
  return compareFlags(['rustc', ...before.split(' ')], ['rustc', ...after.split(' ')]).map(differenceText);
}

function declaring(list: string): readonly string[] {
  return ['rustc', '--check-cfg', `cfg(feature, values(${list}))`];
}

function hashed(hash: string): string {
  return `-C metadata=${hash} -C extra-filename=-${hash} --extern base=/build/target/release/deps/libbase-${hash}.rmeta -L native=/build/target/release/build/z-${hash}/out`;
}

test('one value in the place of another is one difference', () => {
  expect(texts('-C opt-level=0 --edition=2021', '-C opt-level=3 --edition=2021')).toEqual([
    'flag `-C opt-level=0` became `-C opt-level=3`',
  ]);
});

test('the order of flags does not count', () => {
  expect(texts('--cfg a --cfg b', '--cfg b --cfg a')).toEqual([]);
});

test('features are told as features, switched on or off', () => {
  expect(texts('--cfg feature="a"', '--cfg feature="b"')).toEqual(['feature `a` switched off', 'feature `b` switched on']);
});

test('of declared features only those are told that came or went', () => {
  expect(compareFlags(declaring('"a", "b"'), declaring('"b", "c"'))).toEqual([
    { kind: 'declared-feature', name: 'a', change: 'removed' },
    { kind: 'declared-feature', name: 'c', change: 'added' },
  ]);
});

test('what follows from a unit having another hash is no difference', () => {
  expect(texts(hashed('0123456789abcdef'), hashed('fedcba9876543210'))).toEqual([]);
});

test('a repeated flag that is there once less is told', () => {
  expect(texts('-l z -l z', '-l z')).toEqual(['flag `-l z` removed']);
});

test('another root file is told with both', () => {
  expect(texts('src/lib.rs', 'lib/lib.rs')).toEqual(['flag `root file=src/lib.rs` became `root file=lib/lib.rs`']);
});
