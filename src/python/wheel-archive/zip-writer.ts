import { crc32 } from 'node:zlib';

/** An entry with its content as it is to be stored. */
export interface PackedEntry {
  readonly path: string;
  readonly executable: boolean;
  readonly content: Uint8Array;
  /** `undefined`: the content is stored as it is. */
  readonly deflated: Uint8Array | undefined;
}

/** Sizes and places beyond this need the 64-bit extension, which a wheel held in memory cannot reach. */
const LARGEST = 0xffff_ffff;
const MOST_ENTRIES = 0xffff;

const REGULAR_FILE = 0o100_000;
/** Version 2.0, and in the high byte: made on Unix, so that permissions count. */
const MADE_BY_UNIX = (3 << 8) | 20;
const NEEDS_VERSION = 20;
/** Names are UTF-8. */
const UTF8_NAMES = 1 << 11;

/** A zip archive (PKWARE APPNOTE 6.3) whose entries all have one time: nothing in it but the files. */
export class ZipWriter {
  readonly #time: number;
  readonly #date: number;
  readonly #parts: Uint8Array[] = [];
  readonly #directory: Uint8Array[] = [];
  #offset = 0;

  /** `seconds` since 1970, not before 1980; shown as UTC, to two seconds. */
  constructor(seconds: number) {
    const at = new Date(seconds * 1000);
    this.#time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
    this.#date = ((Math.min(at.getUTCFullYear(), 2107) - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  }

  add(entry: PackedEntry): void {
    const name = Buffer.from(entry.path, 'utf8');
    const body = entry.deflated ?? entry.content;
    const offset = this.#offset;
    if (offset + body.length > LARGEST || this.#directory.length >= MOST_ENTRIES) {
      throw new Error('internal: the archive needs the 64-bit extension');
    }
    const common = this.#commonHeader(entry, { name, body });
    this.#push(header(0x0403_4b50, [], common), name, body);
    this.#directory.push(centralHeader({ common, offset, executable: entry.executable }), name);
  }

  finish(): Uint8Array {
    const size = this.#directory.reduce((sum, part) => sum + part.length, 0);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x0605_4b50, 0);
    const entries = this.#directory.length / 2;
    end.writeUInt16LE(entries, 8);
    end.writeUInt16LE(entries, 10);
    end.writeUInt32LE(size, 12);
    end.writeUInt32LE(this.#offset, 16);
    return Buffer.concat([...this.#parts, ...this.#directory, end]);
  }

  #push(...parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#offset += part.length;
    }
  }

  /** What the header before an entry and the one in the directory have in common: version needed to extra length. */
  #commonHeader(entry: PackedEntry, sized: { readonly name: Uint8Array; readonly body: Uint8Array }): Buffer {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(NEEDS_VERSION, 0);
    common.writeUInt16LE(UTF8_NAMES, 2);
    common.writeUInt16LE(entry.deflated === undefined ? 0 : 8, 4);
    common.writeUInt16LE(this.#time, 6);
    common.writeUInt16LE(this.#date, 8);
    common.writeUInt32LE(crc32(entry.content), 10);
    common.writeUInt32LE(sized.body.length, 14);
    common.writeUInt32LE(entry.content.length, 18);
    common.writeUInt16LE(sized.name.length, 22);
    return common;
  }
}

function header(signature: number, before: readonly number[], common: Buffer): Buffer {
  const head = Buffer.alloc(4 + 2 * before.length);
  head.writeUInt32LE(signature, 0);
  for (const [index, value] of before.entries()) head.writeUInt16LE(value, 4 + 2 * index);
  return Buffer.concat([head, common]);
}

function centralHeader(options: { readonly common: Buffer; readonly offset: number; readonly executable: boolean }): Buffer {
  const tail = Buffer.alloc(14);
  const mode = REGULAR_FILE | (options.executable ? 0o755 : 0o644);
  tail.writeUInt32LE(mode * 0x1_0000, 6);
  tail.writeUInt32LE(options.offset, 10);
  return Buffer.concat([header(0x0201_4b50, [MADE_BY_UNIX], options.common), tail]);
}
