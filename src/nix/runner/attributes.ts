import type { NixStep } from '../plan-file.ts';
import { givenSteps, isGivenSteps } from './given-steps.ts';
import type { SourcePiece } from './source-pieces.ts';

/** What `ferrule.nix` hands to the runner: Nix's structured attributes, of which these are ours. */
export interface RunnerAttributes {
  readonly steps: readonly NixStep[];
  /** Store paths of the node's needs, in its order. */
  readonly needs: readonly string[];
  /** Store paths of downloads by name. */
  readonly fetches: Readonly<Record<string, FetchedPath>>;
  /** Parts of the repository, in the node's order. */
  readonly sources: readonly (readonly SourcePiece[])[];
  /** Store path of the toolchain; `null`: none is needed. */
  readonly toolchain: string | null;
  /** Directories for `PATH`, in order. */
  readonly path: readonly string[];
  /** Directories with `.pc` files. */
  readonly pkgConfig: readonly string[];
  /** Variables for whatever compiles or links, such as `NIX_LDFLAGS`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly outputs: { readonly out: string };
}

export interface FetchedPath {
  readonly kind: 'crate' | 'git' | 'file';
  readonly path: string;
  /** `NAME-VERSION` of a crate: the one directory in its archive. */
  readonly top?: string;
}

/** Reads the attributes; throws when `ferrule.nix` and the runner do not belong together. */
export function parseAttributes(text: string): RunnerAttributes {
  const given: unknown = JSON.parse(text);
  const value = typeof given === 'object' && given !== null && isGivenSteps(given) ? { ...given, steps: givenSteps(given) } : given;
  if (!isAttributes(value)) throw new Error('`ferrule.nix` and its runner are of different versions: run `ferrule nix export`');
  return value;
}

/** The plan was written by the same Ferrule as the runner: its parts are what the types say. */
function isAttributes(value: unknown): value is RunnerAttributes {
  if (typeof value !== 'object' || value === null) return false;
  return 'steps' in value && 'needs' in value && 'fetches' in value && 'sources' in value && 'outputs' in value && 'path' in value;
}
