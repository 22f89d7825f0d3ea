import { existsSync } from 'node:fs';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { type Digest, formatDigest } from '../model/digest.ts';
import type { FerruleLock } from '../repository/ferrule-lock.ts';
import type { Store } from '../store/store.ts';
import { copyCheckout } from './checkout-files.ts';
import { formatTree, parseTree } from './tree-memory.ts';

export interface GitTreeOptions {
  readonly store: Store;
  /** As `Cargo.lock` has it, without query and fragment. */
  readonly url: string;
  /** Full commit. */
  readonly revision: string;
  /** Absolute root of cargo's checkout. */
  readonly checkout: string;
  /** `undefined`: there is no `ferrule.lock`, and the commit alone vouches for the content. */
  readonly lock: FerruleLock | undefined;
}

/**
 * A git dependency's whole checkout as a tree: without `.git` anywhere (submodules have their own) and without cargo's marker.
 * Remembered by url and commit. F0313: not the content that `ferrule.lock` has. F0314 (warning): links that lead out. F0317: no checkout.
 */
export function gitTree(options: GitTreeOptions): Result<Digest> {
  const note = options.store.getNote('git-trees', noteKey(options));
  const known = note === undefined ? undefined : parseTree(note);
  const remembered = known !== undefined && options.store.treePath(known) !== undefined ? known : undefined;
  if (remembered !== undefined) return compare(options, remembered, []);
  if (!existsSync(options.checkout)) return fail(noCheckout(options));
  const { entries, strayLinks } = copyCheckout({
    store: options.store,
    directory: options.checkout,
    skip: (path, name) => name === '.git' || path === '.cargo-ok',
  });
  const tree = options.store.makeTree(entries);
  options.store.putNote('git-trees', noteKey(options), formatTree(tree));
  return compare(options, tree, strayLinks);
}

function noteKey(options: GitTreeOptions): string {
  return `${options.url}#${options.revision}`;
}

function compare(options: GitTreeOptions, tree: Digest, strayLinks: readonly string[]): Result<Digest> {
  const locked = options.lock?.git.find((entry) => entry.url === options.url && entry.revision === options.revision);
  if (locked !== undefined && locked.tree !== tree.hash) return fail(mismatch(options, `sha256:${locked.tree}`, formatDigest(tree)));
  return ok(tree, strayLinks.length === 0 ? [] : [strayLinkWarning(options, strayLinks)]);
}

function mismatch(options: GitTreeOptions, expected: string, found: string): Diagnostic {
  return {
    code: 'F0313',
    severity: 'error',
    blame: 'input',
    message: `the checkout of \`${options.url}\` is not the one in \`ferrule.lock\``,
    facts: [
      ['commit', options.revision],
      ['locked', expected],
      ['found', found],
    ],
    hints: [`remove \`${options.checkout}\` and build again; if the content is right, run \`ferrule lock\``],
  };
}

function strayLinkWarning(options: GitTreeOptions, strayLinks: readonly string[]): Diagnostic {
  return {
    code: 'F0314',
    severity: 'warning',
    blame: 'input',
    message: `links in \`${options.url}\` lead out of the checkout and are left out`,
    facts: strayLinks.map((link): [string, string] => ['link', link]),
  };
}

function noCheckout(options: GitTreeOptions): Diagnostic {
  return {
    code: 'F0317',
    severity: 'error',
    blame: 'input',
    message: `cargo has not checked out \`${options.url}\``,
    facts: [
      ['commit', options.revision],
      ['expected at', options.checkout],
    ],
    hints: ['run `cargo fetch --locked`'],
  };
}
