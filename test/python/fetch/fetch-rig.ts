import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import { printDiagnostic } from '../../../src/diagnostics/print.ts';
import type { Artifact, ArtifactHash } from '../../../src/python/artifact.ts';
import { ArtifactFetcher, type FetchedArtifact, type FetcherOptions } from '../../../src/python/fetch/artifact-fetcher.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import { storeRig } from '../../store/rig.ts';

export interface FetchRig {
  readonly store: DirectoryStore;
  readonly fetcher: ArtifactFetcher;
  /** Milliseconds that it wanted to wait, in order; it did not. */
  readonly pauses: number[];
  /** Bytes received, by file, as told last. */
  readonly progress: Map<string, { readonly received: number; readonly total: number | undefined }>;
  readonly stop: () => void;
}

export function fetchRig(options: Partial<FetcherOptions> & { readonly store?: DirectoryStore } = {}): FetchRig {
  const store = options.store ?? storeRig().store;
  const pauses: number[] = [];
  const progress: FetchRig['progress'] = new Map();
  const stopping = new AbortController();
  const fetcher = new ArtifactFetcher({
    environment: {},
    offline: false,
    signal: stopping.signal,
    onProgress: ({ file, received, total }) => progress.set(file, { received, total }),
    now: () => 1_800_000_000_000,
    wait: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
    ...options,
    store,
  });
  return { store, fetcher, pauses, progress, stop: () => stopping.abort() };
}

/** An artifact as a lock has it. `index`: of the index that lists it. */
export function artifactAt(
  url: string,
  options: {
    readonly bytes?: Buffer;
    readonly algorithm?: ArtifactHash['algorithm'];
    readonly index?: string;
    readonly size?: number | undefined;
  } = {},
): Artifact {
  const { bytes, algorithm = 'sha256', index } = options;
  return {
    filename: decodeURIComponent(new URL(url).pathname.split('/').pop() ?? ''),
    location: { kind: 'url', url, index },
    hash:
      bytes === undefined
        ? undefined
        : {
            algorithm,
            hex: createHash(algorithm === 'blake2b' ? 'blake2b512' : algorithm)
              .update(bytes)
              .digest('hex'),
          },
    size: 'size' in options ? options.size : bytes?.length,
  };
}

/** Bytes of what was fetched. */
export function bytesOf(result: Result<FetchedArtifact>): Buffer {
  if (!result.ok) throw new Error(told(result));
  return readFileSync(result.value.path);
}

/** What the user is told, with the server's port left out. */
export function told(result: Result<FetchedArtifact>): string {
  if (result.ok) throw new Error('it did not fail');
  return result.diagnostics
    .map((diagnostic) => printDiagnostic(diagnostic, { colour: false }).replaceAll(/127\.0\.0\.1:\d+/g, 'HOST'))
    .join('\n');
}
