/** A `DT_RPATH` or `DT_RUNPATH` and where in the file it stands. */
interface RunPath {
  readonly start: number;
  readonly text: string;
}

const DT_STRTAB = 5;
const DT_RPATH = 15;
const DT_RUNPATH = 29;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;

export function isElf(bytes: Buffer): boolean {
  return bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46;
}

/** Of a little-endian ELF file of either width; none of any other. */
function runPaths(bytes: Buffer): readonly RunPath[] {
  if (!isElf(bytes) || bytes[5] !== 1) return [];
  const file = new ElfReader(bytes);
  const dynamic = file.segments.find(({ kind }) => kind === PT_DYNAMIC);
  const entries = dynamic === undefined ? [] : file.dynamicEntries(dynamic);
  const strings = file.fileOffset(entries.find(({ tag }) => tag === DT_STRTAB)?.value ?? 0);
  return entries
    .filter(({ tag }) => tag === DT_RPATH || tag === DT_RUNPATH)
    .map(({ value }) => ({ start: strings + value, text: textAt(bytes, strings + value) }));
}

interface Segment {
  readonly kind: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

class ElfReader {
  readonly #bytes: Buffer;
  readonly #isWide: boolean;
  readonly segments: readonly Segment[];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#isWide = bytes[4] === 2;
    const [table, size, count] = this.#isWide
      ? [this.#word(32), bytes.readUInt16LE(54), bytes.readUInt16LE(56)]
      : [this.#word(28), bytes.readUInt16LE(42), bytes.readUInt16LE(44)];
    this.segments = Array.from({ length: count }, (_, index) => this.#segment(table + index * size));
  }

  #segment(at: number): Segment {
    const kind = at + 4 <= this.#bytes.length ? this.#bytes.readUInt32LE(at) : 0;
    const [offset, address, size] = this.#isWide ? [at + 8, at + 16, at + 32] : [at + 4, at + 8, at + 16];
    return { kind, offset: this.#word(offset), address: this.#word(address), size: this.#word(size) };
  }

  dynamicEntries({ offset, size }: Segment): readonly { readonly tag: number; readonly value: number }[] {
    const width = this.#isWide ? 8 : 4;
    return Array.from({ length: Math.floor(Math.min(size, this.#bytes.length) / (2 * width)) }, (_, index) => {
      const at = offset + index * 2 * width;
      return { tag: this.#word(at), value: this.#word(at + width) };
    });
  }

  /** The dynamic section has addresses in memory. */
  fileOffset(address: number): number {
    const segment = this.segments.find(
      (candidate) => candidate.kind === PT_LOAD && address >= candidate.address && address < candidate.address + candidate.size,
    );
    return segment === undefined ? address : address - segment.address + segment.offset;
  }

  /** 0 outside the file: a damaged one has nothing to move. */
  #word(at: number): number {
    if (at + 8 > this.#bytes.length) return 0;
    return this.#isWide ? Number(this.#bytes.readBigUInt64LE(at)) : this.#bytes.readUInt32LE(at);
  }
}

function textAt(bytes: Buffer, start: number): string {
  return bytes.toString('latin1', start, endOfText(bytes, start));
}

function endOfText(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(0, start);
  return end < 0 ? bytes.length : end;
}

export interface Relocation {
  /** Where the files were: absolute, without a final `/`. */
  readonly from: string;
  /** Where they will be. */
  readonly to: string;
  /** What search paths for libraries below `from` become, such as `$ORIGIN/../lib`. */
  readonly libraries: string;
}

/**
 * The file with the place it was installed at replaced: in its library search paths, and in every text it holds, padded with zero
 * bytes so that nothing moves. What follows the last `/` of `from` stays where it is: linkers let `3.11.7` share the end of
 * `/opt/pythons/3.11.7`. A text that would become longer stays as it is. The same buffer when there was nothing to do.
 */
export function relocateElf(bytes: Buffer, { from, to, libraries }: Relocation): Buffer {
  if (bytes.indexOf(from, 0, 'latin1') < 0) return bytes;
  const copy = Buffer.from(bytes);
  for (const { start, text } of runPaths(bytes)) {
    if (text.split(':').some((entry) => entry.startsWith(from))) overwrite(copy, start, text.length, libraries);
  }
  for (let at = copy.indexOf(from, 0, 'latin1'); at >= 0; at = copy.indexOf(from, at + 1, 'latin1')) {
    const text = textAt(copy, at);
    if (/^[\w.-]/.test(text.slice(from.length))) continue;
    const tail = text.slice(from.lastIndexOf('/') + 1);
    overwrite(
      copy,
      at,
      text.length,
      text.replaceAll(from, () => to),
    );
    restoreTail(copy, at + text.length, tail);
  }
  return copy;
}

function overwrite(bytes: Buffer, start: number, length: number, text: string): void {
  if (text.length > length) return;
  bytes.fill(0, start, start + length);
  bytes.write(text, start, 'latin1');
}

/** Writes back the end of a text, as far as zero bytes are there and one remains before it. */
function restoreTail(bytes: Buffer, end: number, tail: string): void {
  let start = end;
  while (start > end - tail.length && bytes[start - 1] === 0 && bytes[start - 2] === 0) start -= 1;
  bytes.write(tail.slice(tail.length - (end - start)), start, 'latin1');
}
