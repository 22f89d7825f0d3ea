import type { PythonStep } from '../../python-steps.ts';
import type { FetchedPath } from '../attributes.ts';
import { givenSteps, isGivenSteps } from '../given-steps.ts';
import type { SourcePiece } from '../source-pieces.ts';

/** What `ferrule.nix` hands to the runner of the Python half: Nix's structured attributes, of which these are ours. */
export interface PythonAttributes {
  readonly steps: readonly PythonStep[];
  /** Store paths of the node's needs, in its order. */
  readonly needs: readonly string[];
  /** Store paths of downloads by name. */
  readonly fetches: Readonly<Record<string, FetchedPath>>;
  /** Parts of the repository, in the node's order. */
  readonly sources: readonly (readonly SourcePiece[])[];
  /** `null`: no interpreter is started. */
  readonly python: { readonly version: string; /** Absolute. */ readonly prefix: string } | null;
  /** How libraries and programs are made to run here; `null`: as they are. */
  readonly patch: PatchTools | null;
  /** Directories of libraries that overrides add. */
  readonly libraries: readonly string[];
  /** Directories for `PATH`, in order. */
  readonly path: readonly string[];
  /** Directories with `.pc` files. */
  readonly pkgConfig: readonly string[];
  /** Variables for whatever compiles or links. */
  readonly variables: Readonly<Record<string, string>>;
  readonly outputs: { readonly out: string };
}

/** Of a package set whose libraries are not where other Linuxes have them. */
export interface PatchTools {
  /** Absolute path of the program. */
  readonly patchelf: string;
  /** Absolute path of the dynamic linker. */
  readonly loader: string;
  /** Directories of the C library, which every interpreter has loaded already. */
  readonly libc: readonly string[];
  /** Directories of the libraries that wheels may expect, by the name of the policy: `manylinux2014`. */
  readonly manylinux: Readonly<Record<string, readonly string[]>>;
}

/** Reads the attributes; throws when `ferrule.nix` and the runner do not belong together. */
export function parsePythonAttributes(text: string): PythonAttributes {
  const given: unknown = JSON.parse(text);
  const value = typeof given === 'object' && given !== null && isGivenSteps(given) ? { ...given, steps: givenSteps(given) } : given;
  if (!isAttributes(value)) throw new Error('`ferrule.nix` and its runner are of different versions: run `ferrule nix export`');
  return value;
}

/** The plan was written by the same Ferrule as the runner: its parts are what the types say. */
function isAttributes(value: unknown): value is PythonAttributes {
  if (typeof value !== 'object' || value === null) return false;
  return 'steps' in value && 'needs' in value && 'fetches' in value && 'sources' in value && 'python' in value && 'patch' in value;
}
