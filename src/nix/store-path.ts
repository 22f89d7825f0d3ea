import { createHash } from 'node:crypto';
import type { Sha256 } from '../model/digest.ts';

const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz';

/** Nix's base 32: digits from the last to the first (Nix `src/libutil/base-nix-32.cc`). */
export function nixBase32(bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 8) / 5);
  let text = '';
  for (let digit = length - 1; digit >= 0; digit -= 1) {
    const bit = digit * 5;
    const at = bit >> 3;
    const shift = bit & 7;
    const value = ((bytes[at] ?? 0) >> shift) | ((bytes[at + 1] ?? 0) << (8 - shift));
    text += ALPHABET[value & 31] ?? '';
  }
  return text;
}

/** Path of a fixed output in the store (Nix manual, "Store path specification"). `nar`: the hash is that of the archive of a directory. */
export function fixedOutputPath(output: {
  readonly name: string;
  readonly sha256: Sha256;
  readonly method: 'flat' | 'nar';
  readonly storeDirectory: string;
}): string {
  const { name, sha256, method, storeDirectory } = output;
  const inner = method === 'nar' ? sha256 : hashOf(`fixed:out:sha256:${sha256}:`).toString('hex');
  const type = method === 'nar' ? 'source' : 'output:out';
  const whole = hashOf(`${type}:sha256:${inner}:${storeDirectory}:${name}`);
  const folded = Buffer.alloc(20);
  for (const [index, byte] of whole.entries()) folded[index % 20] = (folded[index % 20] ?? 0) ^ byte;
  return `${storeDirectory}/${nixBase32(folded)}-${name}`;
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
