import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { compareBytes } from '../model/wire.ts';
import type { FerruleLock } from '../repository/ferrule-lock.ts';
import type { Package } from '../rust/unit.ts';
import { gitTree } from '../source/git-tree.ts';
import { isVendored } from '../source/vendored-tree.ts';
import type { Store } from '../store/store.ts';
import { narSha256 } from './nar.ts';
import { storeName } from './plan-builder.ts';
import type { NixFetch, NixSource } from './plan-file.ts';
import { sourceRule } from './source-rule.ts';

/** Where a package that is not the repository's own comes from. */
export type PackageOrigin =
  | { readonly kind: 'fetched'; readonly fetch: NixFetch; /** Absolute path of it on this machine. */ readonly at: string }
  /** In a directory source of the repository, relative to its root. */
  | { readonly kind: 'vendored'; readonly directory: string };

type GitSource = Pick<Extract<Package['source'], { kind: 'git' }>, 'url' | 'revision' | 'checkout'>;

export interface PackageOriginsOptions {
  readonly store: Store;
  readonly lock: FerruleLock | undefined;
  /** Absolute. */
  readonly repositoryRoot: string;
  /** Files of a directory by git's rules, nested packages included; relative to that directory. */
  readonly visible: (directory: string) => readonly string[];
}

/** Answers where packages come from, and which files of the repository are theirs. */
export class PackageOrigins {
  readonly #options: PackageOriginsOptions;
  readonly #templates = new Map<string, string | undefined>();
  readonly #hashes = new Map<string, Result<NixFetch & { readonly kind: 'git' }>>();
  readonly #visible = new Map<string, readonly string[]>();
  /** Files by the rule that was made for them. */
  readonly #selected = new Map<string, readonly string[]>();
  /** Downloads by the name of their content, with where they are on this machine. */
  readonly present = new Map<string, { readonly fetch: NixFetch; readonly at: string }>();

  constructor(options: PackageOriginsOptions) {
    this.#options = options;
  }

  of(pkg: Package): Result<PackageOrigin> {
    const origin = this.#find(pkg);
    if (origin.ok && origin.value.kind === 'fetched') this.present.set(JSON.stringify(origin.value.fetch), origin.value);
    return origin;
  }

  /** The rule that selects a unit's files of a package of the repository. */
  rule(pkg: Package, files: readonly string[]): NixSource {
    return this.#remembered(files, [relative(this.#options.repositoryRoot, pkg.root)], this.#visibleIn(pkg.root));
  }

