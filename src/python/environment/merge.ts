import type { DistributionName } from '../distribution-name.ts';
import type { CompositionRules } from './composition-rules.ts';
import { childrenOf, type Contribution, identityOf, isDirectory, type SourceDirectory, type SourceFile } from './contribution.ts';
import { areEquivalentInits } from './init-file.ts';
import { isJunk } from './junk.ts';
import type { PlannedDirectory, PlannedEntry } from './planned-entry.ts';
import type { SiteLayout } from './site-layout.ts';

/** A path that several parts want, each with other content. */
export interface Collision {
  /** Relative to the environment. */
  readonly path: string;
  /** In the order in which the first one would win. */
  readonly contributions: readonly Contribution[];
}

/** Names in one directory that a file system without case would take for one. */
export interface CaseCollision {
  readonly directory: string;
  readonly names: readonly { readonly name: string; readonly owner: DistributionName | undefined }[];
}

export interface Merged {
  readonly root: PlannedDirectory;
  /** Nobody can say who is right. */
  readonly collisions: readonly Collision[];
  /** The first one won, and it matters to nobody: stray files at the top of `site-packages`. */
  readonly junk: readonly Collision[];
  readonly caseCollisions: readonly CaseCollision[];
}

export interface MergeOptions {
  readonly rules: CompositionRules;
  readonly layout: SiteLayout;
  /** Directories that must be real whoever owns them, for what is in them looks around from where it stands. */
  readonly realDirectories: ReadonlySet<string>;
  /** Files that must not be links, for the same reason. */
  readonly realFiles: ReadonlySet<string>;
}

/**
 * Merges what the parts bring, from the top down: a directory of one owner becomes one link, a shared one a real directory, and so on
 * below. Nothing is read but listings of directories that are shared.
 */
export function mergeContributions(contributions: readonly Contribution[], options: MergeOptions): Merged {
  return new Merge(options).run(contributions);
}

class Merge {
  readonly #options: MergeOptions;
  readonly #collisions: Collision[] = [];
  readonly #junk: Collision[] = [];
  readonly #caseCollisions: CaseCollision[] = [];

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  run(contributions: readonly Contribution[]): Merged {
    const root = this.#directory('', contributions);
    return { root, collisions: this.#collisions, junk: this.#junk, caseCollisions: this.#caseCollisions };
  }

  #entry(path: string, contributions: readonly Contribution[]): PlannedEntry | undefined {
    const { rules } = this.#options;
    const [first, ...others] = contributions.filter(({ owner }) => !rules.removes(owner, path));
    if (first === undefined) return undefined;
    const kept = others.length === 0 ? [first] : this.#winners(path, [first, ...others]);
    const [winner = first] = kept;
    if (!isDirectory(winner.node)) return this.#file(path, winner.node);
    return this.#link(path, kept) ?? this.#known(path, kept) ?? unlessEmpty(this.#directory(path, kept));
  }

  /** A directory that is not looked into before it is written; `undefined`: it is not known, or something is to be left out. */
  #known(path: string, [first, ...others]: readonly Contribution[]): PlannedEntry | undefined {
    if (first?.node.kind !== 'made-directory' || first.node.known === undefined || others.length > 0) return undefined;
    if (this.#options.rules.removesBelow(first, path)) return undefined;
    const directory = (): PlannedDirectory => this.#directory(path, [first]);
    return {
      kind: 'directory',
      known: first.node.known,
      get entries() {
        return directory().entries;
      },
    };
  }

