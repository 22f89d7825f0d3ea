import { execFileSync, spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDirectories } from '../../src/repository/directory-listings.ts';
import { isIgnored, parseIgnoreRules, withIgnoreFile } from '../../src/repository/git-ignore.ts';
import { temporaryDirectory, writeFiles } from './temporary-directory.ts';

function verdict(patterns: string, path: string, isDirectory = false): boolean | undefined {
  return parseIgnoreRules(patterns).verdict(path, path.slice(path.lastIndexOf('/') + 1), isDirectory);
}

describe('one ignore file', () => {
  test.each([
    ['*.log', 'a.log', true],
    ['*.log', 'a/b.log', true],
    ['/a.log', 'x/a.log', undefined],
    ['/a.log', 'a.log', true],
    ['a/*.log', 'a/b.log', true],
    ['a/*.log', 'a/b/c.log', undefined],
    ['a/**/c', 'a/c', true],
    ['a/**/c', 'a/x/y/c', true],
    ['**/foo', 'x/foo', true],
    ['foo/**', 'foo/x', true],
    ['foo/**', 'foo', undefined],
    ['[ab].rs', 'a.rs', true],
    ['[!ab].rs', 'a.rs', undefined],
    ['[!ab].rs', 'c.rs', true],
    ['\\#x', '#x', true],
    ['\\!x', '!x', true],
    ['# comment', '# comment', undefined],
    ['x ', 'x', true],
    ['x\\ ', 'x ', true],
    ['a[', 'a[', undefined],
    ['[[:digit:]]', '7', true],
    ['x\r', 'x', true],
  ])('%j says about %j: %j', (patterns, path, expected) => {
    expect(verdict(patterns, path)).toBe(expected);
  });

  test('a pattern with a final slash is for directories', () => {
    expect(verdict('build/', 'build', true)).toBe(true);
    expect(verdict('build/', 'build', false)).toBeUndefined();
  });

  test('the last pattern that matches decides', () => {
    expect(verdict('*.txt\n!keep.txt', 'keep.txt')).toBe(false);
    expect(verdict('!keep.txt\n*.txt', 'keep.txt')).toBe(true);
    expect(verdict('keep.txt\n!*.txt\nkeep.txt', 'keep.txt')).toBe(true);
  });
});

test('a nested file is stronger than the one above it', () => {
  const root = temporaryDirectory({ '.gitignore': 'build/\n*.tmp\n', 'sub/.gitignore': '!build/\n' });
  const outer = withIgnoreFile(undefined, { file: `${root}/.gitignore`, directory: '', reader: readDirectories });
  const inner = withIgnoreFile(outer, { file: `${root}/sub/.gitignore`, directory: 'sub', reader: readDirectories });
  expect(isIgnored(inner, { path: 'sub/build', name: 'build', isDirectory: true })).toBe(false);
  expect(isIgnored(outer, { path: 'build', name: 'build', isDirectory: true })).toBe(true);
  expect(isIgnored(inner, { path: 'sub/x.tmp', name: 'x.tmp', isDirectory: false })).toBe(true);
});

const hasGit = spawnSync('git', ['--version']).status === 0;

test.skipIf(!hasGit)(
  'agrees with git about random patterns',
  () => {
    const piece = fc.constantFrom('a', 'b', 'ab', '*', '?', '[ab]', '[!a]', '[a-c]', '.rs', '\\a', 'a.rs', '[]a]', '[^b');
    // `a**/b` is left out: git strips the literal start first and then takes the rest for a whole component.
    const component = fc.oneof(
      { weight: 5, arbitrary: fc.array(piece, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('').replaceAll('**', '*')) },
      fc.constant('**'),
    );
    const pattern = fc
      .tuple(fc.constantFrom('', '!', '/', '!/'), fc.array(component, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '/'))
      .map(([before, parts, after]) => before + parts.join('/') + after);
    const name = fc.constantFrom('a', 'b', 'ab', 'a.rs', 'b.rs', 'c', ']');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const root = temporaryDirectory();
    execFileSync('git', ['init', '-q', root]);
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(path, { minLength: 5, maxLength: 12 }),
        (patterns, paths) => {
          writeFiles(root, { '.gitignore': `${patterns.join('\n')}\n` });
          const ignored = ignoredByGit(root, paths);
          expect(paths.filter((file) => ignoredByUs(patterns.join('\n'), file))).toEqual(paths.filter((file) => ignored.has(file)));
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  },
  60_000,
);

function ignoredByUs(patterns: string, path: string): boolean {
  const rules = parseIgnoreRules(patterns);
  const parts = path.split('/');
  return parts.some((name, depth) => rules.verdict(parts.slice(0, depth + 1).join('/'), name, depth < parts.length - 1) === true);
}

function ignoredByGit(root: string, paths: readonly string[]): ReadonlySet<string> {
  const answer = spawnSync('git', ['-C', root, 'check-ignore', '--no-index', '--stdin', '-z'], { input: `${paths.join('\0')}\0` });
  return new Set(answer.stdout.toString('utf8').split('\0'));
}
