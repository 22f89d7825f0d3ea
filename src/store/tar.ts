/** One entry of a tar archive. */
export interface TarEntry {
  readonly kind: TarKind;
  /** As written in the archive: not checked, not normalised. */
  readonly path: string;
  /** Of links; empty for the others. */
  readonly target: string;
  readonly mode: number;
  /** A view of the archive's bytes. */
  readonly bytes: Uint8Array;
}

export type TarKind = 'file' | 'directory' | 'symlink' | 'hard-link' | 'special' | 'global-header';

/** The archive is cut short or is no tar archive. */
export class TarDamaged extends Error {
  /** Offset in the unpacked archive, in bytes. */
  readonly offset: number;
  constructor(problem: string, offset: number) {
    super(`${problem} at byte ${offset}`);
    this.name = 'TarDamaged';
    this.offset = offset;
  }
}

const BLOCK = 512;
const ZEROS = Buffer.alloc(BLOCK);

/** What an extension header says about the entry after it. */
interface Extension {
  path?: string;
  target?: string;
  size?: number;
}

/**
 * Reads a tar archive from memory as the `tar` crate does, which cargo unpacks with: ustar, GNU long names and pax extensions; a block
 * of zeros or the end of the bytes ends it. Entries come in order, without copies. Throws {@link TarDamaged}.
 *
 * (Here rather than from a library: unpacking must be synchronous and exact, neither accept a cut archive nor refuse one that cargo takes.)
 */
export function* readTar(archive: Buffer): Generator<TarEntry> {
  let extension: Extension = {};
  for (let offset = 0; offset < archive.length;) {
    const header = blocks({ archive, offset, size: BLOCK, problem: 'cut header' });
    if (header[0] === 0 && header.equals(ZEROS)) return;
    checkSum(header, offset);
    const size = extension.size ?? numberField(header, { start: 124, length: 12, offset });
    const bytes = blocks({ archive, offset: offset + BLOCK, size, problem: 'cut file' });
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') extension.path = untilNul(bytes);
    else if (type === 'K') extension.target = untilNul(bytes);
    else if (type === 'x') extension = { ...extension, ...paxRecords(bytes) };
    else {
      const path = extension.path ?? headerPath(header);
      yield {
        kind: kindOf(type, path, header),
        path,
        target: extension.target ?? untilNul(header.subarray(157, 257)),
        mode: numberField(header, { start: 100, length: 8, offset }),
        bytes,
      };
      extension = {};
    }
    offset += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function kindOf(type: string, path: string, header: Buffer): TarKind {
  switch (type) {
    case '0':
    case '\0':
    case '7':
      return path.endsWith('/') && !isUstar(header) ? 'directory' : 'file';
    case '1':
      return 'hard-link';
    case '2':
      return 'symlink';
    case '5':
      return 'directory';
    case 'g':
      return 'global-header';
    default:
      return 'special';
  }
}

function headerPath(header: Buffer): string {
  const name = untilNul(header.subarray(0, 100));
  const prefix = isUstar(header) ? untilNul(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function isUstar(header: Buffer): boolean {
  return header.toString('latin1', 257, 265) === 'ustar\x0000';
}

function checkSum(header: Buffer, offset: number): void {
  let sum = 0;
  for (let index = 0; index < BLOCK; index += 1) sum += index >= 148 && index < 156 ? 32 : (header[index] ?? 0);
  if (numberField(header, { start: 148, length: 8, offset }) !== sum) throw new TarDamaged('wrong header checksum', offset);
}

/** Octal digits between blanks, or big-endian bytes after one with the top bit set. */
function numberField(header: Buffer, field: { readonly start: number; readonly length: number; readonly offset: number }): number {
  const { start, length, offset } = field;
  const first = header[start] ?? 0;
  if ((first & 0x80) !== 0) return Number(header.readBigUInt64BE(start + length - 8));
  const text = untilNul(header.subarray(start, start + length)).trim();
  if (!/^[0-7]*$/.test(text)) throw new TarDamaged('bad number in a header', offset);
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function blocks(range: { readonly archive: Buffer; readonly offset: number; readonly size: number; readonly problem: string }): Buffer {
  const { archive, offset, size, problem } = range;
  if (offset + size > archive.length) throw new TarDamaged(problem, offset);
  return archive.subarray(offset, offset + size);
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

/** Records `LENGTH KEY=VALUE\n` of a pax header (POSIX.1-2001 `pax`, extended header). */
function paxRecords(bytes: Buffer): Extension {
  const extension: Extension = {};
  for (let offset = 0; offset < bytes.length;) {
    const blank = bytes.indexOf(32, offset);
    const length = blank === -1 ? Number.NaN : Number(bytes.toString('latin1', offset, blank));
    if (!Number.isSafeInteger(length) || length <= 0 || offset + length > bytes.length) return extension;
    const record = bytes.toString('utf8', blank + 1, offset + length - 1);
    const equals = record.indexOf('=');
    const value = record.slice(equals + 1);
    switch (record.slice(0, equals)) {
      case 'path':
        extension.path = value;
        break;
      case 'linkpath':
        extension.target = value;
        break;
      case 'size':
        if (/^[0-9]{1,15}$/.test(value)) extension.size = Number(value);
        break;
      default:
    }
    offset += length;
  }
  return extension;
}
