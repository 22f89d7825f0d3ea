import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Diagnostic, Result } from '../../src/diagnostics/diagnostic.ts';
import { type Digest, parseSha256, sha256Of } from '../../src/model/digest.ts';
import { isVendored, vendoredTree } from '../../src/source/vendored-tree.ts';
import { temporaryDirectory, writeFiles } from '../repository/temporary-directory.ts';
import { temporaryStore } from './source-rig.ts';

const CHECKSUM = sha256Of('the archive');

function vendored(files: Readonly<Record<string, string>>, listed: Readonly<Record<string, string>> = {}): string {
  const hashes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, sha256Of(text)]));
  const checksums = JSON.stringify({ files: { ...hashes, ...listed }, package: CHECKSUM });
  return temporaryDirectory({ ...files, '.cargo-checksum.json': checksums, 'unlisted.orig': '' });
}

function take(root: string): Result<Digest> {
  return vendoredTree({ store: temporaryStore(), root, label: 'serde v1.0.0', checksum: CHECKSUM });
}

function messages(result: Result<Digest>): readonly (readonly [Diagnostic['code'], string])[] {
  return result.ok ? [] : result.diagnostics.map(({ code, message }) => [code, message]);
}

test('the tree holds the listed files and nothing else', () => {
  const root = vendored({ 'Cargo.toml': 'a', 'src/lib.rs': 'b' });
  const same = temporaryDirectory({ 'Cargo.toml': 'a', 'src/lib.rs': 'b', '.cargo-checksum.json': '{}' });
  writeFiles(same, { '.cargo-checksum.json': JSON.stringify({ files: { 'Cargo.toml': sha256Of('a'), 'src/lib.rs': sha256Of('b') } }) });
  expect(isVendored(root)).toBe(true);
  expect(take(root).ok).toBe(true);
  expect(take(same)).toEqual(take(root));
});

test('an edited, a missing and a climbing file are refused by name', () => {
  const root = vendored({ a: 'a', b: 'b' }, { '../c': CHECKSUM });
  writeFiles(root, { a: 'edited' });
  rmSync(`${root}/b`);
  expect(messages(take(root))).toMatchInlineSnapshot(`
    [
      [
        "F0315",
        "\`a\` of the vendored \`serde v1.0.0\` has changed",
      ],
      [
        "F0315",
        "\`b\` of the vendored \`serde v1.0.0\` is missing",
      ],
      [
        "F0315",
        "\`../c\` of the vendored \`serde v1.0.0\` leaves the package",
      ],
    ]
  `);
});

test('a checksum file of another package, or none at all, is refused', () => {
  const root = vendored({ a: 'a' });
  const other = parseSha256('1'.repeat(64));
  expect(messages(vendoredTree({ store: temporaryStore(), root, label: 'serde v1.0.0', checksum: other }))).toMatchInlineSnapshot(`
    [
      [
        "F0316",
        "the checksum file of the vendored \`serde v1.0.0\` cannot be used: it is of another package than the one in \`Cargo.lock\`",
      ],
    ]
  `);
  writeFiles(root, { '.cargo-checksum.json': '{"files": {"a": 1}}' });
  expect(messages(take(root))).toMatchInlineSnapshot(`
    [
      [
        "F0316",
        "the checksum file of the vendored \`serde v1.0.0\` cannot be used: it is not what \`cargo vendor\` writes",
      ],
    ]
  `);
});
