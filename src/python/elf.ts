import type { ByteSource } from './byte-source.ts';

/** What the dynamic linker would learn from an ELF program or shared library (System V gABI, chapters 4 and 5). */
export interface ElfFile {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** As `platform.machine()` names it, such as `x86_64`, `aarch64`, `i686`, `armv7l`; `em-N` for a number without a name here. */
  readonly machine: string;
  /** `ET_DYN` (also position-independent programs) or `ET_EXEC`. */
  readonly type: 'dynamic' | 'executable';
  /** `PT_INTERP`: the dynamic linker that a program asks for. */
  readonly interpreter: string | undefined;
  readonly soname: string | undefined;
  /** `DT_NEEDED`, in order. */
  readonly needed: readonly string[];
  /** `DT_RPATH`, split at `:`. */
  readonly rpath: readonly string[];
  /** `DT_RUNPATH`, split at `:`; where there is one, the linker ignores `DT_RPATH`. */
  readonly runpath: readonly string[];
  /** Versions it asks of others' symbols, by library (`SHT_GNU_verneed`). */
  readonly symbolVersions: ReadonlyMap<string, readonly string[]>;
}

const MACHINES: Readonly<Record<number, string>> = {
  3: 'i686',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'armv7l',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
};

const ET_EXEC = 2;
const ET_DYN = 3;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const SHT_DYNSYM = 11;
const STB_WEAK = 2;
const DT = { needed: 1, strtab: 5, strsz: 10, soname: 14, rpath: 15, runpath: 29, verneed: 0x6ffffffe, verneednum: 0x6fffffff } as const;

/** More than any real file has; a larger number is taken for damage. */
const MOST_HEADERS = 4096;
const MOST_DYNAMIC_BYTES = 1 << 20;
const MOST_VERSIONS = 1 << 14;
const LONGEST_NAME = 4096;
const MOST_SYMBOL_BYTES = 256 << 20;

/**
 * Reads an ELF program or shared library; `undefined` for anything else, relocatable objects and core files among it. Damaged files give
 * what could be made out: nothing in them makes this throw, and the bytes looked at are bounded.
 */
export function readElf(source: ByteSource): ElfFile | undefined {
  const image = openImage(source);
  if (image === undefined) return undefined;
  const dynamic = dynamicEntries(image);
  const text = (tag: number): string | undefined => {
    const offset = dynamic.find((entry) => entry.tag === tag)?.value;
    return offset === undefined ? undefined : dynamicString(image, { dynamic, offset });
  };
  const paths = (tag: number): readonly string[] => (text(tag) ?? '').split(':').filter((path) => path !== '');
  const interpreter = image.segments.find((segment) => segment.type === PT_INTERP);
  return {
    bits: image.bits,
    littleEndian: image.littleEndian,
    machine: machineName(image),
    type: image.type === ET_EXEC ? 'executable' : 'dynamic',
    interpreter: interpreter === undefined ? undefined : stringAt(image, interpreter.offset),
    soname: text(DT.soname),
    needed: dynamic
      .filter((entry) => entry.tag === DT.needed)
      .flatMap((entry) => dynamicString(image, { dynamic, offset: entry.value }) ?? []),
    rpath: paths(DT.rpath),
    runpath: paths(DT.runpath),
    symbolVersions: neededVersions(image, dynamic),
  };
}

/**
 * Names of the symbols that an ELF file asks of others (undefined ones in its dynamic symbol table), sorted; empty where there is no
 * section table. `weak: 'omit'` leaves out those it can do without.
 */
