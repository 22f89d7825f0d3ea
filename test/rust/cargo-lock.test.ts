import { expect, test } from 'vitest';

import { parseCargoLock } from '../../src/rust/cargo/cargo-lock.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const CRATES = 'registry+https://github.com/rust-lang/crates.io-index';
const OTHER = 'sparse+https://example.invalid/index/';

function checksums(text: string): readonly (string | undefined)[] {
  const lock = parseCargoLock(text, 'Cargo.lock');
  if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
  return [lock.value.checksum('x', '1.0.0', CRATES), lock.value.checksum('x', '1.0.0', OTHER)];
}

const packages = `[[package]]
name = "mine"
version = "0.1.0"
dependencies = [
 "x 1.0.0 (${CRATES})",
]

[[package]]
name = "x"
version = "1.0.0"
source = "${CRATES}"
checksum = "${A}"

[[package]]
name = "x"
version = "1.0.0"
source = "${OTHER}"
checksum = "${B}"
dependencies = [
 "y",
]

[[package]]
name = "y"
version = "2.0.0"
source = "git+https://example.invalid/y?branch=a%2Fb#0123456789abcdef0123456789abcdef01234567"
`;

test.each([3, 4])('a lock of version %i has its checksums in the packages, told apart by registry', (version) => {
  expect(checksums(`# made by cargo\nversion = ${version}\n\n${packages}`)).toEqual([A, B]);
});

test('a lock that somebody formatted differently reads the same', () => {
  expect(checksums(packages.replaceAll(' = ', '='))).toEqual([A, B]);
  expect(checksums(packages.replaceAll('\n', '\r\n'))).toEqual([A, B]);
  expect(checksums(packages.replace(`version = "1.0.0"\nsource = "${OTHER}"`, `source = "${OTHER}"\nversion = "1.0.0"`))).toEqual([A, B]);
});

test('a lock of version 1 has them under metadata', () => {
  const text = `[[package]]\nname = "x"\nversion = "1.0.0"\nsource = "${CRATES}"\n\n[metadata]\n"checksum x 1.0.0 (${CRATES})" = "${A}"\n`;
  expect(checksums(text)).toEqual([A, undefined]);
});

test('what is no checksum is none', () => {
  expect(checksums(packages.replace(A, 'short'))).toEqual([undefined, B]);
});

test('a lock that is not TOML is refused', () => {
  expect(parseCargoLock('<<<<<<< HEAD\n', 'x/Cargo.lock')).toMatchObject({ ok: false, diagnostics: [{ code: 'F0213', blame: 'input' }] });
});
