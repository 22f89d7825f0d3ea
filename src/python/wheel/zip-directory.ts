import type { ByteSource } from '../byte-source.ts';
import { decodeZipName } from './zip-name.ts';
import { WheelRefused } from './wheel-refused.ts';

/** An entry as the archive's central directory has it (APPNOTE.TXT 4.3.12). */
export interface ZipEntry {
  /** As stored, `/`-separated; ends in `/` for a directory. */
  readonly path: string;
  readonly rawName: Buffer;
  /** 0 stored, 8 deflate, 93 Zstandard. */
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc32: number;
  readonly packedSize: number;
  readonly size: number;
  /** Unix mode with the file's type; 0 where the archive has none. */
  readonly mode: number;
  readonly localOffset: number;
}

/** An archive's entries in the order of their data, none overlapping another. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Where the central directory begins: data of entries ends before it. */
  readonly offset: number;
}

const END_SIGNATURE = 0x06_05_4b_50;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xff_ff;
const LOCATOR_SIGNATURE = 0x07_06_4b_50;
const LOCATOR_SIZE = 20;
const END64_SIGNATURE = 0x06_06_4b_50;
const END64_SIZE = 56;
const ENTRY_SIGNATURE = 0x02_01_4b_50;
const ENTRY_SIZE = 46;
const LOCAL_SIGNATURE = 0x04_03_4b_50;
const LOCAL_SIZE = 30;

/**
 * Reads the central directory. Throws {@link WheelRefused} when the archive is cut short, or when readers could disagree about what it
 * holds: bytes before or after it, a count that does not match, several disks.
 */
export function readZipDirectory(source: ByteSource): ZipDirectory {
  const end = readEnd(source);
  if (end.offset + end.size !== end.directoryEnd) damaged('its directory is not where its end says, or other bytes stand around it');
  const bytes = source.read(end.offset, end.size);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { entry, next } = readEntry(bytes, at);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== end.count) damaged(`its directory lists ${entries.length} entries and its end says ${end.count}`);
  return { entries: entries.toSorted((left, right) => left.localOffset - right.localOffset), offset: end.offset };
}

interface End {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  /** Where the record behind the directory begins. */
  readonly directoryEnd: number;
}

function readEnd(source: ByteSource): End {
  const tailOffset = Math.max(0, source.size - END_SIZE - LONGEST_COMMENT);
  const tail = source.read(tailOffset, END_SIZE + LONGEST_COMMENT);
  for (let at = tail.length - END_SIZE; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE) continue;
    if (at + END_SIZE + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const end = tailOffset + at;
    const plain: End = {
      count: tail.readUInt16LE(at + 10),
      size: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
      directoryEnd: end,
    };
    if (tail.readUInt16LE(at + 4) !== 0 && tail.readUInt16LE(at + 4) !== 0xff_ff) damaged('it is one disk of several');
    return readEnd64(source, end) ?? plain;
  }
  return damaged('it has no end record: no zip archive, or cut short');
}

/** The record that takes the place of the plain one in large archives (Zip64). */
function readEnd64(source: ByteSource, end: number): End | undefined {
  const locator = source.read(end - LOCATOR_SIZE, LOCATOR_SIZE);
  if (end < LOCATOR_SIZE || locator.readUInt32LE(0) !== LOCATOR_SIGNATURE) return undefined;
  const at = safe(locator.readBigUInt64LE(8));
  const record = source.read(at, END64_SIZE);
  if (record.length < END64_SIZE || record.readUInt32LE(0) !== END64_SIGNATURE) damaged('its Zip64 end record is missing');
  if (at + 12 + safe(record.readBigUInt64LE(4)) !== end - LOCATOR_SIZE) damaged('its Zip64 end record has the wrong size');
  return {
    count: safe(record.readBigUInt64LE(32)),
    size: safe(record.readBigUInt64LE(40)),
    offset: safe(record.readBigUInt64LE(48)),
    directoryEnd: at,
  };
}

function readEntry(bytes: Buffer, at: number): { readonly entry: ZipEntry; readonly next: number } {
  if (at + ENTRY_SIZE > bytes.length || bytes.readUInt32LE(at) !== ENTRY_SIGNATURE) damaged('its directory is cut short');
  const nameEnd = at + ENTRY_SIZE + bytes.readUInt16LE(at + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
  const next = extraEnd + bytes.readUInt16LE(at + 32);
  if (next > bytes.length) damaged('its directory is cut short');
  const flags = bytes.readUInt16LE(at + 8);
  const rawName = bytes.subarray(at + ENTRY_SIZE, nameEnd);
  const wide = zip64Fields(bytes.subarray(nameEnd, extraEnd), {
    size: bytes.readUInt32LE(at + 24),
    packedSize: bytes.readUInt32LE(at + 20),
    localOffset: bytes.readUInt32LE(at + 42),
  });
  const path = decodeZipName(rawName, (flags & 0x800) !== 0);
  if (path === undefined) damaged(`an entry's name is not UTF-8: ${JSON.stringify(rawName.toString('latin1'))}`);
  const entry = {
    path,
    rawName,
    method: bytes.readUInt16LE(at + 10),
    isEncrypted: (flags & 0x2041) !== 0,
    crc32: bytes.readUInt32LE(at + 16),
    mode: bytes.readUInt32LE(at + 38) >>> 16,
    ...wide,
  };
  return { entry, next };
}

interface WideFields {
  readonly size: number;
  readonly packedSize: number;
  readonly localOffset: number;
}

/** Values that do not fit 32 bits stand in extra field 1, in this order (APPNOTE.TXT 4.5.3). */
function zip64Fields(extra: Buffer, plain: WideFields): WideFields {
  const wanted = (['size', 'packedSize', 'localOffset'] as const).filter((field) => plain[field] === 0xff_ff_ff_ff);
  if (wanted.length === 0) return plain;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const data = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    if (data.length < 8 * wanted.length) break;
    return { ...plain, ...Object.fromEntries(wanted.map((field, index) => [field, safe(data.readBigUInt64LE(8 * index))])) };
  }
  return damaged('an entry has no Zip64 sizes where it needs them');
}

/** Where an entry's data begins: behind its local header, which has to agree with the directory. `header`: bytes from its `localOffset` on. */
export function localDataOffset(entry: ZipEntry, header: Buffer): number {
  if (header.length < LOCAL_SIZE || header.readUInt32LE(0) !== LOCAL_SIGNATURE) {
    damaged(`entry \`${entry.path}\` does not stand where the directory says`);
  }
  const nameLength = header.readUInt16LE(26);
  const name = header.subarray(LOCAL_SIZE, LOCAL_SIZE + nameLength);
  const hasDescriptor = (header.readUInt16LE(6) & 8) !== 0;
  if (!name.equals(entry.rawName)) damaged(`entry \`${entry.path}\` has another name in its own header`);
  if (header.readUInt16LE(8) !== entry.method) damaged(`entry \`${entry.path}\` has another method in its own header`);
  if (!hasDescriptor && header.readUInt32LE(14) !== entry.crc32) damaged(`entry \`${entry.path}\` has another checksum in its own header`);
  return entry.localOffset + LOCAL_SIZE + nameLength + header.readUInt16LE(28);
}

/** Bytes of a local header that are enough for {@link localDataOffset}. */
export function localHeaderSize(entry: ZipEntry): number {
  return LOCAL_SIZE + entry.rawName.length;
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) damaged('it names an impossible size');
  return Number(value);
}

function damaged(problem: string): never {
  throw new WheelRefused({ kind: 'damaged', problem });
}
