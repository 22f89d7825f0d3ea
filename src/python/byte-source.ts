import { readSync } from 'node:fs';

/** Bytes that can be read at any place: in memory or in a file. */
export interface ByteSource {
  readonly size: number;
  /** At most `length` bytes from `offset`: fewer where the source ends, none outside it. */
  read(offset: number, length: number): Buffer;
}

export function memorySource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: buffer.length,
    read: (offset, length) => buffer.subarray(Math.max(0, offset), Math.max(0, offset) + Math.max(0, length)),
  };
}

/** An open regular file of the given size. What is read throws what `fs` throws. */
export function fileSource(descriptor: number, size: number): ByteSource {
  return {
    size,
    read: (offset, length) => {
      const wanted = Math.min(length, size - offset);
      if (offset < 0 || wanted <= 0) return Buffer.alloc(0);
      const bytes = Buffer.allocUnsafe(wanted);
      return bytes.subarray(0, readFully(descriptor, bytes, offset));
    },
  };
}

/** Bytes read; fewer than asked for only at the end of the file. */
function readFully(descriptor: number, bytes: Buffer, offset: number): number {
  let filled = 0;
  while (filled < bytes.length) {
    const read = readSync(descriptor, bytes, filled, bytes.length - filled, offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}
