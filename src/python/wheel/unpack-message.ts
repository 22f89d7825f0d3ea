import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { WheelArchive } from './unpack-wheel.ts';

/** What a thread that unpacks is told when it starts. */
export interface UnpackThreadData {
  /** Absolute directory of the store. */
  readonly store: string;
}

/** `close`: there is nothing more to do. */
export type UnpackQuestion = Pick<WheelArchive, 'path' | 'digest' | 'filename'> | 'close';

/** How unpacking one wheel ended. */
export type UnpackAnswer =
  /** It is in the store, and remembered. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  /** The disk failed: a `StoreFailure`. */
  | { readonly kind: 'disk'; readonly path: string; readonly systemCode: string }
  /** A defect of ours. */
  | { readonly kind: 'defect'; readonly stack: string };
