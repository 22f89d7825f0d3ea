/**
 * One `[caches.NAME]`: a binary cache of Nix. What is secret is never in the file: where a field is called a variable, it is the name of
 * an environment variable, looked at only when it is needed.
 */
export type CacheConfig = S3Cache | HttpCache | AtticCache | CachixCache | FlakeHubCache;

export type CacheKind = CacheConfig['kind'];

interface AnyCache {
  /** Its name in `ferrule.toml`. */
  readonly name: string;
  /** `NAME:BASE64` each, as in Nix's `trusted-public-keys`; at least one. */
  readonly publicKeys: readonly string[];
  /** The lower, the earlier Nix asks it; `undefined`: as the cache itself says. */
  readonly priority: number | undefined;
  /** Whether `ferrule cache push` may write to it. */
  readonly push: boolean;
}

export interface S3Cache extends AnyCache, SignedCopies {
  readonly kind: 's3';
  readonly bucket: string;
  /** `undefined`: Nix's default. */
  readonly region: string | undefined;
  /** `HOST[:PORT]` of a store that is not Amazon's, `http://` or `https://` before it allowed. */
  readonly endpoint: string | undefined;
  /** Variables; `undefined`: what the AWS clients read anyway. */
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
}

export interface HttpCache extends AnyCache, SignedCopies {
  readonly kind: 'http';
  /** `http:`, `https:` or `file:`, no slash at its end. */
  readonly url: string;
  /** For basic authentication; `undefined`: Nix's own `netrc` decides. */
  readonly user: string | undefined;
  /** Variable. */
  readonly password: string | undefined;
}

/** Caches that take what `nix copy` writes. */
interface SignedCopies {
  /** Variable with a secret key as Nix writes it, or the absolute path of a file with one; `undefined`: the server signs. */
  readonly signingKey: string | undefined;
  /** Of archives that are pushed; `undefined`: Nix's default. */
  readonly compression: 'zstd' | 'xz' | 'none' | undefined;
}

export interface AtticCache extends AnyCache {
  readonly kind: 'attic';
  /** The server's address, no slash at its end. */
  readonly url: string;
  /** The cache's name on that server. */
  readonly cache: string;
  /** Variable. */
  readonly token: string;
}

export interface CachixCache extends AnyCache {
  readonly kind: 'cachix';
  readonly cache: string;
  /** Variable. */
  readonly token: string;
  /** Variable, for a cache whose keys its owner keeps; `undefined`: Cachix signs. */
  readonly signingKey: string | undefined;
}

export interface FlakeHubCache extends AnyCache {
  readonly kind: 'flakehub';
}
