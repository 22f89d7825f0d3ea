import { createHash, type Hash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Sha256 } from '../model/digest.ts';
import { parseSha256 } from '../model/digest.ts';
import { compareBytes } from '../model/wire.ts';

/** sha256 of a file or directory as a Nix archive (Nix manual, "Nix Archive (NAR) format"): what a recursive fixed output is named by. */
export function narSha256(path: string): Sha256 {
  const hash = createHash('sha256');
  token(hash, 'nix-archive-1');
  node(hash, path);
  const digest = parseSha256(hash.digest('hex'));
  if (digest === undefined) throw new Error('internal: a sha256 that is none');
  return digest;
}

function node(hash: Hash, path: string): void {
  token(hash, '(');
  const state = lstatSync(path);
  if (state.isSymbolicLink()) tokens(hash, 'type', 'symlink', 'target', readlinkSync(path));
  else if (state.isDirectory()) directory(hash, path);
  else {
    tokens(hash, 'type', 'regular', ...((state.mode & 0o111) === 0 ? [] : ['executable', '']), 'contents');
    token(hash, readFileSync(path));
  }
  token(hash, ')');
}

function directory(hash: Hash, path: string): void {
  tokens(hash, 'type', 'directory');
  for (const name of readdirSync(path).toSorted(compareBytes)) {
    tokens(hash, 'entry', '(', 'name', name, 'node');
    node(hash, join(path, name));
    token(hash, ')');
  }
}

function tokens(hash: Hash, ...texts: readonly string[]): void {
  for (const text of texts) token(hash, text);
}

/** Length as eight little-endian bytes, the bytes, and zeros up to a multiple of eight. */
function token(hash: Hash, content: string | Buffer): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  hash.update(length).update(bytes);
  const rest = bytes.length % 8;
  if (rest !== 0) hash.update(Buffer.alloc(8 - rest));
}
