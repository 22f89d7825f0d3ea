import type { Digest } from '../../model/digest.ts';

/** A file of a wheel that is being put together. */
export type WheelFile = {
  /** 0755 in the archive, else 0644. */
  readonly executable: boolean;
} & (
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** In the store. */
  | { readonly kind: 'blob'; readonly digest: Digest }
);

/** Files of a wheel by path in the archive: relative, `/`-separated, without `.` and `..`. */
export type WheelFiles = ReadonlyMap<string, WheelFile>;

export function textFile(text: string): WheelFile {
  return { kind: 'bytes', bytes: Buffer.from(text, 'utf8'), executable: false };
}
