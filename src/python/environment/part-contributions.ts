import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { digestOf } from '../../model/digest.ts';
import { directoryDigest } from '../../model/tree.ts';
import type { Store } from '../../store/store.ts';
import { copyWritable } from '../../store/tree-copy.ts';
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
import { entryPointScript, rewrittenScript } from './launcher.ts';
import type { SiteLayout } from './site-layout.ts';

/** Content of `INSTALLER` (PEP 376). */
const INSTALLER = 'ferrule\n';

/** What one part brings, each contribution beginning at the environment's top. `undefined`: its tree is not in the store. */
export function partContributions(
  part: EnvironmentPart,
  options: { readonly store: Store; readonly layout: SiteLayout },
): readonly Contribution[] | undefined {
  const { store, layout } = options;
  const tree = mountTree(store, part.wheel.tree);
  if (tree === undefined) return undefined;
  const owner = part.origin.name;
  const own = (node: SourceNode): Contribution => ({ owner, node });
  const top = listingAt(tree, '').directories;
  const programs = new Map([...wheelScripts(tree, part.wheel.facts), ...launchers(part.wheel.facts)]);
  const found: Contribution[] = [own(madeAt(layout.sitePackages, { kind: 'made-directory', children: siteChildren(part, tree, store) }))];
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

function siteChildren(part: EnvironmentPart, tree: MountedTree, store: Store): ReadonlyMap<string, SourceNode> {
  const { distInfo } = part.wheel.facts;
  const site = listingAt(tree, '').directories.get('site');
  const all = site === undefined ? new Map<string, SourceNode>() : childrenOf({ kind: 'tree-directory', tree, path: 'site', digest: site });
  const metadata = all.get(distInfo);
  const children = new Map(part.kind === 'wheel' ? all : editableFiles(part));
  if (metadata?.kind === 'tree-directory') children.set(distInfo, installedMetadata({ part, tree, store }));
  return children;
}

/** `dist-info` as an installer leaves it: with `INSTALLER`, and `direct_url.json` where it did not come from an index. `RECORD` stays the wheel's. */
function installedMetadata(options: { readonly part: EnvironmentPart; readonly tree: MountedTree; readonly store: Store }): SourceNode {
  const { part, tree, store } = options;
  const path = `site/${part.wheel.facts.distInfo}`;
  const listed = listingAt(tree, path);
  const { directUrl } = part.origin;
  if (directUrl !== undefined) {
    const files = new Map(childrenOf({ kind: 'tree-directory', tree, path, digest: part.wheel.tree }));
    files.set('INSTALLER', madeText(INSTALLER));
    files.set('direct_url.json', madeText(directUrl, { portable: directUrl.replaceAll(/"file:[^"]*"/g, '"file:"') }));
    return { kind: 'made-directory', children: files };
  }
  const installer = { name: 'INSTALLER', digest: digestOf(INSTALLER), executable: false };
  const files = Array.from(listed.files, ([name, file]) => ({ name, ...file })).filter(({ name }) => name !== installer.name);
  const digest = directoryDigest({
    files: [...files, installer],
    directories: Array.from(listed.directories, ([name, below]) => ({ name, digest: below })),
    symlinks: Array.from(listed.symlinks, ([name, target]) => ({ name, target })),
  });
  const mounted = mountTree(store, digest) ?? makeMetadata({ source: `${tree.directory}/${path}`, store });
  return { kind: 'tree-directory', tree: mounted, path: '', digest };
}

/** Once for each wheel: a tree with its metadata and `INSTALLER`, so that every environment links to it. */
function makeMetadata({ source, store }: { readonly source: string; readonly store: Store }): MountedTree {
  const scratch = store.scratch();
  try {
    const copy = `${scratch.path}/dist-info`;
    copyWritable(source, copy);
    writeFileSync(`${copy}/INSTALLER`, INSTALLER);
    const mounted = mountTree(store, store.takeTree(copy));
    if (mounted === undefined) throw new Error('internal: a tree is gone right after it was kept');
    return mounted;
  } finally {
    scratch.dispose();
  }
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
