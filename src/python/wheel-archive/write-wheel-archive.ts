import { deflateSync } from 'fflate';
import type { Digest } from '../../model/digest.ts';
import { archiveOrder } from './archive-order.ts';
import type { WheelFile, WheelFiles } from './wheel-file.ts';
import { type PackedEntry, ZipWriter } from './zip-writer.ts';

/** Seconds since 1970 of 1980-01-01, the earliest time that a zip archive can say. */
export const EARLIEST_TIME = 315532800;

export interface WheelArchiveOptions {
  /** RECORD included: see `withRecord`. */
  readonly files: WheelFiles;
  /** `numpy-2.1.0.dist-info` */
  readonly distInfo: string;
  /** Content of a file in the store. */
  readonly read: (digest: Digest) => Uint8Array;
  /** `stored` for archives that are only passed on within the machine; `deflate` at level 6 when left out. */
  readonly compression?: 'deflate' | 'stored';
  /** Time of every entry, seconds since 1970, as `SOURCE_DATE_EPOCH`; {@link EARLIEST_TIME} when left out. */
  readonly epoch?: number;
}

/**
 * A wheel's bytes: the same for the same files, on every version of Node and every machine. That is why the compression is not
 * Node's own, whose output changes with the library it was built with.
 */
export function writeWheelArchive(options: WheelArchiveOptions): Uint8Array {
  const { files, distInfo, read, compression = 'deflate', epoch = EARLIEST_TIME } = options;
  const writer = new ZipWriter(Math.max(epoch, EARLIEST_TIME));
  for (const path of archiveOrder(files.keys(), distInfo)) {
    const file = files.get(path);
    if (file === undefined) throw new Error(`internal: \`${path}\` is no file of the wheel`);
    writer.add(entryOf({ path, file, content: file.kind === 'bytes' ? file.bytes : read(file.digest), compression }));
  }
  return writer.finish();
}

function entryOf(options: {
  readonly path: string;
  readonly file: WheelFile;
  readonly content: Uint8Array;
  readonly compression: 'deflate' | 'stored';
}): PackedEntry {
  const { path, file, content, compression } = options;
  const packed = compression === 'deflate' && content.length > 0 ? deflateSync(content, { level: 6 }) : undefined;
  return { path, executable: file.executable, content, deflated: packed };
}
