import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of an archive that a test makes; fields that are left out are right. */
export interface MadeEntry {
  readonly path: string;
  readonly bytes?: Uint8Array | string;
  readonly method?: 'stored' | 'deflate' | number;
  /** Unix mode with the file's type. */
  readonly mode?: number;
  /** What stands in the archive for `bytes`. */
  readonly packed?: Buffer;
  readonly crc?: number;
  /** Size that the archive says. */
  readonly size?: number;
  /** Name in the entry's own header. */
  readonly localPath?: string;
  readonly rawName?: Buffer;
  readonly flags?: number;
  /** Sizes and checksum behind the data instead of in its own header. */
  readonly descriptor?: boolean;
  /** Sizes and offset in the extra field. */
  readonly zip64?: boolean;
  /** Instead of its own place. */
  readonly offset?: number;
}

/** A zip archive, byte by byte: also ones that no program would write. */
export function makeArchive(entries: readonly MadeEntry[], options: { readonly zip64?: boolean; readonly count?: number } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const local = localPart(entry);
    directory.push(directoryPart(entry, entry.offset ?? at));
    parts.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const count = options.count ?? entries.length;
  return Buffer.concat([
    ...parts,
    central,
    ...(options.zip64 === true ? [end64(count, { size: central.length, offset: at })] : []),
    end(count, { size: central.length, offset: at, wide: options.zip64 === true }),
  ]);
}

function packed(entry: MadeEntry): {
  readonly bytes: Buffer;
  readonly packed: Buffer;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
} {
  const bytes = Buffer.from(entry.bytes ?? '');
  const method = entry.method === 'stored' ? 0 : entry.method === undefined || entry.method === 'deflate' ? 8 : entry.method;
  return {
    bytes,
    packed: entry.packed ?? (method === 8 ? deflateRawSync(bytes) : bytes),
    method,
    crc: entry.crc ?? crc32(bytes),
    size: entry.size ?? bytes.length,
  };
}

function localPart(entry: MadeEntry): Buffer {
  const made = packed(entry);
  const name = entry.rawName ?? Buffer.from(entry.localPath ?? entry.path);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(entry.zip64 === true ? 45 : 20, 4);
  header.writeUInt16LE(flagsOf(entry), 6);
  header.writeUInt16LE(made.method, 8);
  const after = Buffer.alloc(16);
  if (entry.descriptor === true) {
    after.writeUInt32LE(0x08074b50, 0);
    after.writeUInt32LE(made.crc, 4);
    after.writeUInt32LE(made.packed.length, 8);
    after.writeUInt32LE(made.size, 12);
  } else {
    header.writeUInt32LE(made.crc, 14);
    header.writeUInt32LE(entry.zip64 === true ? 0xffffffff : made.packed.length, 18);
    header.writeUInt32LE(entry.zip64 === true ? 0xffffffff : made.size, 22);
  }
  header.writeUInt16LE(name.length, 26);
  const extra = entry.zip64 === true ? wideExtra([made.size, made.packed.length]) : Buffer.alloc(0);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra, made.packed, ...(entry.descriptor === true ? [after] : [])]);
}

function directoryPart(entry: MadeEntry, offset: number): Buffer {
  const made = packed(entry);
  const name = entry.rawName ?? Buffer.from(entry.path);
  const header = Buffer.alloc(46);
  const wide = entry.zip64 === true;
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE((3 << 8) | 20, 4);
  header.writeUInt16LE(wide ? 45 : 20, 6);
  header.writeUInt16LE(flagsOf(entry), 8);
  header.writeUInt16LE(made.method, 10);
  header.writeUInt32LE(made.crc, 16);
  header.writeUInt32LE(wide ? 0xffffffff : made.packed.length, 20);
  header.writeUInt32LE(wide ? 0xffffffff : made.size, 24);
  header.writeUInt16LE(name.length, 28);
  const extra = wide ? wideExtra([made.size, made.packed.length, offset]) : Buffer.alloc(0);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(((entry.mode ?? (entry.path.endsWith('/') ? 0o040755 : 0o100644)) << 16) >>> 0, 38);
  header.writeUInt32LE(wide ? 0xffffffff : offset, 42);
  return Buffer.concat([header, name, extra]);
}

function flagsOf(entry: MadeEntry): number {
  return (entry.flags ?? 0x800) | (entry.descriptor === true ? 8 : 0);
}

function wideExtra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return extra;
}

function end64(count: number, place: { readonly size: number; readonly offset: number }): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(place.size), 40);
  record.writeBigUInt64LE(BigInt(place.offset), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(place.offset + place.size), 56 + 8);
  record.writeUInt32LE(1, 56 + 16);
  return record;
}

function end(count: number, place: { readonly size: number; readonly offset: number; readonly wide: boolean }): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(place.wide ? 0xffff : count, 8);
  record.writeUInt16LE(place.wide ? 0xffff : count, 10);
  record.writeUInt32LE(place.wide ? 0xffffffff : place.size, 12);
  record.writeUInt32LE(place.wide ? 0xffffffff : place.offset, 16);
  return record;
}
