import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Store } from '../../store/store.ts';
import type { ListedFile } from '../../store/tree-listing.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { EnvironmentPart } from '../environment.ts';
import type { WheelFacts } from '../wheel.ts';
import {
  childrenOf,
  type Contribution,
  listingAt,
  madeAt,
  madeText,
  type MountedTree,
  type SourceFile,
  type SourceNode,
} from './contribution.ts';
import { editableFiles } from './editable.ts';
import type { InstalledDigests } from './installed-digests.ts';
import { installedMetadata } from './installed-metadata.ts';
import { entryPointScript, rewrittenScript } from './launcher.ts';
import type { SiteLayout } from './site-layout.ts';

/** What one part brings, each contribution beginning at the environment's top. `undefined`: its tree is not in the store. */
export function partContributions(
  part: EnvironmentPart,
  options: { readonly store: Store; readonly layout: SiteLayout; readonly installer: SourceFile; readonly digests: InstalledDigests },
): readonly Contribution[] | undefined {
  const { store, layout, installer, digests } = options;
  const tree = mountTree(store, part.wheel.tree);
  if (tree === undefined) return undefined;
  const owner = part.origin.name;
  const own = (node: SourceNode): Contribution => ({ owner, node });
  const top = listingAt(tree, '').directories;
  const programs = new Map([...wheelScripts(tree, part.wheel.facts), ...launchers(part.wheel.facts)]);
  const found: Contribution[] = [
    own(madeAt(layout.sitePackages, { kind: 'made-directory', children: siteChildren({ part, tree, installer, digests }) })),
  ];
  if (programs.size > 0) found.push(own(madeAt('bin', { kind: 'made-directory', children: programs })));
  const headers = top.get('headers');
  if (headers !== undefined)
    found.push(own(madeAt(`${layout.headers}/${owner}`, { kind: 'tree-directory', tree, path: 'headers', digest: headers })));
  const data = top.get('data');
  if (data !== undefined)
    found.push(...dataContributions(owner, childrenOf({ kind: 'tree-directory', tree, path: 'data', digest: data }), layout));
  return found;
}

/** Where a path of a wheel's tree stands in an environment; `undefined`: nowhere. */
export function placeOf(path: string, layout: SiteLayout, owner: DistributionName): string | undefined {
  const slash = path.indexOf('/');
  const rest = path.slice(slash + 1);
  switch (path.slice(0, slash)) {
    case 'site':
      return `${layout.sitePackages}/${rest}`;
    case 'scripts':
      return `bin/${rest}`;
    case 'headers':
      return `${layout.headers}/${owner}/${rest}`;
    case 'data':
      return layout.hasLib64 ? rest.replace(/^lib64\//, 'lib/') : rest;
    default:
      return undefined;
  }
}

function mountTree(store: Store, digest: EnvironmentPart['wheel']['tree']): MountedTree | undefined {
  const directory = store.treePath(digest);
  if (directory === undefined) return undefined;
  let listing: ReturnType<Store['listTree']>;
  return {
    directory,
    listing: () => {
      listing ??= store.listTree(digest);
      if (listing === undefined) throw new Error(`internal: tree ${digest.hash} is gone while it is used`);
      return listing;
    },
  };
}

function siteChildren({
  part,
  tree,
  installer,
  digests,
}: {
  readonly part: EnvironmentPart;
  readonly tree: MountedTree;
  readonly installer: SourceFile;
  readonly digests: InstalledDigests;
}): ReadonlyMap<string, SourceNode> {
  const { distInfo } = part.wheel.facts;
  const site = listingAt(tree, '').directories.get('site');
  const all = site === undefined ? new Map<string, SourceNode>() : childrenOf({ kind: 'tree-directory', tree, path: 'site', digest: site });
  const metadata = all.get(distInfo);
  const children = new Map(part.kind === 'wheel' ? all : editableFiles(part));
  if (metadata?.kind === 'tree-directory') children.set(distInfo, installedMetadata({ part, metadata, installer, digests }));
  return children;
}

/** The wheel's own scripts. Those that are entry points as well are left to the launchers (uv `install_script`). */
function wheelScripts(tree: MountedTree, facts: WheelFacts): readonly (readonly [string, SourceFile])[] {
  if (!listingAt(tree, '').directories.has('scripts')) return [];
  const declared = new Set([...facts.entryPoints.console, ...facts.entryPoints.gui].map(({ name }) => name));
  const scripts: (readonly [string, SourceFile])[] = [];
  for (const [name, file] of listingAt(tree, 'scripts').files) {
    if (!declared.has(name)) scripts.push([name, wheelScript(tree, name, file)]);
  }
  return scripts;
}

function wheelScript(tree: MountedTree, name: string, file: ListedFile): SourceFile {
  const path = `scripts/${name}`;
  const source = `${tree.directory}/${path}`;
  const text = startsAsPython(source) ? rewrittenScript(readFileSync(source, 'utf8')) : undefined;
  return text === undefined ? { kind: 'tree-file', tree, path, use: 'program', ...file } : madeText(text, { executable: true });
}

function startsAsPython(path: string): boolean {
  const start = Buffer.alloc(8);
  const descriptor = openSync(path, 'r');
  try {
    return start.subarray(0, readSync(descriptor, start)).toString('latin1') === '#!python';
  } finally {
    closeSync(descriptor);
  }
}

function launchers({ entryPoints }: WheelFacts): readonly (readonly [string, SourceFile])[] {
  return [...entryPoints.gui, ...entryPoints.console].map((entry) => [entry.name, madeText(entryPointScript(entry), { executable: true })]);
}

/** `.data/data` goes to the top; its `lib64` is our `lib`, to which that name leads. */
function dataContributions(
  owner: DistributionName,
  children: ReadonlyMap<string, SourceNode>,
  layout: SiteLayout,
): readonly Contribution[] {
  return Array.from(children, ([name, node]) => ({ owner, node: madeAt(name === 'lib64' && layout.hasLib64 ? 'lib' : name, node) }));
}
