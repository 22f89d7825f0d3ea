import { compareDifferences, type Difference, differenceText } from './difference.ts';
import { compareIngredients, type IngredientDifferences } from './compare-ingredients.ts';
import { labelFamily, labelPackage, labelVersion, matchNodes, type NodeMatches } from './match-nodes.ts';
import { shortestWays } from './shortest-ways.ts';
import { coneOf, type RunState, type StateNode } from './run-state.ts';

/** Why nodes are not what they were. */
export interface Cause {
  readonly difference: Difference;
  /** Labels from the nearest node that it touches to the target, or as far as it matters. */
  readonly chain: readonly string[];
  /** Whether the chain comes to the target: else what it ends with came out as before, and nothing behind it changed. */
  readonly reachesTarget: boolean;
  /** Labels of all nodes that it touches by itself. */
  readonly touches: readonly string[];
}

export interface Explanation {
  /** Nodes of the target, itself included. */
  readonly total: number;
  /** Those that are not what they were, or may turn out not to be. */
  readonly affected: readonly AffectedNode[];
  /** The nearest first. */
  readonly causes: readonly Cause[];
}

export interface AffectedNode {
  readonly label: string;
  /** `reused`: its key is another one, whose result was there. */
  readonly effect: 'runs' | 'may-run' | 'reused' | 'failed' | 'skipped';
}

/** Compares two states of a target, and finds what the differences begin with. */
export function explainTarget(options: {
  readonly before: RunState;
  readonly after: RunState;
  /** Nodes of the target in `after`. */
  readonly tops: readonly number[];
}): Explanation {
  return new Comparison(options).explain();
}

/** Why one node is not what it was. */
export interface NodeDifferences {
  readonly own: readonly Difference[];
  /** Positions of the nodes it is directly built from that are not what they were. */
  readonly changedBelow: readonly number[];
}

/** For every node of `after` that ran or is not what it was. */
export function nodeDifferences(before: RunState, after: RunState): ReadonlyMap<number, NodeDifferences> {
  return new Comparison({ before, after, tops: [...after.nodes.keys()] }).differencesByNode();
}

class Comparison {
  readonly #before: RunState;
  readonly #after: RunState;
  readonly #tops: readonly number[];
  readonly #cone: ReadonlySet<number>;
  readonly #matches: NodeMatches;
  readonly #affected = new Map<number, boolean>();
  readonly #toolchains: Readonly<Record<string, string>>;

  constructor({ before, after, tops }: { readonly before: RunState; readonly after: RunState; readonly tops: readonly number[] }) {
    this.#before = before;
    this.#after = after;
    this.#tops = tops;
    this.#cone = coneOf(after.nodes, tops);
    this.#matches = matchNodes(before.nodes, after.nodes);
    this.#toolchains = { ...before.toolchains, ...after.toolchains };
  }

