import { digestOf } from '../../model/digest.ts';
import { compareBytes } from '../../model/wire.ts';
import { sortKey } from './archive-order.ts';
import { textFile, type WheelFile, type WheelFiles } from './wheel-file.ts';

/**
 * The files and the RECORD that names them (PyPA binary distribution format): one line for each, sorted by path, then its own.
 * A RECORD that is already there is written anew, and signatures of it are left out.
 */
export function withRecord(files: WheelFiles, distInfo: string): WheelFiles {
  const record = `${distInfo}/RECORD`;
  const kept = [...files].filter(([path]) => path !== record && path !== `${record}.jws` && path !== `${record}.p7s`);
  const lines = kept
    .toSorted(([left], [right]) => compareBytes(sortKey(left), sortKey(right)))
    .map(([path, file]) => recordLine(path, file));
  return new Map([...kept, [record, textFile(`${lines.join('')}${quoted(record)},,\n`)]]);
}

function recordLine(path: string, file: WheelFile): string {
  const { hash, size } = file.kind === 'blob' ? file.digest : digestOf(file.bytes);
  return `${quoted(path)},sha256=${Buffer.from(hash, 'hex').toString('base64url')},${size}\n`;
}

/** A field of a comma-separated file (RFC 4180). */
function quoted(path: string): string {
  return /[",\n\r]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
}
