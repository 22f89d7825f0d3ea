/** A file that a lock names: a wheel or a source distribution. */
export interface Artifact {
  /** Last segment of the address, percent-decoded, without query and fragment. */
  readonly filename: string;
  readonly location: ArtifactLocation;
  /** `undefined`: the lock has none, and what arrives is recorded as it is. */
  readonly hash: ArtifactHash | undefined;
  /** Bytes; `undefined`: the lock does not say. */
  readonly size: number | undefined;
}

export type ArtifactLocation =
  /** `index`: address of the index that lists it, for its credentials; `undefined` for a direct address. */
  | { readonly kind: 'url'; readonly url: string; readonly index: string | undefined }
  | { readonly kind: 'path'; /** Absolute. */ readonly path: string };

export interface ArtifactHash {
  readonly algorithm: 'sha256' | 'sha384' | 'sha512' | 'blake2b' | 'md5';
  /** Lower-case hexadecimal. */
  readonly hex: string;
}