  explain(): Explanation {
    const affected = [...this.#cone].filter((id) => this.#isAffected(id)).toSorted((left, right) => left - right);
    return {
      total: this.#cone.size,
      affected: affected.map((id) => ({ label: this.#node(id).label, effect: effectOf(this.#node(id)) })),
      causes: this.#causes(new Set(affected)),
    };
  }

  differencesByNode(): ReadonlyMap<number, NodeDifferences> {
    const affected = [...this.#cone].filter((id) => this.#isAffected(id));
    const changed = new Set(affected);
    return new Map(
      affected.map((id) => {
        const changedBelow = this.#earlier(id) === undefined ? [] : this.#node(id).dependencies.filter((below) => changed.has(below));
        return [id, { own: this.#ownDifferences(id).own, changedBelow }];
      }),
    );
  }

  #node(id: number): StateNode {
    const node = this.#after.nodes[id];
    if (node === undefined) throw new Error(`internal: there is no node ${id}`);
    return node;
  }

  #earlier(id: number): StateNode | undefined {
    const earlier = this.#matches.earlier(id);
    return earlier === undefined ? undefined : this.#before.nodes[earlier];
  }

  #isAffected(id: number): boolean {
    const known = this.#affected.get(id);
    if (known !== undefined) return known;
    const { state, outcome, dependencies } = this.#node(id);
    const ran = outcome === 'executed' || outcome === 'failed';
    // Held against another forecast, what is open in both is only open for a difference below it.
    const isOpen = state === 'open' && (this.#earlier(id)?.state === undefined || dependencies.some((below) => this.#isAffected(below)));
    const affected = this.#isChanged(id) || isOpen || ran;
    this.#affected.set(id, affected);
    return affected;
  }

  /** By itself or by what it is built from. */
  #isChanged(id: number): boolean {
    const { key, state } = this.#node(id);
    const earlier = this.#earlier(id);
    if (earlier?.key !== key) return true;
    return earlier?.state === undefined
      ? state !== undefined && state !== 'known' && state !== 'open'
      : key === undefined && state === 'blocked';
  }

  #causes(affected: ReadonlySet<number>): readonly Cause[] {
    const onward = (id: number): readonly number[] => this.#node(id).dependencies;
    const distances = shortestWays(this.#tops, onward);
    const tops = this.#tops.filter((top) => affected.has(top));
    const ways = shortestWays(tops, (id) => onward(id).filter((dependency) => affected.has(dependency)));
    const distance = (id: number): number => ways.get(id)?.distance ?? FAR + (distances.get(id)?.distance ?? 0);
    const causes = this.#differences(affected).map(({ difference, nodes }): Cause => {
      const [nearest = 0] = nodes.toSorted((left, right) => distance(left) - distance(right));
      const chain: string[] = [];
      for (let at: number | undefined = nearest; at !== undefined; at = ways.get(at)?.next) chain.push(this.#node(at).label);
      return { difference, chain, reachesTarget: ways.has(nearest), touches: nodes.map((node) => this.#node(node).label) };
    });
    return causes.toSorted(compareCauses);
  }

  /** Every difference once, with all nodes that have it. */
  #differences(affected: ReadonlySet<number>): readonly { readonly difference: Difference; readonly nodes: readonly number[] }[] {
    const byText = new Map<string, { readonly difference: Difference; readonly nodes: number[] }>();
    const doubtful: (readonly [text: string, id: number])[] = [];
    for (const id of affected) {
      const subject = labelPackage(this.#node(id).label);
      const textOf = (difference: Difference): string => `${differenceText(difference)}${isAboutPackage(difference) ? subject : ''}`;
      const { own, perhaps } = this.#ownDifferences(id);
      for (const difference of own) {
        const known = byText.get(textOf(difference));
        if (known === undefined) byText.set(textOf(difference), { difference, nodes: [id] });
        else known.nodes.push(id);
      }
      for (const difference of perhaps) doubtful.push([textOf(difference), id]);
    }
    // What others have of themselves, no script has said.
    for (const [text, id] of doubtful) byText.get(text)?.nodes.push(id);
    return [...byText.values()];
  }

  #ownDifferences(id: number): IngredientDifferences {
    const node = this.#node(id);
    const earlier = this.#earlier(id);
    if (earlier === undefined) return only(this.#tops.includes(id) ? [NEVER_BUILT] : []);
    if (!this.#isChanged(id) || earlier.key === node.key) return only(ranAgain(node, earlier));
    const versions = [labelVersion(earlier.label), labelVersion(node.label)];
    const newVersion = versions[0] !== versions[1];
    const [before = '', after = ''] = versions;
    const name = labelPackage(node.label);
    const version: readonly Difference[] = newVersion ? [{ kind: 'version', name, change: 'changed', before, after }] : [];
    const dependencies = this.#dependencyDifferences(id);
    const [was, is] = [earlier.ingredients(), node.ingredients()];
    if (was === undefined || is === undefined) {
      const isExplained = version.length + dependencies.length > 0 || node.state === 'blocked' || this.#isChangedBelow(id);
      return only(isExplained ? [...version, ...dependencies] : [unrecorded(was === undefined ? 'before' : 'now')]);
    }
    const newScript = this.#isScriptChanged(id);
    const { own, perhaps } = compareIngredients({
      before: was,
      after: is,
      newVersion,
      newScript,
      package: name,
      toolchains: this.#toolchains,
    });
    const all = [...version, ...dependencies, ...own];
    return { own: all.length > 0 || this.#isChangedBelow(id) ? all : [unrecorded('in detail')], perhaps };
  }

  #isChangedBelow(id: number): boolean {
    return [...coneOf(this.#after.nodes, [id])].some((below) => below !== id && (this.#isChanged(below) || this.#isAffected(below)));
  }

  /** What it is directly built from that is new among that, or gone; another version is none of this. */
  #dependencyDifferences(id: number): readonly Difference[] {
    const earlier = this.#earlier(id);
    if (earlier === undefined) return [];
    const was = new Map(earlier.dependencies.map((at) => [familyOf(this.#before.nodes[at]), this.#before.nodes[at]?.label ?? '']));
    const is = new Map(this.#node(id).dependencies.map((at) => [familyOf(this.#after.nodes[at]), this.#node(at).label]));
    return [
      ...[...is].flatMap(([family, label]): readonly Difference[] =>
        was.has(family) ? [] : [{ kind: 'dependency', name: label, change: 'added' }],
      ),
      ...[...was].flatMap(([family, label]): readonly Difference[] =>
        is.has(family) ? [] : [{ kind: 'dependency', name: label, change: 'removed' }],
      ),
    ];
  }

  /** Whether a build script that has a say in the node's command line is not what it was. */
  #isScriptChanged(id: number): boolean {
    return [...coneOf(this.#after.nodes, [id])].some(
      (below) => below !== id && this.#node(below).verb === 'run' && this.#isAffected(below),
    );
  }
}

const NEVER_BUILT: Difference = { kind: 'result', name: 'it was never built here', change: 'added' };

/** Farther than any way through a graph. */
const FAR = 1e6;

function only(own: readonly Difference[]): IngredientDifferences {
  return { own, perhaps: [] };
}

function familyOf(node: StateNode | undefined): string {
  return node === undefined ? '' : `${node.verb} ${labelFamily(node.label)}`;
}

function effectOf({ state, outcome }: StateNode): AffectedNode['effect'] {
  switch (state) {
    case 'run':
      return 'runs';
    case 'open':
    case 'blocked':
      return 'may-run';
    case 'known':
      return 'reused';
    case 'failed':
      return 'failed';
    case undefined:
      break;
  }
  return outcome === 'executed' ? 'runs' : outcome === 'cached' || outcome === undefined ? 'reused' : outcome;
}

/** Why a node ran although its key is what it was. */
function ranAgain(node: StateNode, earlier: StateNode): readonly Difference[] {
  const runs = node.outcome === 'executed' || node.outcome === 'failed' || node.state === 'run';
  if (!runs || node.key !== earlier.key) return [];
  if (earlier.outcome === 'failed') return [{ kind: 'result', name: 'it failed in the run before', change: 'changed' }];
  if (earlier.outcome === 'skipped') return [{ kind: 'result', name: 'the run before did not come to it', change: 'changed' }];
  return [{ kind: 'result', name: 'its result was no longer in the store', change: 'removed' }];
}

function unrecorded(when: 'before' | 'now' | 'in detail'): Difference {
  const name = when === 'in detail' ? 'something that is not written down changed' : `what went into it ${when} is not known`;
  return { kind: 'unrecorded', name, change: 'changed' };
}

/** Differences whose words do not name the package they are about. */
function isAboutPackage({ kind }: Difference): boolean {
  return kind === 'version' || kind === 'feature' || kind === 'declared-feature' || kind === 'manifest' || kind === 'dependency';
}

function compareCauses(left: Cause, right: Cause): number {
  return (
    Number(right.reachesTarget) - Number(left.reachesTarget) ||
    left.chain.length - right.chain.length ||
    compareDifferences(left.difference, right.difference)
  );
}
