import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { actionKey, encodeCommand } from '../../src/model/action.ts';
import { digestOf } from '../../src/model/digest.ts';
import { EMPTY_TREE, encodeDirectory, type InputEntry, inputRootDigest } from '../../src/model/tree.ts';
import { compareBytes } from '../../src/model/wire.ts';

/** The messages of build.bazel.remote.execution.v2 whose digests are keys, encoded by an independent implementation. */
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Digest { string hash = 1; int64 size_bytes = 2; }
  message FileNode { string name = 1; Digest digest = 2; bool is_executable = 4; }
  message DirectoryNode { string name = 1; Digest digest = 2; }
  message SymlinkNode { string name = 1; string target = 2; }
  message Directory { repeated FileNode files = 1; repeated DirectoryNode directories = 2; repeated SymlinkNode symlinks = 3; }
  message EnvironmentVariable { string name = 1; string value = 2; }
  message Command { repeated string arguments = 1; repeated EnvironmentVariable environment_variables = 2; string working_directory = 6; repeated string output_paths = 7; }
  message Property { string name = 1; string value = 2; }
  message Platform { repeated Property properties = 1; }
  message Action { Digest command_digest = 1; Digest input_root_digest = 2; Platform platform = 10; }
`,
  { keepCase: true },
);

function oracle(type: string, value: object): Buffer {
  const message = root.lookupType(type);
  return Buffer.from(message.encode(message.fromObject(value)).finish());
}

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
  .filter((text) => !text.includes('/') && text !== '.' && text !== '..');
const digest = fc.string().map((text) => digestOf(text));

function wire({ hash, size }: { readonly hash: string; readonly size: number }): object {
  return { hash, size_bytes: size };
}

function sorted<T extends { readonly name: string }>(nodes: readonly T[]): T[] {
  return nodes.toSorted((left, right) => compareBytes(left.name, right.name));
}

describe('canonical encoding', () => {
  test('the empty tree is the empty message', () => {
    expect(EMPTY_TREE).toEqual({ hash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', size: 0 });
  });

  test('names are ordered as their UTF-8 bytes are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\u{ffff}', '\u{10000}', '\u{d800}'), maxLength: 4 });
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(Math.sign(compareBytes(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
      }),
    );
  });

  test('a field longer than the first buffer is written whole', () => {
    const command = {
      arguments: ['x'.repeat(100_000), 'é'.repeat(300)],
      environment: { LONG: 'y'.repeat(20_000) },
      workingDirectory: 'build',
      outputs: [],
    };
    const expected = oracle('Command', {
      arguments: command.arguments,
      environment_variables: [{ name: 'LONG', value: 'y'.repeat(20_000) }],
      working_directory: 'build',
    });
    expect(encodeCommand(command).equals(expected)).toBe(true);
  });

  test('directories are encoded as protobuf does, sorted by the bytes of their names', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ name, digest, executable: fc.boolean() }), { selector: (node) => node.name }),
        fc.uniqueArray(fc.record({ name, digest }), { selector: (node) => node.name }),
        fc.uniqueArray(fc.record({ name, target: name }), { selector: (node) => node.name }),
        (files, directories, symlinks) => {
          const expected = oracle('Directory', {
            files: sorted(files).map((node) => ({
              name: node.name,
              digest: wire(node.digest),
              ...(node.executable ? { is_executable: true } : {}),
            })),
            directories: sorted(directories).map((node) => ({ name: node.name, digest: wire(node.digest) })),
            symlinks: sorted(symlinks),
          });
          expect(encodeDirectory({ files, directories, symlinks }).equals(expected)).toBe(true);
        },
      ),
    );
  });

  test('commands are encoded as protobuf does, variables and outputs sorted', () => {
    const command = {
      arguments: ['rustc', '', '--crate-name=a'],
      environment: { b: '2', a: '1', empty: '' },
      workingDirectory: 'build/src',
      outputs: ['build/out/b', 'build/out/a', 'build/src/x'],
    };
    const expected = oracle('Command', {
      arguments: command.arguments,
      environment_variables: [{ name: 'a', value: '1' }, { name: 'b', value: '2' }, { name: 'empty' }],
      working_directory: 'build/src',
      output_paths: ['../out/a', '../out/b', 'x'],
    });
    expect(encodeCommand(command).equals(expected)).toBe(true);
  });

  test('the key of an action is the digest of its Action message', () => {
    const inputs = new Map<string, InputEntry>([['build/a', { kind: 'file', digest: digestOf('a'), executable: false }]]);
    const command = { arguments: ['true'], environment: {}, workingDirectory: 'build', outputs: [] };
    const commandDigest = digestOf(encodeCommand(command));
    const rootDigest = inputRootDigest(inputs);
    const expected = oracle('Action', {
      command_digest: { hash: commandDigest.hash, size_bytes: commandDigest.size },
      input_root_digest: { hash: rootDigest.hash, size_bytes: rootDigest.size },
      platform: {
        properties: [
          { name: 'arch', value: 'x86_64' },
          { name: 'os', value: 'linux' },
        ],
      },
    });
    expect(actionKey({ command, inputs, platform: { os: 'linux', arch: 'x86_64' } })).toEqual(digestOf(expected));
  });

  test('a tree given whole and the same files given one by one have the same root', () => {
    const file = { kind: 'file', digest: digestOf('x'), executable: true } as const;
    const inner = inputRootDigest(new Map([['lib/x', file]]));
    const whole = inputRootDigest(new Map<string, InputEntry>([['build/dep', { kind: 'tree', digest: inner }]]));
    expect(whole).toEqual(inputRootDigest(new Map([['build/dep/lib/x', file]])));
  });

  test('an input below another input is a programming error', () => {
    const file = { kind: 'file', digest: digestOf('x'), executable: false } as const;
    expect(() =>
      inputRootDigest(
        new Map<string, InputEntry>([
          ['a', { kind: 'tree', digest: EMPTY_TREE }],
          ['a/b', file],
        ]),
      ),
    ).toThrow('below another input');
    expect(() =>
      inputRootDigest(
        new Map<string, InputEntry>([
          ['a/b', file],
          ['a', { kind: 'tree', digest: EMPTY_TREE }],
        ]),
      ),
    ).toThrow('two inputs');
  });
});