export function elfImports(source: ByteSource, options?: { readonly weak: 'omit' }): readonly string[] {
  const image = openImage(source);
  if (image === undefined) return [];
  const names = new Set<string>();
  const all = sections(image);
  for (const table of all.filter((section) => section.type === SHT_DYNSYM)) {
    const strings = all[table.link];
    if (strings === undefined) continue;
    const symbols = image.source.read(table.offset, Math.min(table.size, MOST_SYMBOL_BYTES));
    const text = image.source.read(strings.offset, Math.min(strings.size, MOST_SYMBOL_BYTES));
    const size = image.bits === 64 ? 24 : 16;
    for (let at = size; at + size <= symbols.length; at += size) {
      const section = number(image, { bytes: symbols, at: at + (image.bits === 64 ? 6 : 14), width: 2 });
      const name = number(image, { bytes: symbols, at, width: 4 });
      const isWeak = (symbols[at + (image.bits === 64 ? 4 : 12)] ?? 0) >> 4 === STB_WEAK;
      if (isWeak && options?.weak === 'omit') continue;
      if (section === 0 && name < text.length) names.add(terminated(text.subarray(name, name + LONGEST_NAME)));
    }
  }
  names.delete('');
  return [...names].toSorted();
}

/** Whether bytes at the start of a file say that it is an ELF file. */
export function looksLikeElf(start: Uint8Array): boolean {
  return start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

interface Image {
  readonly source: ByteSource;
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly type: number;
  readonly machine: number;
  readonly header: Buffer;
  readonly segments: readonly Segment[];
}

function openImage(source: ByteSource): Image | undefined {
  const header = source.read(0, 64);
  const bits = header[4] === 1 ? 32 : header[4] === 2 ? 64 : undefined;
  if (!looksLikeElf(header) || bits === undefined || (header[5] !== 1 && header[5] !== 2)) return undefined;
  if (header.length < (bits === 64 ? 64 : 52)) return undefined;
  const littleEndian = header[5] === 1;
  const image: Image = { source, bits, littleEndian, type: 0, machine: 0, header, segments: [] };
  const type = number(image, { bytes: header, at: 16, width: 2 });
  if (type !== ET_EXEC && type !== ET_DYN) return undefined;
  return { ...image, type, machine: number(image, { bytes: header, at: 18, width: 2 }), segments: segments(image) };
}

function machineName(image: Image): string {
  if (image.machine === 21 && image.littleEndian) return 'ppc64le';
  return MACHINES[image.machine] ?? `em-${image.machine}`;
}

function segments(image: Image): readonly Segment[] {
  const wide = image.bits === 64;
  const start = number(image, { bytes: image.header, at: wide ? 32 : 28, width: wide ? 8 : 4 });
  const size = number(image, { bytes: image.header, at: wide ? 54 : 42, width: 2 });
  const count = number(image, { bytes: image.header, at: wide ? 56 : 44, width: 2 });
  if (size < (wide ? 56 : 32) || count > MOST_HEADERS) return [];
  const bytes = image.source.read(start, size * count);
  const found: Segment[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const field = (offset: number, width: 4 | 8): number => number(image, { bytes, at: at + offset, width });
    found.push(
      wide
        ? { type: field(0, 4), offset: field(8, 8), address: field(16, 8), size: field(32, 8) }
        : { type: field(0, 4), offset: field(4, 4), address: field(8, 4), size: field(16, 4) },
    );
  }
  return found;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

function sections(image: Image): readonly Section[] {
  const wide = image.bits === 64;
  const start = number(image, { bytes: image.header, at: wide ? 40 : 32, width: wide ? 8 : 4 });
  const size = number(image, { bytes: image.header, at: wide ? 58 : 46, width: 2 });
  const count = number(image, { bytes: image.header, at: wide ? 60 : 48, width: 2 });
  if (start === 0 || size < (wide ? 64 : 40) || count > MOST_HEADERS) return [];
  const bytes = image.source.read(start, size * count);
  const found: Section[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const field = (offset: number, width: 4 | 8): number => number(image, { bytes, at: at + offset, width });
    found.push(
      wide
        ? { type: field(4, 4), offset: field(24, 8), size: field(32, 8), link: field(40, 4) }
        : { type: field(4, 4), offset: field(16, 4), size: field(20, 4), link: field(24, 4) },
    );
  }
  return found;
}

interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
}

function dynamicEntries(image: Image): readonly DynamicEntry[] {
  const segment = image.segments.find((candidate) => candidate.type === PT_DYNAMIC);
  if (segment === undefined) return [];
  const width = image.bits === 64 ? 8 : 4;
  const bytes = image.source.read(segment.offset, Math.min(segment.size, MOST_DYNAMIC_BYTES));
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + 2 * width <= bytes.length; at += 2 * width) {
    const tag = number(image, { bytes, at, width });
    if (tag === 0) break;
    entries.push({ tag, value: number(image, { bytes, at: at + width, width }) });
  }
  return entries;
}

