import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memorySource } from '../../../src/python/byte-source.ts';
import { elfImports, readElf } from '../../../src/python/elf.ts';

/** A library with every field that is read, in any width and byte order. */
function madeLibrary(shape: { readonly bits: 32 | 64; readonly littleEndian: boolean; readonly machine: number }): Buffer {
  const { bits, littleEndian, machine } = shape;
  const wide = bits === 64;
  const bytes = Buffer.alloc(1024);
  const put = (at: number, value: number, width: number): void => {
    const digits = Buffer.alloc(width);
    for (let index = 0; index < width; index += 1)
      digits[littleEndian ? index : width - 1 - index] = Math.floor(value / 256 ** index) % 256;
    digits.copy(bytes, at);
  };
  const strings = ['', 'libmade.so.1', 'libc.so.6', 'libz.so.1', '$ORIGIN/../made.libs:/opt/lib', 'GLIBC_2.17', 'GLIBC_2.2.5', '/old'];
  const offsets = new Map<string, number>();
  let text = '';
  for (const string of strings) {
    offsets.set(string, text.length);
    text += `${string}\0`;
  }
  const at = (string: string): number => offsets.get(string) ?? -1;
  const word = wide ? 8 : 4;
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1]).copy(bytes);
  put(16, 3, 2);
  put(18, machine, 2);
  const headers = 64;
  put(wide ? 32 : 28, headers, word);
  put(wide ? 54 : 42, wide ? 56 : 32, 2);
  put(wide ? 56 : 44, 2, 2);
  const segment = (index: number, kind: number, place: { offset: number; address: number; size: number }): void => {
    const start = headers + index * (wide ? 56 : 32);
    put(start, kind, 4);
    put(start + (wide ? 8 : 4), place.offset, word);
    put(start + (wide ? 16 : 8), place.address, word);
    put(start + (wide ? 32 : 16), place.size, word);
  };
  segment(0, 1, { offset: 0, address: 0x10_000, size: 1024 });
  const dynamic: readonly (readonly [number, number])[] = [
    [1, at('libc.so.6')],
    [1, at('libz.so.1')],
    [14, at('libmade.so.1')],
    [15, at('/old')],
    [29, at('$ORIGIN/../made.libs:/opt/lib')],
    [5, 0x10_000 + 600],
    [10, text.length],
    [0x6ffffffe, 0x10_000 + 800],
    [0x6fffffff, 1],
    [0, 0],
  ];
  segment(1, 2, { offset: 256, address: 0x10_000 + 256, size: dynamic.length * 2 * word });
  for (const [index, [tag, value]] of dynamic.entries()) {
    put(256 + index * 2 * word, tag, word);
    put(256 + (index * 2 + 1) * word, value, word);
  }
  bytes.write(text, 600, 'latin1');
  put(802, 2, 2);
  put(804, at('libc.so.6'), 4);
  put(808, 16, 4);
  put(816 + 8, at('GLIBC_2.2.5'), 4);
  put(816 + 12, 16, 4);
  put(832 + 8, at('GLIBC_2.17'), 4);
  return bytes;
}

test.each([
  { bits: 64, littleEndian: true, machine: 62, name: 'x86_64' },
  { bits: 64, littleEndian: false, machine: 22, name: 's390x' },
  { bits: 64, littleEndian: true, machine: 21, name: 'ppc64le' },
  { bits: 64, littleEndian: false, machine: 21, name: 'ppc64' },
  { bits: 32, littleEndian: true, machine: 3, name: 'i686' },
  { bits: 32, littleEndian: false, machine: 20, name: 'ppc' },
  { bits: 64, littleEndian: true, machine: 9999, name: 'em-9999' },
] as const)('a library of $bits bits for $name is read', ({ bits, littleEndian, machine, name }) => {
  expect(readElf(memorySource(madeLibrary({ bits, littleEndian, machine })))).toEqual({
    bits,
    littleEndian,
    machine: name,
    type: 'dynamic',
    interpreter: undefined,
    soname: 'libmade.so.1',
    needed: ['libc.so.6', 'libz.so.1'],
    rpath: ['/old'],
    runpath: ['$ORIGIN/../made.libs', '/opt/lib'],
    symbolVersions: new Map([['libc.so.6', ['GLIBC_2.17', 'GLIBC_2.2.5']]]),
  });
});

test('the program that runs this test is read, with the dynamic linker it asks for and what it imports', () => {
  const source = memorySource(readFileSync(process.execPath));
  const elf = readElf(source);
  expect(elf?.interpreter).toMatch(/ld-.*\.so/);
  expect(elf?.needed).toContain('libc.so.6');
  expect(elf?.symbolVersions.get('libc.so.6')?.some((version) => version.startsWith('GLIBC_'))).toBe(true);
  expect(elfImports(source)).toContain('malloc');
});

test('text and short files are no ELF files', () => {
  expect(readElf(memorySource(Buffer.from('#!python\n')))).toBeUndefined();
  expect(readElf(memorySource(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])))).toBeUndefined();
  expect(readElf(memorySource(new Uint8Array()))).toBeUndefined();
});

test('damage anywhere in a library never throws', () => {
  const damage = fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(damage, fc.boolean(), fc.constantFrom<32 | 64>(32, 64), fc.nat(1024), (changes, littleEndian, bits, end) => {
      const bytes = madeLibrary({ bits, littleEndian, machine: 62 });
      for (const [at, value] of changes) if (at > 5) bytes[at] = value;
      const source = memorySource(bytes.subarray(0, Math.max(end, 64)));
      readElf(source);
      elfImports(source);
    }),
    { numRuns: 2000 },
  );
});
