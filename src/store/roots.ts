import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parseSha256, type Sha256, sha256Of } from '../model/digest.ts';
import { makeDirectory } from './make-directory.ts';
import { removeFile } from './removal.ts';
import { StoreFailure } from './store.ts';
import type { StoreLayout } from './store-layout.ts';
import { unlessFailing } from './system-error.ts';

/** Codes that say a link is not there, or is none. */
const NO_LINK = ['ENOENT', 'ENOTDIR', 'EINVAL', 'ELOOP'];

/**
 * Points the user's symlink `link` at `target`, atomically. Only a link that points into a store is replaced, Nix's included, where the
 * other engine's results are: anything else at that place is the user's, and `EEXIST` is reported. A link that is right already is left
 * alone, so that its directory stays unchanged. Directories above it are made.
 */
export function replaceLink(link: string, target: string): void {
  if (!isAbsolute(link)) throw new Error(`internal: result link \`${link}\` is not absolute`);
  const state = lstatSync(link, { throwIfNoEntry: false });
  if (state?.isSymbolicLink() === true && readlinkSync(link) === target) return;
  if (state !== undefined && !(state.isSymbolicLink() && pointsIntoStore(link))) {
    throw new StoreFailure({ path: link, systemCode: 'EEXIST', cause: undefined });
  }
  makeDirectory(dirname(link));
  const beside = `${link}.${randomBytes(4).toString('hex')}.tmp`;
  symlinkSync(target, beside);
  try {
    renameSync(beside, link);
  } catch (error) {
    removeFile(beside);
    throw error;
  }
}

/** Remembers a user's link, as Nix's indirect roots do: what it points to is kept until it points elsewhere or is removed. */
export function registerRoot(layout: StoreLayout, link: string): void {
  unlessFailing(['EEXIST'], () => symlinkSync(link, `${layout.roots}/${sha256Of(link)}`));
}

export interface Roots {
  /** Trees that living links point to. */
  readonly trees: ReadonlySet<Sha256>;
  /** Environments that living links point to. */
  readonly environments: ReadonlySet<Sha256>;
  /** Files below `roots/` whose link is gone or points elsewhere. */
  readonly dead: readonly string[];
}

export function readRoots(layout: StoreLayout): Roots {
  const trees = new Set<Sha256>();
  const environments = new Set<Sha256>();
  const dead: string[] = [];
  for (const name of readdirSync(layout.roots)) {
    const root = `${layout.roots}/${name}`;
    const target = rootTarget(root);
    const tree = target === undefined ? undefined : entryBelow(layout.trees, target);
    const environment = target === undefined ? undefined : entryBelow(layout.environments, target);
    if (tree !== undefined) trees.add(tree);
    else if (environment !== undefined) environments.add(environment);
    else dead.push(root);
  }
  return { trees, environments, dead };
}

/** Where a remembered link points to; `undefined`: it is gone. */
function rootTarget(root: string): string | undefined {
  return unlessFailing(NO_LINK, () => {
    const link = readlinkSync(root);
    return resolve(dirname(link), readlinkSync(link));
  });
}

/** The entry in or below which a path lies; `undefined`: it lies elsewhere. */
function entryBelow(directory: string, path: string): Sha256 | undefined {
  return path.startsWith(`${directory}/`) ? parseSha256(path.slice(directory.length + 1).split('/')[1] ?? '') : undefined;
}

/** Into a store of ours, or into Nix's: there the Nix engine leaves its results. */
function pointsIntoStore(link: string): boolean {
  const target = readlinkSync(link);
  return /\/v[0-9]+\/(?:trees|environments)\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(target) || /^\/nix\/store\/[0-9a-z]{32}-[^/]+$/.test(target);
}
