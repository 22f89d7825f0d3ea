import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { TomlTable, TomlValue } from 'smol-toml';

import { ancestors } from './cargo-config.ts';
import { isTable, ManifestReader } from './manifest.ts';
import type { CargoMetadata } from './metadata.ts';
import { type ReadSet, ReadSetBuilder } from './read-set.ts';

/**
 * What cargo read to answer. Packages of registries and git checkouts never change in place and are left out; path packages count
 * with their manifests, the manifests above them (one may be their workspace), and the places where cargo finds targets by itself.
 */
export function planningReads(options: {
  readonly metadata: CargoMetadata;
  /** The directory cargo was asked in. */
  readonly directory: string;
  /** Every configuration file looked for. */
  readonly configFiles: readonly string[];
}): ReadSet {
  const reads = new ReadSetBuilder();
  const { metadata, directory } = options;
  for (const path of options.configFiles) reads.content(path);
  for (const root of new Set([directory, metadata.workspaceRoot])) {
    reads.content(join(root, 'Cargo.lock')).content(join(root, 'Cargo.toml'));
    addManifestsAbove(root, reads);
  }
  addMemberGlobs(metadata.workspaceRoot, reads);
  for (const pkg of metadata.packages.values()) {
    if (pkg.source !== undefined) continue;
    const root = dirname(pkg.manifestPath);
    reads.content(pkg.manifestPath);
    addManifestsAbove(root, reads);
    addTargetDiscovery(root, reads);
  }
  return reads.finish();
}

/** A package's workspace is searched for in the directories above it; a manifest that appears there would change the answer. */
function addManifestsAbove(root: string, reads: ReadSetBuilder): void {
  for (const directory of ancestors(root)) reads.content(join(directory, 'Cargo.toml'));
}

/** Where cargo looks for targets that the manifest does not name (cargo `src/util/toml/targets.rs`, `infer_from_directory`). */
function addTargetDiscovery(root: string, reads: ReadSetBuilder): void {
  reads.existence(join(root, 'build.rs')).existence(join(root, 'src/lib.rs')).existence(join(root, 'src/main.rs'));
  for (const name of ['src/bin', 'tests', 'examples', 'benches']) {
    const directory = join(root, name);
    reads.listing(directory);
    for (const child of subdirectories(directory)) reads.existence(join(directory, child, 'main.rs'));
  }
}

/** `members`, `default-members` and `exclude` may hold globs: every directory they look into, and the manifests they look for. */
function addMemberGlobs(workspaceRoot: string, reads: ReadSetBuilder): void {
  const workspace = new ManifestReader().table(join(workspaceRoot, 'Cargo.toml'))?.['workspace'];
  if (!isTable(workspace)) return;
  for (const pattern of globsOf(workspace))
    addGlob({ directory: workspaceRoot, parts: pattern.split('/').filter((part) => part !== ''), reads });
}

function globsOf(workspace: TomlTable): readonly string[] {
  return [...stringsOf(workspace['members']), ...stringsOf(workspace['default-members'])].filter(isGlob);
}

function stringsOf(value: TomlValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

function addGlob(walk: { readonly directory: string; readonly parts: readonly string[]; readonly reads: ReadSetBuilder }): void {
  const { directory, parts, reads } = walk;
  const [part, ...rest] = parts;
  if (part === undefined) {
    reads.existence(join(directory, 'Cargo.toml'));
    return;
  }
  if (!isGlob(part)) {
    addGlob({ ...walk, directory: join(directory, part), parts: rest });
    return;
  }
  reads.listing(directory);
  // `**` matches any depth, none included; what lies deeper than the last named part is looked for there as well.
  if (part === '**') addGlob({ ...walk, parts: rest });
  for (const child of subdirectories(directory)) {
    addGlob({ ...walk, directory: join(directory, child), parts: part === '**' ? parts : rest });
  }
}

/** Names of the directories in a directory, hidden ones and build output left out; none when it is absent. */
function subdirectories(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.') && entry.name !== 'target')
    .map((entry) => entry.name);
}
