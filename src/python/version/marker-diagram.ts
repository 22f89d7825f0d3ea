import type { MarkerVariable } from './marker.ts';
import { compareReleases, type VersionNumber } from './version.ts';

/**
 * Markers as ordered decision diagrams: each node asks for one variable, equal nodes are one object, so two markers that mean the same
 * are the same node. Variables, their order and what they mean are pep508_rs' (`marker/algebra.rs`), whose texts we write.
 */
export type MarkerNode = 'always' | 'never' | DecisionNode;

export interface DecisionNode {
  readonly id: number;
  readonly question: Question;
  /** Where the answers' line is cut, ascending; yes-or-no questions have one cut that stands for nothing. */
  readonly cuts: readonly Cut[];
  /** One more than cuts: what follows for answers before the first cut, between the first and the second, … Of yes-or-no questions: yes, no. */
  readonly children: readonly MarkerNode[];
}

export interface Question {
  /** `in`: whether the variable is part of `value`. `contains`: whether `value` is part of the variable. */
  readonly kind: 'version' | 'text' | 'in' | 'contains' | 'extra';
  readonly variable: MarkerVariable;
  /** `''` for `version` and `text`, which have many answers. */
  readonly value: string;
}

/** A release, or a text. */
export type Answer = string | readonly VersionNumber[];

export interface Cut {
  readonly at: Answer;
  /** Behind the answer itself, or before it. */
  readonly behind: boolean;
}

/** Makes nodes and combines them; nodes of different diagrams must not be mixed. */
export class MarkerDiagram {
  readonly #nodes = new Map<string, DecisionNode>();
  readonly #combined = new Map<string, MarkerNode>();

  /** A node for a question, or what follows of it whatever the answer. */
  node(question: Question, cuts: readonly Cut[], children: readonly MarkerNode[]): MarkerNode {
    // Neighbours that lead to the same are one.
    const kept = children.map((child, index) => index === 0 || child !== children[index - 1]);
    const first = children[0];
    if (first === undefined) throw new Error('internal: a decision without answers');
    const fewerChildren = children.filter((_, index) => kept[index]);
    if (fewerChildren.length === 1) return first;
    const fewerCuts = cuts.filter((_, index) => kept[index + 1]);
    const key = JSON.stringify([question, fewerCuts.map(cutKey), fewerChildren.map(idOf)]);
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = { id: this.#nodes.size, question, cuts: fewerCuts, children: fewerChildren };
      this.#nodes.set(key, node);
    }
    return node;
  }

  combine(kind: 'and' | 'or', left: MarkerNode, right: MarkerNode): MarkerNode {
    const [decides, neutral] = kind === 'and' ? (['never', 'always'] as const) : (['always', 'never'] as const);
    if (left === decides || right === decides) return decides;
    if (left === neutral || left === right) return right;
    if (right === neutral) return left;
    if (typeof left === 'string' || typeof right === 'string') throw new Error('internal: a third constant');
    const key = `${kind} ${left.id} ${right.id}`;
    let node = this.#combined.get(key);
    if (node === undefined) {
      node = this.#expand(kind, left, right);
      this.#combined.set(key, node);
    }
    return node;
  }

  /** Asks the question that comes first, and combines what follows for each answer. */
  #expand(kind: 'and' | 'or', left: DecisionNode, right: DecisionNode): MarkerNode {
    const order = compareQuestions(left.question, right.question);
    if (order < 0) return this.#mapChildren(left, (child) => this.combine(kind, child, right));
    if (order > 0) return this.#mapChildren(right, (child) => this.combine(kind, child, left));
    const cuts = mergeCuts(left.cuts, right.cuts);
    const children = [undefined, ...cuts].map((start) => this.combine(kind, childFrom(left, start), childFrom(right, start)));
    return this.node(left.question, cuts, children);
  }

  #mapChildren(node: DecisionNode, next: (child: MarkerNode) => MarkerNode): MarkerNode {
    return this.node(node.question, node.cuts, node.children.map(next));
  }
}

/** What follows for the answers right behind `start`; `undefined`: for the least. */
function childFrom(node: DecisionNode, start: Cut | undefined): MarkerNode {
  const index = start === undefined ? 0 : node.cuts.filter((cut) => compareCuts(cut, start) <= 0).length;
  const child = node.children[index];
  if (child === undefined) throw new Error('internal: a decision with an answer too few');
  return child;
}

function mergeCuts(left: readonly Cut[], right: readonly Cut[]): readonly Cut[] {
  const all = [...left, ...right].toSorted(compareCuts);
  return all.filter((cut, index) => {
    const before = all[index - 1];
    return before === undefined || compareCuts(before, cut) !== 0;
  });
}

function compareCuts(left: Cut, right: Cut): number {
  return compareAnswers(left.at, right.at) || Number(left.behind) - Number(right.behind);
}

export function compareAnswers(left: Answer, right: Answer): number {
  if (typeof left === 'string' || typeof right === 'string') return left < right ? -1 : Number(left > right);
  return compareReleases(left, right);
}

/** The same for `3` and `3.0`. */
function cutKey({ at, behind }: Cut): string {
  return `${typeof at === 'string' ? `=${at}` : at.join('.').replace(/(?:\.0)+$/, '')}${behind ? '>' : '<'}`;
}

function idOf(node: MarkerNode): string | number {
  return typeof node === 'string' ? node : node.id;
}

const KINDS: readonly Question['kind'][] = ['version', 'text', 'in', 'contains', 'extra'];

function compareQuestions(left: Question, right: Question): number {
  return (
    KINDS.indexOf(left.kind) - KINDS.indexOf(right.kind) ||
    compareAnswers(left.variable, right.variable) ||
    compareAnswers(left.value, right.value)
  );
}
