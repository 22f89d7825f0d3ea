import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** A secret key of Nix, known to be whole. */
export interface SigningKey {
  /** As Nix writes it, `NAME:BASE64`. Secret. */
  readonly text: string;
  /** The public key that belongs to it, as Nix writes it. */
  readonly publicKey: string;
}

/** DER of an ed25519 key in PKCS #8, before its 32 bytes of seed. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Reads `NAME:` and, in base64, the 64 bytes of libsodium: seed, then public half. `undefined` when it is none, or when its halves do not
 * belong together.
 */
export function readSigningKey(text: string): SigningKey | undefined {
  const [, name, encoded] = /^([^\s:]+):([A-Za-z0-9+/]{86}==)$/.exec(text.trim()) ?? [];
  if (name === undefined || encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const half = publicHalf(createPrivateKey({ key: Buffer.concat([PKCS8, bytes.subarray(0, 32)]), format: 'der', type: 'pkcs8' }));
  if (!half.equals(bytes.subarray(32))) return undefined;
  return { text: text.trim(), publicKey: `${name}:${half.toString('base64')}` };
}

function publicHalf(secret: KeyObject): Buffer {
  return createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
}
