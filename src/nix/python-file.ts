import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { parseSha256 } from '../model/digest.ts';
import type { Artifact } from '../python/artifact.ts';
import type { Store } from '../store/store.ts';
import type { PackageOrigins } from './package-origins.ts';
import { type NixPlanBuilder, storeName } from './plan-builder.ts';

/** Where a plan has a file that a lock names. */
export type PlannedFile =
  | { readonly kind: 'fetch'; readonly fetch: string }
  | { readonly kind: 'source'; readonly source: string; /** Relative to the root. */ readonly file: string };

/**
 * A wheel or source distribution as a fixed output by the lock's own hash, or as a file of the repository. F1161: the lock has no sha256
 * for it, or it lies outside the repository.
 */
export function plannedFile(options: {
  readonly artifact: Artifact;
  readonly label: string;
  readonly builder: NixPlanBuilder;
  readonly origins: PackageOrigins;
  readonly store: Pick<Store, 'blobPath'>;
  /** Absolute. */
  readonly repositoryRoot: string;
}): Result<PlannedFile> {
  const { artifact, label, builder, origins, store, repositoryRoot } = options;
  const { location, filename, hash, size } = artifact;
  if (location.kind === 'path') {
    const file = relative(repositoryRoot, location.path);
    if (file.startsWith('..') || !existsSync(location.path)) return fail(notFixed(label, 'it is a file outside the repository', filename));
    return ok({ kind: 'source', source: builder.source({ keep: [file], drop: [] }), file });
  }
  const sha256 = hash?.algorithm === 'sha256' ? parseSha256(hash.hex) : undefined;
  if (sha256 === undefined) return fail(notFixed(label, 'the lock has no sha256 of it', filename));
  const fetch = { kind: 'file', name: storeName(filename), url: location.url.replace(/#.*$/, ''), sha256 } as const;
  if (size !== undefined) origins.file(fetch, store.blobPath({ hash: sha256, size }, false));
  return ok({ kind: 'fetch', fetch: builder.fetch(fetch) });
}

function notFixed(label: string, reason: string, filename: string): Diagnostic {
  return {
    code: 'F1161',
    severity: 'error',
    blame: 'input',
    message: `Nix cannot fetch \`${label}\`: ${reason}`,
    facts: [['file', filename]],
    hints: ['lock it from an index that gives sha256 hashes, or put the file into the repository'],
  };
}
