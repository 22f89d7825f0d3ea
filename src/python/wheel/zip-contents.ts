import type { Readable } from 'node:stream';
import type { ByteSource } from '../byte-source.ts';
import { asRefusal, EntryCheck, unpackStream } from './inflate.ts';
import { WheelRefused } from './wheel-refused.ts';
import { localDataOffset, localHeaderSize, type ZipDirectory, type ZipEntry } from './zip-directory.ts';

/** Bytes read from the archive at once where entries are smaller. */
const WINDOW = 1 << 20;

/** Packed entries of an archive, read in the order of their data through a window. */
export class ZipContents {
  readonly #source: ByteSource;
  readonly #directory: ZipDirectory;
  #window: Buffer = Buffer.alloc(0);
  #windowOffset = 0;
  /** End of the entry before. */
  #end = 0;

  constructor(source: ByteSource, directory: ZipDirectory) {
    this.#source = source;
    this.#directory = directory;
  }

  /** Packed bytes of the next entry. Throws {@link WheelRefused} when its data overlaps another's or is cut short. */
  packed(entry: ZipEntry): Buffer {
    return this.#read(this.locate(entry), entry.packedSize);
  }

  /** Where the packed bytes of the next entry begin; entries are asked for in order, each once. */
  locate(entry: ZipEntry): number {
    const data = localDataOffset(entry, this.#read(entry.localOffset, localHeaderSize(entry)));
    const end = data + entry.packedSize;
    if (entry.localOffset < this.#end) damaged(`entry \`${entry.path}\` overlaps another`);
    if (end > this.#directory.offset) damaged(`entry \`${entry.path}\` reaches into the directory`);
    this.#end = end;
    return data;
  }

  #read(offset: number, length: number): Buffer {
    const start = offset - this.#windowOffset;
    if (start >= 0 && start + length <= this.#window.length) return this.#window.subarray(start, start + length);
    // A window is never written again: parts of the one before may still be in use.
    this.#window = this.#source.read(offset, Math.max(length, WINDOW));
    this.#windowOffset = offset;
    if (this.#window.length < length) damaged('it ends before its entries do');
    return this.#window.subarray(0, length);
  }
}

/** Unpacked bytes of an entry in pieces; `packed` are its packed bytes. Throws {@link WheelRefused}. */
export async function* unpackedPieces(entry: ZipEntry, packed: Readable): AsyncGenerator<Buffer> {
  const check = new EntryCheck(entry);
  const transform = unpackStream(entry);
  if (transform !== undefined) {
    packed.once('error', (error) => transform.destroy(error));
    packed.pipe(transform);
  }
  try {
    for await (const piece of transform ?? packed) {
      if (!Buffer.isBuffer(piece)) throw new Error('internal: a stream of bytes gave something else');
      check.add(piece);
      yield piece;
    }
  } catch (error) {
    throw asRefusal(entry, error);
  } finally {
    packed.destroy();
  }
  check.finish();
}

function damaged(problem: string): never {
  throw new WheelRefused({ kind: 'damaged', problem });
}
