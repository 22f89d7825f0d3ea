import { describe, expect, it } from 'vitest';
import { judge, mostPortable, type SystemNeeds } from '../../../src/python/maturin/manylinux-audit.ts';

function needs(versions: Readonly<Record<string, readonly string[]>>, more: Partial<SystemNeeds> = {}): SystemNeeds {
  return { machine: 'x86_64', needed: Object.keys(versions), symbolVersions: new Map(Object.entries(versions)), imports: [], ...more };
}

const STRICT = { mayLinkPython: false };

describe('the most portable policy', () => {
  it.each<readonly [what: string, needs: SystemNeeds, minor: number | undefined]>([
    ['follows the newest symbol', needs({ 'libc.so.6': ['GLIBC_2.2.5', 'GLIBC_2.28'] }), 28],
    ['does not exist for every glibc: the next one counts', needs({ 'libc.so.6': ['GLIBC_2.18'] }), 24],
    ['knows versions apart by number, not by text', needs({ 'libc.so.6': ['GLIBC_2.9'] }), 12],
    ['depends on the machine', needs({ 'libc.so.6': ['GLIBC_2.17'] }, { machine: 'aarch64' }), 17],
    ['begins late for new machines', needs({}, { machine: 'riscv64' }), 31],
    ['is none for machines without any', needs({}, { machine: 'mips' }), undefined],
    ['is none beyond the newest', needs({ 'libc.so.6': ['GLIBC_2.99'] }), undefined],
    ['is none for a namespace nobody knows', needs({ 'libc.so.6': ['OTHER_1'] }), undefined],
    ['counts the C++ library', needs({ 'libstdc++.so.6': ['GLIBCXX_3.4.29'] }), 34],
    ['passes over symbols that some systems withhold', needs({ 'libz.so.1': [] }, { imports: ['uncompress2'] }), 34],
    ['does not look at the dynamic linker', needs({ 'ld-linux-x86-64.so.2': ['GLIBC_2.3'] }), 5],
  ])('%s', (_what, asked, minor) => {
    expect(mostPortable(asked, STRICT)?.minor).toBe(minor);
  });

  it('stays the most portable one when a library would have to come along', () => {
    expect(mostPortable(needs({ 'libssl.so.3': ['OPENSSL_3.0.0'], 'libc.so.6': ['GLIBC_2.17'] }), STRICT)).toEqual({
      minor: 17,
      verdict: { kind: 'foreign-libraries', libraries: ['libssl.so.3'] },
    });
  });

  it('lets programs link libpython', () => {
    const python = needs({ 'libpython3.13.so.1.0': [] });
    expect(judge(python, { minor: 17, mayLinkPython: true }).kind).toBe('kept');
    expect(judge(python, { minor: 17, mayLinkPython: false }).kind).toBe('foreign-libraries');
  });

  it('says what is too new', () => {
    expect(judge(needs({ 'libc.so.6': ['GLIBC_2.17', 'GLIBC_2.34'] }), { minor: 17, mayLinkPython: false })).toEqual({
      kind: 'too-new',
      what: ['GLIBC_2.34 of libc.so.6'],
    });
  });
});
