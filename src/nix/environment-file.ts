import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, parseSha256 } from '../model/digest.ts';

/** File at the top of an environment that Nix composed: what it is, in words that are the same on every machine. */
export const ENVIRONMENT_FILE = '.ferrule-environment.json';

/** The digest of an environment's description, which is the local engine's for the same wheels and interpreter. Throws when it has none. */
export function environmentDigest(directory: string): Digest {
  const value: unknown = JSON.parse(readFileSync(join(directory, ENVIRONMENT_FILE), 'utf8'));
  const text = typeof value === 'object' && value !== null && 'digest' in value && typeof value.digest === 'string' ? value.digest : '';
  const size = typeof value === 'object' && value !== null && 'size' in value && typeof value.size === 'number' ? value.size : undefined;
  const hash = parseSha256(text.replace(/^sha256:/, ''));
  if (hash === undefined || size === undefined) throw new Error(`internal: ${directory} says nothing of its digest`);
  return { hash, size };
}
