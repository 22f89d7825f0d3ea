import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { WheelRefused } from './wheel-refused.ts';
import type { ZipEntry } from './zip-directory.ts';

const STORED = 0;
const DEFLATE = 8;
const ZSTANDARD = 93;

const METHODS: Readonly<Record<number, string>> = { 9: 'Deflate64', 12: 'bzip2', 14: 'LZMA', 95: 'xz', 98: 'PPMd' };

/** How entries of an archive are unpacked; made once for each method. */
type Unpack = (packed: Buffer, size: number) => Buffer;

/** Throws {@link WheelRefused} unless the entry can be unpacked by this Node. */
export function checkMethod(entry: ZipEntry): void {
  const { path, method, isEncrypted } = entry;
  const hint = 'use another version or, if you build it, pack it with deflate';
  if (isEncrypted) throw new WheelRefused({ kind: 'compression', path, method: 'encryption', hint });
  if (method === STORED || method === DEFLATE) return;
  if (method === ZSTANDARD) {
    if ('zstdDecompressSync' in zlib) return;
    throw new WheelRefused({ kind: 'compression', path, method: 'Zstandard', hint: 'run Ferrule with Node 22.15 or newer, which has it' });
  }
  throw new WheelRefused({ kind: 'compression', path, method: METHODS[method] ?? `number ${method}`, hint });
}

/** Unpacks an entry at once, here. Throws {@link WheelRefused} when it is damaged, or has another size or checksum than it says. */
export function unpackNow(entry: ZipEntry, packed: Buffer): Buffer {
  return checked(entry, () => unpacker(entry.method)(packed, entry.size));
}

/** The same in the thread pool; methods that have no asynchronous form are unpacked here. */
export async function unpackInPool(entry: ZipEntry, packed: Buffer): Promise<Buffer> {
  if (entry.method !== DEFLATE) return unpackNow(entry, packed);
  try {
    const bytes = await inflateInPool(packed, entry.size);
    return checked(entry, () => bytes);
  } catch (error) {
    throw asRefusal(entry, error);
  }
}

/** A transform that unpacks an entry of any size; `undefined`: it is stored as it is. */
export function unpackStream(entry: ZipEntry): Transform | undefined {
  if (entry.method === STORED) return undefined;
  if (entry.method === DEFLATE) return zlib.createInflateRaw({ chunkSize: 1 << 18 });
  const made: unknown = callZlib('createZstdDecompress', []);
  if (!(made instanceof Transform)) throw new Error('internal: Zstandard is there for buffers and not for streams');
  return made;
}

/** Follows the bytes of an entry that comes in pieces. */
export class EntryCheck {
  readonly #entry: ZipEntry;
  #crc = 0;
  #size = 0;

  constructor(entry: ZipEntry) {
    this.#entry = entry;
  }

  /** Throws {@link WheelRefused} as soon as there are more bytes than the entry says. */
  add(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.#size > this.#entry.size) throw wrongSize(this.#entry);
    this.#crc = zlib.crc32(bytes, this.#crc);
  }

  finish(): void {
    if (this.#size !== this.#entry.size) throw wrongSize(this.#entry);
    if (this.#crc !== this.#entry.crc32) throw wrongChecksum(this.#entry);
  }
}

/** A failure of zlib as what it says about the entry; anything else as it is. */
export function asRefusal(entry: ZipEntry, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return wrongSize(entry);
  if (!/^(?:Z_|ZSTD_|ERR_ZLIB)/.test(error.code)) return error;
  return new WheelRefused({ kind: 'damaged', problem: `entry \`${entry.path}\`: ${error.message}` });
}

function checked(entry: ZipEntry, unpack: () => Buffer): Buffer {
  let bytes: Buffer;
  try {
    bytes = unpack();
  } catch (error) {
    throw asRefusal(entry, error);
  }
  if (bytes.length !== entry.size) throw wrongSize(entry);
  if (zlib.crc32(bytes) !== entry.crc32) throw wrongChecksum(entry);
  return bytes;
}

function unpacker(method: number): Unpack {
  if (method === STORED) return (packed) => packed;
  if (method === DEFLATE) return (packed, size) => zlib.inflateRawSync(packed, sizedOutput(size));
  return (packed, size) => {
    const bytes: unknown = callZlib('zstdDecompressSync', [packed, { maxOutputLength: Math.max(size, 1) }]);
    if (!Buffer.isBuffer(bytes)) throw new Error('internal: Zstandard gave no bytes');
    return bytes;
  };
}

function inflateInPool(packed: Buffer, size: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zlib.inflateRaw(packed, sizedOutput(size), (error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(error);
    });
  });
}

/** One piece of output, a byte longer than needed so that the end is noticed in it. */
function sizedOutput(size: number): zlib.ZlibOptions {
  return { maxOutputLength: Math.max(size, 1), chunkSize: Math.max(size + 1, 64) };
}

/** Zstandard came to Node in 22.15: it is looked up by name. */
function callZlib(name: 'zstdDecompressSync' | 'createZstdDecompress', words: readonly unknown[]): unknown {
  const found: unknown = Reflect.get(zlib, name);
  if (typeof found !== 'function') throw new Error(`internal: this Node has no \`${name}\``);
  return Reflect.apply(found, undefined, words);
}

function wrongSize(entry: ZipEntry): WheelRefused {
  return new WheelRefused({ kind: 'damaged', problem: `entry \`${entry.path}\` does not unpack to the ${entry.size} bytes it says` });
}

function wrongChecksum(entry: ZipEntry): WheelRefused {
  return new WheelRefused({ kind: 'damaged', problem: `entry \`${entry.path}\` has the wrong checksum` });
}