  /**
   * The rule that selects a project's files, relative to the root. `isWhole`: whatever comes into its directory is one of them too; else
   * what comes into those of its directories that have any.
   */
  projectRule(project: { readonly directory: string; readonly isWhole: boolean }, files: readonly string[]): NixSource {
    const below = relative(this.#options.repositoryRoot, project.directory);
    const visible = this.#visibleIn(project.directory);
    if (project.isWhole) return this.#remembered(files, [below], visible);
    const prefix = below === '' ? '' : `${below}/`;
    const parts = files.filter((file) => file.startsWith(prefix) && file.slice(prefix.length).includes('/'));
    const directories = new Set(parts.map((file) => `${prefix}${file.slice(prefix.length).split('/', 1)[0] ?? ''}`));
    return this.#remembered(files, [...directories], visible);
  }

  /** The rule that selects files, and whatever comes into some directories, which are absolute. */
  directoriesRule(directories: readonly string[], files: readonly string[]): NixSource {
    const own = [...new Set(directories)];
    const below = own.map((directory) => relative(this.#options.repositoryRoot, directory));
    return this.#remembered(
      files,
      below,
      own.flatMap((directory) => this.#visibleIn(directory)),
    );
  }

  /** A rule that keeps directories, without what of the visible was not meant. */
  #remembered(files: readonly string[], directories: readonly string[], visible: readonly string[]): NixSource {
    const rules = directories.map((packageDirectory) => {
      const own = files.filter((file) => isIn(file, packageDirectory));
      return sourceRule({ files: own, visible: visible.filter((file) => isIn(file, packageDirectory)), packageDirectory });
    });
    const others = files.filter((file) => !directories.some((directory) => isIn(file, directory)));
    const keep = [...rules.flatMap((rule) => rule.keep), ...others].toSorted(compareBytes);
    const rule = { keep, drop: rules.flatMap(({ drop }) => drop).toSorted(compareBytes) };
    this.#selected.set(JSON.stringify(rule), files);
    return rule;
  }

  /** By git's rules, relative to the repository's root. */
  #visibleIn(root: string): readonly string[] {
    const directory = relative(this.#options.repositoryRoot, root);
    const known = this.#visible.get(root) ?? this.#options.visible(root).map((path) => (directory === '' ? path : `${directory}/${path}`));
    this.#visible.set(root, known);
    return known;
  }

  /** A directory of a directory source, whole. */
  vendored(directory: string): NixSource {
    const rule = { keep: [directory], drop: [] };
    const files = this.#options.visible(join(this.#options.repositoryRoot, directory));
    this.#selected.set(
      JSON.stringify(rule),
      files.map((file) => `${directory}/${file}`),
    );
    return rule;
  }

  /** The files that a rule was made for, or that it names one by one. */
  filesOf(rule: NixSource): readonly string[] {
    return this.#selected.get(JSON.stringify(rule)) ?? rule.keep;
  }

  #find(pkg: Package): Result<PackageOrigin> {
    const { source } = pkg;
    const vendored = relative(this.#options.repositoryRoot, pkg.root);
    if (isVendored(pkg.root) && !vendored.startsWith('..')) return ok({ kind: 'vendored', directory: vendored });
    switch (source.kind) {
      case 'registry': {
        const archive = archiveOf(pkg);
        const template = archive === undefined ? undefined : this.#template(archive.index);
        if (archive === undefined || template === undefined) return fail(noAddress(pkg));
        const { name, version } = pkg;
        const { checksum: sha256 } = source;
        const url = downloadAddress(template, { name, version, sha256 });
        return ok({ kind: 'fetched', fetch: { kind: 'crate', name, version, url, sha256 }, at: archive.path });
      }
      case 'git': {
        const fetch = this.#gitFetch(source);
        return fetch.ok ? ok({ kind: 'fetched', fetch: fetch.value, at: this.#gitPath(source) }) : fetch;
      }
      case 'path':
        throw new Error(`internal: \`${pkg.name}\` is the repository's own`);
    }
  }

  /** A git checkout that is no crate. `checkout`: where it is, unless the store has it already. */
  git(source: GitSource): Result<NixFetch> {
    const fetch = this.#gitFetch(source);
    if (fetch.ok) this.file(fetch.value, this.#gitPath(source));
    return fetch;
  }

  /** A download that is no crate, and where this machine has it; `undefined`: nowhere. */
  file(fetch: NixFetch, at: string | undefined): void {
    if (at !== undefined) this.present.set(JSON.stringify(fetch), { fetch, at });
  }

  #gitFetch(source: GitSource): Result<NixFetch & { readonly kind: 'git' }> {
    const key = `${source.url}#${source.revision}`;
    let fetch = this.#hashes.get(key);
    if (fetch === undefined) {
      const tree = gitTree({ ...this.#options, ...source });
      fetch = tree.ok
        ? ok({
            kind: 'git',
            name: storeName(
              `${
                source.url
                  .split('/')
                  .at(-1)
                  ?.replace(/\.git$/, '') ?? 'git'
              }-${source.revision.slice(0, 7)}`,
            ),
            url: source.url,
            revision: source.revision,
            narSha256: narSha256(this.#options.store.treePath(tree.value) ?? ''),
          })
        : tree;
      this.#hashes.set(key, fetch);
    }
    return fetch;
  }

  #gitPath(source: GitSource): string {
    const tree = gitTree({ ...this.#options, ...source });
    return (tree.ok ? this.#options.store.treePath(tree.value) : undefined) ?? source.checkout;
  }

  /** `dl` of the index's `config.json`, as cargo keeps it; `undefined`: it is not there. */
  #template(index: string): string | undefined {
    let template = this.#templates.get(index);
    if (template === undefined) {
      template = readTemplate(index);
      this.#templates.set(index, template);
    }
    return template;
  }
}

function isIn(path: string, directory: string): boolean {
  return directory === '' || path.startsWith(`${directory}/`);
}

interface KeptArchive {
  /** Absolute path of the `.crate`. */
  readonly path: string;
  /** Absolute directory of the index. */
  readonly index: string;
}

/** cargo keeps what it unpacks to `registry/src/INDEX/NAME-VERSION` at `registry/cache/INDEX`, and what the index says at `registry/index/INDEX`. */
function archiveOf(pkg: Package): KeptArchive | undefined {
  const match = /^(.*)\/registry\/src\/([^/]+)\/([^/]+)$/.exec(pkg.root);
  if (match === null) return undefined;
  const [, home = '', index = '', name = ''] = match;
  return { path: join(home, 'registry/cache', index, `${name}.crate`), index: join(home, 'registry/index', index) };
}

/** A sparse index keeps the file as it is; a git index keeps it in its repository, and a copy in its cache of sparse form. */
function readTemplate(index: string): string | undefined {
  for (const file of [join(index, 'config.json'), ...nested(index)]) {
    if (!existsSync(file)) continue;
    const config: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof config === 'object' && config !== null && 'dl' in config && typeof config.dl === 'string') return config.dl;
  }
  return undefined;
}

function nested(index: string): readonly string[] {
  const cache = join(index, '.cache');
  return existsSync(cache) ? readdirSync(dirname(cache)).map((name) => join(index, name, 'config.json')) : [];
}

/** The address of a crate (cargo book, "Index Format", `dl`). */
export function downloadAddress(
  template: string,
  { name, version, sha256 }: { readonly name: string; readonly version: string; readonly sha256: string },
): string {
  const prefix = prefixOf(name);
  const filled = template
    .replaceAll('{crate}', name)
    .replaceAll('{version}', version)
    .replaceAll('{prefix}', prefix)
    .replaceAll('{lowerprefix}', prefix.toLowerCase())
    .replaceAll('{sha256-checksum}', sha256);
  return filled === template ? `${template.replace(/\/+$/, '')}/${name}/${version}/download` : filled;
}

function prefixOf(name: string): string {
  if (name.length <= 2) return String(name.length);
  return name.length === 3 ? `3/${name.slice(0, 1)}` : `${name.slice(0, 2)}/${name.slice(2, 4)}`;
}

function noAddress(pkg: Package): Diagnostic {
  return {
    code: 'F1151',
    severity: 'error',
    blame: 'infrastructure',
    message: `cargo keeps nothing that says where \`${pkg.name} v${pkg.version}\` is downloaded from`,
    facts: [['unpacked at', pkg.root]],
    hints: ['run `cargo fetch --locked`, or vendor the crates into the repository with `cargo vendor`'],
  };
}