/** Where an address of the running program stands in the file. */
function fileOffset(image: Image, address: number): number | undefined {
  const holder = image.segments.find(
    (segment) => segment.type === PT_LOAD && address >= segment.address && address < segment.address + segment.size,
  );
  return holder === undefined ? undefined : address - holder.address + holder.offset;
}

function dynamicString(image: Image, place: { readonly dynamic: readonly DynamicEntry[]; readonly offset: number }): string | undefined {
  const table = place.dynamic.find((entry) => entry.tag === DT.strtab);
  const size = place.dynamic.find((entry) => entry.tag === DT.strsz)?.value ?? Infinity;
  const start = table === undefined ? undefined : fileOffset(image, table.value);
  return start === undefined || place.offset >= size ? undefined : stringAt(image, start + place.offset);
}

function stringAt(image: Image, offset: number): string {
  const short = image.source.read(offset, 128);
  return short.includes(0) ? terminated(short) : terminated(image.source.read(offset, LONGEST_NAME));
}

function terminated(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

/** `Verneed` and `Vernaux` records are chained by offsets and of one size for both widths. */
function neededVersions(image: Image, dynamic: readonly DynamicEntry[]): ReadonlyMap<string, readonly string[]> {
  const versions = new Map<string, string[]>();
  const table = dynamic.find((entry) => entry.tag === DT.verneed);
  let at = table === undefined ? undefined : fileOffset(image, table.value);
  let left = Math.min(dynamic.find((entry) => entry.tag === DT.verneednum)?.value ?? 0, MOST_VERSIONS);
  let budget = MOST_VERSIONS;
  for (; at !== undefined && left > 0; left -= 1) {
    const need = image.source.read(at, 16);
    if (need.length < 16) break;
    const field = (offset: number, width: 2 | 4): number => number(image, { bytes: need, at: offset, width });
    const library = dynamicString(image, { dynamic, offset: field(4, 4) });
    const names: string[] = [];
    let aux = at + field(8, 4);
    for (let count = field(2, 2); count > 0 && budget > 0; count -= 1, budget -= 1) {
      const record = image.source.read(aux, 16);
      if (record.length < 16) break;
      const name = dynamicString(image, { dynamic, offset: number(image, { bytes: record, at: 8, width: 4 }) });
      if (name !== undefined) names.push(name);
      const next = number(image, { bytes: record, at: 12, width: 4 });
      if (next === 0) break;
      aux += next;
    }
    if (library !== undefined) versions.set(library, [...(versions.get(library) ?? []), ...names].toSorted());
    const next = field(12, 4);
    if (next === 0) break;
    at += next;
  }
  return versions;
}

/** An unsigned number; 0 where the bytes end before it. Above 2^53 it is not exact, which only a damaged file has. */
function number(
  image: Pick<Image, 'littleEndian'>,
  field: { readonly bytes: Buffer; readonly at: number; readonly width: 2 | 4 | 8 },
): number {
  const { bytes, at, width } = field;
  if (at < 0 || at + width > bytes.length) return 0;
  if (width === 2) return image.littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  if (width === 4) return image.littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  return Number(image.littleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
}
