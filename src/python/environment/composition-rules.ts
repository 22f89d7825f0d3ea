import type { Diagnostic, Result } from '../../diagnostics/diagnostic.ts';
import { globToRegExp } from '../../repository/glob.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { CompositionPolicy } from '../environment.ts';
import { childrenOf, type Contribution, isDirectory, type SourceDirectory } from './contribution.ts';
import { SITE_PACKAGES_ALIAS, type SiteLayout } from './site-layout.ts';

interface CollisionRule {
  readonly matches: RegExp;
  readonly take: DistributionName | 'first';
}

interface RemovalRule {
  readonly matches: RegExp;
  readonly distribution: DistributionName | undefined;
}

/** A {@link CompositionPolicy} ready to be asked. Paths are relative to the environment. */
export class CompositionRules {
  readonly #sitePackages: string;
  readonly #collisions: readonly CollisionRule[];
  readonly #removals: readonly RemovalRule[];

  private constructor(layout: SiteLayout, collisions: readonly CollisionRule[], removals: readonly RemovalRule[]) {
    this.#sitePackages = `${layout.sitePackages}/`;
    this.#collisions = collisions;
    this.#removals = removals;
  }

  /** F0968: a pattern that no path can match. */
  static of(policy: CompositionPolicy, layout: SiteLayout): Result<CompositionRules> {
    const problems: Diagnostic[] = [];
    const compiled = (paths: string): readonly RegExp[] => {
      const matches = globToRegExp(paths);
      if (matches === undefined) problems.push(badPattern(paths));
      return matches === undefined ? [] : [matches];
    };
    const collisions = policy.collisions.flatMap(({ paths, take }) => compiled(paths).map((matches) => ({ matches, take })));
    const removals = policy.removals.flatMap(({ paths, distribution }) => compiled(paths).map((matches) => ({ matches, distribution })));
    if (problems.length > 0) return { ok: false, diagnostics: problems };
    return { ok: true, value: new CompositionRules(layout, collisions, removals) };
  }

  /** Who is to win at a path; `undefined`: no rule speaks of it. */
  winner(path: string): DistributionName | 'first' | undefined {
    return this.#collisions.find(({ matches }) => this.#matches(matches, path))?.take;
  }

  /** Whether a path is left out as far as one distribution is concerned. What belongs to the environment itself stays. */
  removes(owner: DistributionName | undefined, path: string): boolean {
    return owner !== undefined && this.#removals.some((rule) => concerns(rule, owner) && this.#matches(rule.matches, path));
  }

  /** Whether anything below a directory is left out, so that it cannot be linked to as a whole. */
  removesBelow({ owner, node }: Contribution, path: string): boolean {
    if (owner === undefined || !isDirectory(node)) return false;
    return this.#removals.some((rule) => concerns(rule, owner)) && this.#removesIn(owner, node, path);
  }

  #removesIn(owner: DistributionName, directory: SourceDirectory, path: string): boolean {
    for (const [name, child] of childrenOf(directory)) {
      const below = path === '' ? name : `${path}/${name}`;
      if (this.removes(owner, below) || (isDirectory(child) && this.#removesIn(owner, child, below))) return true;
    }
    return false;
  }

  #matches(pattern: RegExp, path: string): boolean {
    if (pattern.test(path)) return true;
    return path.startsWith(this.#sitePackages) && pattern.test(`${SITE_PACKAGES_ALIAS}/${path.slice(this.#sitePackages.length)}`);
  }
}

function concerns(rule: RemovalRule, owner: DistributionName): boolean {
  return rule.distribution === undefined || rule.distribution === owner;
}

function badPattern(paths: string): Diagnostic {
  return {
    code: 'F0968',
    severity: 'error',
    blame: 'input',
    message: `\`${paths}\` is not a pattern for paths`,
    hints: ['close every `[` with `]`, and do not end it with a backslash'],
  };
}
