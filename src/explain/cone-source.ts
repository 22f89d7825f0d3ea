import { statSync } from 'node:fs';
import { archiveOf } from '../plan/package-trees.ts';
import type { RustNode } from '../plan/rust-graph.ts';

/**
 * | kind | comes from |
 * |---|---|
 * | `workspace` | the repository |
 * | `registry`, `git` | crates |
 * | `wheel` | an index, as it is |
 * | `built` | a Python project or source distribution, built here |
 * | `environment` | composed here |
 */
export type PackageKind = 'workspace' | 'registry' | 'git' | 'wheel' | 'built' | 'environment';

/** Where a node's package comes from, and how large its archive is. */
export function packageSource(node: { readonly rust: RustNode | undefined; readonly verb: string; readonly bytes: number | undefined }): {
  readonly kind: PackageKind;
  readonly bytes: number | undefined;
} {
  const { rust, verb, bytes } = node;
  if (rust === undefined) return { kind: verb === 'fetch' ? 'wheel' : verb === 'compose' ? 'environment' : 'built', bytes };
  const pkg = rust.unit.unit.package;
  if (pkg.source.kind !== 'registry') return { kind: pkg.source.kind === 'git' ? 'git' : 'workspace', bytes: undefined };
  const archive = archiveOf(pkg);
  const state = archive === undefined ? undefined : statSync(archive, { throwIfNoEntry: false });
  return { kind: 'registry', bytes: state?.size };
}
