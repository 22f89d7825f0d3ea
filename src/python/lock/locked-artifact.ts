import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Artifact, ArtifactHash, ArtifactLocation } from '../artifact.ts';
import { isTable, textOf, type TomlTable } from '../project/toml-reader.ts';
import { isAddress } from './locked-source.ts';

/** What a file's own table leaves open. */
export interface ArtifactContext {
  /** Absolute directory that relative paths start from. */
  readonly directory: string;
  /** Address of the index that lists it; `undefined`: none. */
  readonly index: string | undefined;
  /** Where the file is when its table does not say: the address or path of a direct source. */
  readonly fallback: string | undefined;
}

/** A file as a lock has it, by its name. */
export interface LockedFile {
  readonly filename: string;
  readonly table: TomlTable;
}

/**
 * A wheel or source distribution by its table in a lock: `{ url | path | filename, … }`. `undefined`: the table does not say where
 * the file is.
 */
export function lockedFile(table: unknown, { fallback }: ArtifactContext): LockedFile | undefined {
  if (!isTable(table)) return undefined;
  const named = textOf(table, 'filename') ?? textOf(table, 'name');
  if (named !== undefined) return { filename: named, table };
  const place = textOf(table, 'url') ?? textOf(table, 'path') ?? fallback;
  return place === undefined ? undefined : { filename: filenameOf(place), table };
}

/** Everything that a lock says of a file: `{ hash | hashes, size }`. */
export function readArtifact({ filename, table }: LockedFile, context: ArtifactContext): Artifact {
  const place = textOf(table, 'url') ?? textOf(table, 'path') ?? context.fallback ?? filename;
  const size = table['size'];
  return {
    filename,
    location: locationOf(place, context),
    hash: readHash(table),
    size: typeof size === 'number' ? size : undefined,
  };
}

function locationOf(place: string, { directory, index }: ArtifactContext): ArtifactLocation {
  if (place.startsWith('file://')) return { kind: 'path', path: fileURLToPath(withoutFragment(place)) };
  if (isAddress(place)) return { kind: 'url', url: place, index };
  return { kind: 'path', path: resolve(directory, place) };
}

/** The last segment, percent-decoded; an address may end in a query and a fragment. */
export function filenameOf(place: string): string {
  if (!isAddress(place)) return place.slice(place.lastIndexOf('/') + 1);
  const address = withoutFragment(place);
  const last = address.slice(address.lastIndexOf('/') + 1);
  if (!last.includes('%')) return last;
  try {
    return decodeURIComponent(last);
  } catch (error) {
    if (error instanceof URIError) return last;
    throw error;
  }
}

function withoutFragment(address: string): string {
  const end = address.search(/[?#]/);
  return end === -1 ? address : address.slice(0, end);
}

/** By preference: the first that a lock gives is used. */
const ALGORITHMS: readonly ArtifactHash['algorithm'][] = ['sha256', 'sha384', 'sha512', 'blake2b', 'md5'];

/** `hash = "sha256:…"` in uv's locks, `hashes = { sha256 = "…" }` in those of PEP 751. */
function readHash(table: TomlTable): ArtifactHash | undefined {
  const single = textOf(table, 'hash');
  if (single !== undefined) return hashOf(single.slice(0, single.indexOf(':')), single.slice(single.indexOf(':') + 1));
  const hashes = table['hashes'];
  if (typeof hashes !== 'object' || hashes === null) return undefined;
  const byName = new Map(Object.entries(hashes));
  for (const algorithm of ALGORITHMS) {
    const hex: unknown = byName.get(algorithm);
    if (typeof hex === 'string') return hashOf(algorithm, hex);
  }
  return undefined;
}

function hashOf(name: string, hex: string): ArtifactHash | undefined {
  const algorithm = ALGORITHMS.find((known) => known === name);
  return algorithm === undefined ? undefined : { algorithm, hex: hex.toLowerCase() };
}