  /** One link for a directory that is the same for all its owners; `undefined`: it cannot be one. */
  #link(path: string, contributions: readonly Contribution[]): PlannedEntry | undefined {
    const [first] = contributions;
    if (first?.node.kind !== 'tree-directory' || this.#options.realDirectories.has(path)) return undefined;
    const { digest, tree, path: source } = first.node;
    const isSame = ({ node }: Contribution): boolean => node.kind === 'tree-directory' && node.digest.hash === digest.hash;
    if (!contributions.every(isSame) || contributions.some((one) => this.#options.rules.removesBelow(one, path))) return undefined;
    const target = source === '' ? tree.directory : `${tree.directory}/${source}`;
    return { kind: 'link', target, standsFor: { kind: 'directory', digest } };
  }

  #directory(path: string, contributions: readonly Contribution[]): PlannedDirectory {
    const [first, ...others] = contributions;
    if (first !== undefined && others.length === 0 && isDirectory(first.node)) return this.#ownDirectory(path, first.owner, first.node);
    const wanted = new Map<string, Contribution[]>();
    for (const { owner, node } of contributions) {
      if (!isDirectory(node)) throw new Error(`internal: \`${path}\` is no directory`);
      for (const [name, child] of childrenOf(node)) {
        const others = wanted.get(name);
        if (others === undefined) wanted.set(name, [{ owner, node: child }]);
        else others.push({ owner, node: child });
      }
    }
    this.#checkCase(path, wanted);
    const entries = new Map<string, PlannedEntry>();
    for (const [name, contributionsHere] of wanted) {
      const entry = this.#entry(path === '' ? name : `${path}/${name}`, contributionsHere);
      if (entry !== undefined) entries.set(name, entry);
    }
    return { kind: 'directory', entries };
  }

  /** A directory of one owner. */
  #ownDirectory(path: string, owner: Contribution['owner'], directory: SourceDirectory): PlannedDirectory {
    const entries = new Map<string, PlannedEntry>();
    for (const [name, node] of childrenOf(directory)) {
      const entry = this.#entry(path === '' ? name : `${path}/${name}`, [{ owner, node }]);
      if (entry !== undefined) entries.set(name, entry);
    }
    return { kind: 'directory', entries };
  }

  #file(path: string, file: SourceFile): PlannedEntry {
    switch (file.kind) {
      case 'made-text':
        return { kind: 'text', text: file.text, portable: file.portable, executable: file.executable };
      case 'made-link':
        return { kind: 'link', target: file.target, standsFor: file.standsFor };
      case 'tree-symlink':
        return { kind: 'link', target: `${file.tree.directory}/${file.path}`, standsFor: { kind: 'symlink', target: file.target } };
      case 'tree-file': {
        const { digest, executable, use } = file;
        const source = `${file.tree.directory}/${file.path}`;
        if (use === 'link' && !this.#options.realFiles.has(path)) {
          return { kind: 'link', target: source, standsFor: { kind: 'file', digest, executable } };
        }
        return { kind: 'file', source, digest, executable, makeExecutable: use === 'program' && !executable };
      }
      default:
        throw new Error(`internal: unknown file ${String(file satisfies never)}`);
    }
  }

  /** Those who have their way at a path that several want: all of them where it is a directory, else one. */
  #winners(path: string, contributions: readonly [Contribution, ...Contribution[]]): readonly Contribution[] {
    const [first] = contributions;
    const files = contributions.flatMap(({ node }) => (isDirectory(node) ? [] : [node]));
    if (files.length === 0) return contributions;
    const areFiles = files.length === contributions.length;
    if (areFiles && (new Set(files.map(identityOf)).size === 1 || path.endsWith('.pyc'))) return [first];
    const isOwn = contributions.some(({ owner }) => owner === undefined);
    const rule = isOwn ? undefined : this.#options.rules.winner(path);
    const chosen = rule === 'first' ? first : contributions.find(({ owner }) => owner !== undefined && owner === rule);
    if (chosen !== undefined) return [chosen];
    if (areFiles && !isOwn && isJunk(path, this.#options.layout)) {
      this.#junk.push({ path, contributions });
      return [first];
    }
    if (areFiles && path.endsWith('/__init__.py') && areEquivalentInits(files)) return [first];
    this.#collisions.push({ path, contributions });
    return [first];
  }

  #checkCase(directory: string, wanted: ReadonlyMap<string, readonly Contribution[]>): void {
    const folded = new Map<string, string>();
    for (const [name, contributions] of wanted) {
      const lower = name.toLowerCase();
      const other = folded.get(lower);
      folded.set(lower, name);
      if (other === undefined) continue;
      const names = [other, name].map((each) => ({ name: each, owner: (wanted.get(each) ?? contributions)[0]?.owner }));
      this.#caseCollisions.push({ directory, names });
    }
  }
}

function unlessEmpty(directory: PlannedDirectory): PlannedDirectory | undefined {
  return directory.entries.size === 0 ? undefined : directory;
}
