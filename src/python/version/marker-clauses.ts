import { type Answer, compareAnswers, type Cut, type DecisionNode, type MarkerNode } from './marker-diagram.ts';
import type { MarkerVariable } from './marker.ts';
import type { VersionNumber } from './version.ts';

/** A comparison of the normal form. */
export interface Term {
  readonly kind: DecisionNode['question']['kind'];
  readonly variable: MarkerVariable;
  /** Of versions with `.*` where the release before it is meant with all that belongs to it. */
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | '==.*' | '!=.*';
  readonly value: Answer;
}

/** All terms hold. */
export type Clause = readonly Term[];

/** The node as alternatives, in the order and with the simplifications of pep508_rs (`marker/simplify.rs`). For neither constant. */
export function clausesOf(node: DecisionNode): readonly Clause[] {
  return withoutSupersets(simplified([...paths(node, [])]));
}

/** Every way to `always`. */
function* paths(node: MarkerNode, path: Clause): Generator<Clause> {
  if (node === 'always') yield path;
  if (typeof node === 'string') return;
  const { kind, variable, value } = node.question;
  if (kind !== 'version' && kind !== 'text') {
    const [yes, no] = kind === 'extra' ? (['==', '!='] as const) : (['in', 'not in'] as const);
    for (const [index, operator] of [yes, no].entries()) yield* paths(childAt(node, index), [...path, { kind, variable, operator, value }]);
    return;
  }
  for (const [child, spans] of spansByChild(node)) {
    for (const terms of termsOf(spans)) yield* paths(child, [...path, ...terms.map((term) => ({ kind, variable, ...term }))]);
  }
}

function childAt(node: DecisionNode, index: number): MarkerNode {
  const child = node.children[index];
  if (child === undefined) throw new Error('internal: a decision with an answer too few');
  return child;
}

type Span = readonly [from: Cut | undefined, to: Cut | undefined];

/** The answers that lead to each child, as they come. */
function spansByChild({ children, cuts }: DecisionNode): ReadonlyMap<MarkerNode, readonly Span[]> {
  const spans = new Map<MarkerNode, Span[]>();
  children.forEach((child, index) => {
    const span: Span = [cuts[index - 1], cuts[index]];
    const known = spans.get(child);
    if (known === undefined) spans.set(child, [span]);
    else known.push(span);
  });
  return spans;
}

type Comparison = Pick<Term, 'operator' | 'value'>;

/** Alternatives, each a list of comparisons that must all hold. */
function termsOf(spans: readonly Span[]): readonly (readonly Comparison[])[] {
  const excluded = onlyExcluded(spans);
  if (excluded !== undefined) return [excluded];
  const star = starExcluded(spans);
  if (star !== undefined) return [[star]];
  return spans.map(spanTerms);
}

/** Everything but a few answers: `!= a and != b`. */
function onlyExcluded(spans: readonly Span[]): readonly Comparison[] | undefined {
  if (spans[0]?.[0] !== undefined || spans.at(-1)?.[1] !== undefined) return undefined;
  const gaps = spans.slice(1).map(([from], index) => [spans[index]?.[1], from] as const);
  const points = gaps.map(([start, end]) => (start !== undefined && end !== undefined && isPoint(start, end) ? start.at : undefined));
  return points.includes(undefined) ? undefined : points.filter((point) => point !== undefined).map((value) => ({ operator: '!=', value }));
}

function isPoint(start: Cut, end: Cut): boolean {
  return !start.behind && end.behind && compareAnswers(start.at, end.at) === 0;
}

/** Everything but `3.8.*`. */
function starExcluded(spans: readonly Span[]): Comparison | undefined {
  const [[first, start] = [undefined, undefined], [end, last] = [undefined, undefined], ...more] = spans;
  if (spans.length !== 2 || more.length > 0 || first !== undefined || last !== undefined || start === undefined || end === undefined)
    return undefined;
  return isSeries(start, end) ? { operator: '!=.*', value: start.at } : undefined;
}

/** From `3.8` to before `3.9`. */
function isSeries(start: Cut, end: Cut): boolean {
  if (start.behind || end.behind || typeof start.at === 'string' || typeof end.at === 'string') return false;
  const [major, minor = 0] = start.at;
  return start.at.length === 2 && end.at.length === 2 && end.at[0] === major && end.at[1] === successor(minor);
}

function successor(number: VersionNumber): VersionNumber {
  return typeof number === 'bigint' ? number + 1n : number + 1;
}

function spanTerms([from, to]: Span): readonly Comparison[] {
  if (from !== undefined && to !== undefined) {
    if (isPoint(from, to)) return [{ operator: '==', value: from.at }];
    if (isSeries(from, to)) return [{ operator: '==.*', value: from.at }];
  }
  return [
    ...(from === undefined ? [] : [{ operator: from.behind ? ('>' as const) : ('>=' as const), value: from.at }]),
    ...(to === undefined ? [] : [{ operator: to.behind ? ('<=' as const) : ('<' as const), value: to.at }]),
  ];
}

/**
 * Drops terms that say nothing new: `a or (not a and b)` is `a or b`. One clause after the other, each seeing those before it as they
 * have become; a term that was dropped cannot be the reason to drop another one.
 */
function simplified(clauses: readonly Clause[]): readonly Clause[] {
  const result = [...clauses];
  for (const [index, clause] of clauses.entries()) {
    const dropped = new Set<Term>();
    for (const term of clause) {
      const others = result.filter((_, at) => at !== index);
      if (others.some((other) => coversNegation(other, { term, clause, dropped }))) dropped.add(term);
    }
    result[index] = clause.filter((term) => !dropped.has(term));
  }
  return result;
}

/** Whether `other` holds wherever the clause with `term` negated holds. */
function coversNegation(
  other: Clause,
  { term, clause, dropped }: { readonly term: Term; readonly clause: Clause; readonly dropped: ReadonlySet<Term> },
): boolean {
  return other.every((theirs) => {
    if (sameTerm(theirs, term)) return false;
    return isNegation(theirs, term) || clause.some((own) => sameTerm(own, theirs) && !dropped.has(own));
  });
}

/** Without clauses that another one says with fewer terms. */
function withoutSupersets(clauses: readonly Clause[]): readonly Clause[] {
  const redundant = new Set<Clause>();
  for (const clause of clauses) {
    const isCovered = clauses.some(
      (other) => other !== clause && !redundant.has(other) && other.every((term) => clause.some((own) => sameTerm(own, term))),
    );
    if (isCovered) redundant.add(clause);
  }
  return clauses.filter((clause) => !redundant.has(clause));
}

function isSameQuestion(left: Term, right: Term): boolean {
  return left.kind === right.kind && left.variable === right.variable && compareAnswers(left.value, right.value) === 0;
}

function sameTerm(left: Term, right: Term): boolean {
  return left.operator === right.operator && isSameQuestion(left, right);
}

function isNegation(left: Term, right: Term): boolean {
  return NEGATIONS[left.operator] === right.operator && isSameQuestion(left, right);
}

const NEGATIONS: Readonly<Record<Term['operator'], Term['operator']>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  in: 'not in',
  'not in': 'in',
  '==.*': '!=.*',
  '!=.*': '==.*',
};
