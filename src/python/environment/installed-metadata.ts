import { basename, dirname } from 'node:path';
import type { Store } from '../../store/store.ts';
import type { EnvironmentPart } from '../environment.ts';
import { childrenOf, type MadeDirectory, madeText, type SourceFile, type SourceNode, type TreeDirectory } from './contribution.ts';
import type { InstalledDigests } from './installed-digests.ts';

/** Content of `INSTALLER` (PEP 376). */
const INSTALLER = 'ferrule\n';

/**
 * `dist-info` as an installer leaves it: with `INSTALLER`, and `direct_url.json` where it did not come from an index. `RECORD` stays the
 * wheel's. A real directory of real files, for uv passes over links here (uv `crates/uv-installer/src/site_packages.rs`).
 */
export function installedMetadata(options: {
  readonly part: EnvironmentPart;
  readonly metadata: TreeDirectory;
  /** Of {@link installerFile}. */
  readonly installer: SourceFile;
  readonly digests: InstalledDigests;
}): MadeDirectory {
  const { part, metadata, installer, digests } = options;
  const { directUrl } = part.origin;
  let children: ReadonlyMap<string, SourceNode> | undefined;
  const directory = `${metadata.tree.directory}/${metadata.path}`;
  const isCommon = directUrl === undefined && installer.kind === 'tree-file';
  return {
    kind: 'made-directory',
    get children() {
      return (children ??= installedFiles(options));
    },
    ...(isCommon && {
      known: {
        digests: (compute) => digests.of(`${installer.digest.hash} ${metadata.digest.hash} ${directory}`, compute),
        sources: [directory, `${installer.tree.directory}/${installer.path}`],
      },
    }),
  };
}

function installedFiles({ part, metadata, installer }: Parameters<typeof installedMetadata>[0]): ReadonlyMap<string, SourceNode> {
  const { directUrl } = part.origin;
  const children = new Map<string, SourceNode>();
  for (const [name, node] of childrenOf(metadata)) children.set(name, node.kind === 'tree-file' ? { ...node, use: 'file' } : node);
  children.set('INSTALLER', installer);
  if (directUrl !== undefined) {
    children.set('direct_url.json', madeText(directUrl, { portable: directUrl.replaceAll(/"file:[^"]*"/g, '"file:"') }));
  }
  return children;
}

/** `INSTALLER`: one file of the store that all environments share. */
export function installerFile(store: Store): SourceFile {
  const digest = store.putBlob(INSTALLER);
  const path = store.blobPath(digest, false);
  if (path === undefined) return madeText(INSTALLER);
  return {
    kind: 'tree-file',
    tree: { directory: dirname(path), listing: noListing },
    path: basename(path),
    digest,
    executable: false,
    use: 'file',
  };
}

function noListing(): never {
  throw new Error('internal: a blob has no listing');
}
