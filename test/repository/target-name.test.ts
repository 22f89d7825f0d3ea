import { describe, expect, test } from 'vitest';
import { parseTargetName, type TargetName, unknownTarget } from '../../src/repository/target-name.ts';

function parsed(text: string): TargetName {
  const target = parseTargetName(text);
  if (!target.ok) throw new Error(target.diagnostics[0]?.message);
  return target.value;
}

function refused(text: string): string {
  const target = parseTargetName(text);
  return target.ok
    ? 'fine'
    : target.diagnostics.map(({ code, message, hints }) => [`${code} ${message}`, ...(hints ?? [])].join('\n  ')).join('\n');
}

test.each([
  ['rg', 'rg', undefined, undefined],
  ['rust/my-crate', 'my-crate', 'rust', undefined],
  ['python/some.dist', 'some.dist', 'python', undefined],
  ['rg:bin', 'rg', 'rust', { kind: 'bin', name: undefined }],
  ['rg:bin/rg', 'rg', 'rust', { kind: 'bin', name: 'rg' }],
  ['rust/x:lib', 'x', 'rust', { kind: 'lib' }],
  ['x:cdylib', 'x', 'rust', { kind: 'cdylib' }],
  ['x:staticlib', 'x', 'rust', { kind: 'staticlib' }],
  ['x:example/demo', 'x', 'rust', { kind: 'example', name: 'demo' }],
  ['x:test', 'x', 'rust', { kind: 'test', name: undefined }],
  ['x:test/it', 'x', 'rust', { kind: 'test', name: 'it' }],
  ['x:bench', 'x', 'rust', { kind: 'bench', name: undefined }],
  ['x:wheel', 'x', 'python', { kind: 'wheel' }],
  ['x:env', 'x', 'python', { kind: 'env', groups: [] }],
  ['x:env/dev/docs', 'x', 'python', { kind: 'env', groups: ['dev', 'docs'] }],
  ['x:editable', 'x', 'python', { kind: 'editable', groups: [] }],
  ['x:editable/docs', 'x', 'python', { kind: 'editable', groups: ['docs'] }],
  ['python/x:sdist', 'x', 'python', { kind: 'sdist' }],
])('%s is read', (text, name, ecosystem, output) => {
  expect(parsed(text)).toEqual({ text, member: undefined, name, extras: [], isScript: false, ecosystem, output });
});

test.each([
  ['tools#x', 'tools', undefined],
  ['../a/b#rust/x:bin', '../a/b', { kind: 'bin', name: undefined }],
  ['.#x', '.', undefined],
  ['#x', '.', undefined],
])('the member of %s is read', (text, member, output) => {
  const ecosystem = output === undefined ? undefined : 'rust';
  expect(parsed(text)).toEqual({ text, member, name: 'x', extras: [], isScript: false, ecosystem, output });
});

test.each([
  ['x[pg]', ['pg'], undefined],
  ['python/x[pg, s3]:env/test', ['pg', 's3'], { kind: 'env', groups: ['test'] }],
  ['x[pg]:editable', ['pg'], { kind: 'editable', groups: [] }],
])('extras of %s are read', (text, extras, output) => {
  expect(parsed(text)).toEqual({ text, member: undefined, name: 'x', extras, isScript: false, ecosystem: 'python', output });
});

test.each([
  ['tools/run me.py', 'tools/run me.py', undefined],
  ['../x.py:env', '../x.py', { kind: 'env', groups: [] }],
])('%s is a script', (text, name, output) => {
  expect(parsed(text)).toEqual({ text, member: undefined, name, extras: [], isScript: true, ecosystem: 'python', output });
});

describe('what is no target is explained', () => {
  test.each([
    '',
    'a b',
    'ruts/x',
    './crates/x',
    'rust/',
    ':bin',
    'x:',
    'x:whele',
    'x:bin/a/b',
    'x:example',
    'x:lib/y',
    'rust/x:wheel',
    'python/x:bin',
    'rust/x:zzzzzz',
    'x:zzzzzz',
    'x[]',
    'x[a b]:env',
    'rust/x[pg]',
    'x[pg]:wheel',
    'x.py:',
    'x.py:env/test',
  ])('`%s`', (text) => {
    expect(refused(text)).toMatchSnapshot();
  });
});

test('an unknown name suggests a near one', () => {
  expect(unknownTarget(parsed('ripgerp'), ['ripgrep', 'grep']).hints).toEqual(['did you mean `ripgrep`?']);
  expect(unknownTarget(parsed('quite-different'), ['ripgrep']).hints).toEqual(['run `ferrule show` to see what this repository builds']);
});
