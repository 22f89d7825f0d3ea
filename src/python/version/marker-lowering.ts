import type { Marker, MarkerComparison, MarkerOperator } from './marker.ts';
import { type Answer, type Cut, MarkerDiagram, type MarkerNode, type Question } from './marker-diagram.ts';
import { type ComparisonOperator, parseSpecifier } from './specifier.ts';
import { parseVersion, type VersionNumber } from './version.ts';

/**
 * A marker as a decision diagram, after the rules of pep508_rs: comparisons that mean nothing are as if they were not written,
 * `python_version` is a question about `python_full_version`, and of versions only the release counts.
 */
export function lowerMarker(marker: Marker): MarkerNode {
  return lower(new MarkerDiagram(), marker) ?? 'always';
}

/** `undefined`: means nothing. */
function lower(diagram: MarkerDiagram, marker: Marker): MarkerNode | undefined {
  if (marker.kind === 'comparison') return lowerComparison(diagram, marker);
  const { kind } = marker;
  return marker.operands
    .map((operand) => lower(diagram, operand))
    .filter((node) => node !== undefined)
    .reduce<MarkerNode | undefined>((all, node) => (all === undefined ? node : diagram.combine(kind, all, node)), undefined);
}

function lowerComparison(diagram: MarkerDiagram, comparison: MarkerComparison): MarkerNode | undefined {
  const { variable, operator, value, valueFirst } = comparison;
  switch (variable) {
    case 'extra':
      if (operator !== '==' && operator !== '!=') return undefined;
      return yesOrNo(diagram, { kind: 'extra', variable, value }, operator === '==');
    case 'extras':
    case 'dependency_groups':
      if (!valueFirst || (operator !== 'in' && operator !== 'not in')) return undefined;
      return yesOrNo(diagram, { kind: 'contains', variable, value }, operator === 'in');
    case 'python_version':
    case 'python_full_version':
    case 'implementation_version':
      return lowerVersion(diagram, comparison);
    case 'implementation_name':
    case 'os_name':
    case 'platform_machine':
    case 'platform_python_implementation':
    case 'platform_release':
    case 'platform_system':
    case 'platform_version':
    case 'sys_platform':
      return lowerText(diagram, comparison);
  }
}

const NO_CUT: Cut = { at: '', behind: false };

function yesOrNo(diagram: MarkerDiagram, question: Question, isYes: boolean): MarkerNode {
  return diagram.node(question, [NO_CUT], isYes ? ['always', 'never'] : ['never', 'always']);
}

function lowerText(diagram: MarkerDiagram, { variable, operator, value, valueFirst }: MarkerComparison): MarkerNode | undefined {
  if (operator === 'in' || operator === 'not in') {
    return yesOrNo(diagram, { kind: valueFirst ? 'contains' : 'in', variable, value }, operator === 'in');
  }
  const comparison = valueFirst ? turned(operator) : operator;
  if (comparison === '~=') return undefined;
  return fromSpans(diagram, { kind: 'text', variable, value: '' }, spansOf(comparison, value));
}

/** `'3.8' <= python_version` is `python_version >= '3.8'`. `===` means what `==` means. */
function turned(operator: Exclude<MarkerOperator, 'in' | 'not in'>): Exclude<MarkerOperator, 'in' | 'not in' | '==='> {
  switch (operator) {
    case '<':
      return '>';
    case '<=':
      return '>=';
    case '>':
      return '<';
    case '>=':
      return '<=';
    case '==':
    case '===':
      return '==';
    case '!=':
    case '~=':
      return operator;
  }
}

/** Answers from one cut to another; `undefined`: from the least, or to the greatest. */
interface AnswerSpan {
  readonly from: Cut | undefined;
  readonly to: Cut | undefined;
}

function before(at: Answer): Cut {
  return { at, behind: false };
}

function behind(at: Answer): Cut {
  return { at, behind: true };
}

function spansOf(operator: Exclude<MarkerOperator, 'in' | 'not in' | '~='>, at: Answer): readonly AnswerSpan[] {
  switch (operator) {
    case '==':
    case '===':
      return [{ from: before(at), to: behind(at) }];
    case '!=':
      return outside(before(at), behind(at));
    case '<':
      return [{ from: undefined, to: before(at) }];
    case '<=':
      return [{ from: undefined, to: behind(at) }];
    case '>':
      return [{ from: behind(at), to: undefined }];
    case '>=':
      return [{ from: before(at), to: undefined }];
  }
}

function outside(from: Cut, to: Cut): readonly AnswerSpan[] {
  return [
    { from: undefined, to: from },
    { from: to, to: undefined },
  ];
}

function fromSpans(diagram: MarkerDiagram, question: Question, spans: readonly AnswerSpan[]): MarkerNode {
  return spans
    .map(({ from, to }) => {
      const cuts = [from, to].filter((cut) => cut !== undefined);
      const children: readonly MarkerNode[] = [
        ...(from === undefined ? [] : (['never'] as const)),
        'always',
        ...(to === undefined ? [] : (['never'] as const)),
      ];
      return diagram.node(question, cuts, children);
    })
    .reduce<MarkerNode>((all, node) => diagram.combine('or', all, node), 'never');
}

function lowerVersion(diagram: MarkerDiagram, comparison: MarkerComparison): MarkerNode | undefined {
  const { variable, operator, value, valueFirst } = comparison;
  if (operator === 'in' || operator === 'not in') return valueFirst ? undefined : lowerVersionList(diagram, comparison);
  if (valueFirst && value.trim().endsWith('.*')) return undefined;
  const specifier = parseSpecifier((valueFirst ? turned(operator) : operator === '===' ? '==' : operator) + value);
  if (specifier === undefined || specifier.operator === '===') return undefined;
  const clause = {
    operator: specifier.operator,
    release: normalized(specifier.version.release, specifier.wildcard),
    wildcard: specifier.wildcard,
  };
  return nodeOfClause(diagram, variable, clause);
}

interface ReleaseClause {
  readonly operator: ComparisonOperator;
  readonly release: readonly VersionNumber[];
  readonly wildcard: boolean;
}

/** Zeros at the end say nothing, but before `.*`; a release of zeros alone behind its first number stays. */
function normalized(release: readonly VersionNumber[], wildcard: boolean): readonly VersionNumber[] {
  const last = release.findLastIndex((number) => number !== 0);
  return wildcard || last < 1 ? release : release.slice(0, last + 1);
}

function nodeOfClause(diagram: MarkerDiagram, variable: MarkerComparison['variable'], clause: ReleaseClause): MarkerNode {
  if (variable !== 'python_version') return fromSpans(diagram, { kind: 'version', variable, value: '' }, spansOfClause(clause));
  const full = fullVersionClause(clause);
  if (full === 'always' || full === 'never') return full;
  return fromSpans(diagram, { kind: 'version', variable: 'python_full_version', value: '' }, spansOfClause(full));
}

/** What a clause on `python_version`, which has two numbers only, means for `python_full_version`. */
function fullVersionClause(clause: ReleaseClause): ReleaseClause | 'always' | 'never' {
  const { operator, release, wildcard } = clause;
  const [major = 0, minor = 0] = release;
  const next: readonly VersionNumber[] = [major, increment(minor)];
  if (wildcard && release.length === 1) return clause;
  const isExact = release.length <= 2;
  switch (operator) {
    case '==':
      return isExact ? { operator, release: wildcard ? release : [major, minor], wildcard: true } : 'never';
    case '!=':
      return isExact ? { operator, release: wildcard ? release : [major, minor], wildcard: true } : 'always';
    case '~=':
      return isExact ? clause : 'never';
    case '<':
      return isExact ? clause : { operator: '<', release: next, wildcard: false };
    case '>=':
      return isExact ? clause : { operator: '>=', release: next, wildcard: false };
    case '<=':
      return { operator: '<', release: next, wildcard: false };
    case '>':
      return { operator: '>=', release: next, wildcard: false };
  }
}

function spansOfClause({ operator, release: raw, wildcard }: ReleaseClause): readonly AnswerSpan[] {
  const release = normalized(raw, wildcard);
  if (operator === '~=') return [{ from: before(release), to: before(nextOf(release.slice(0, -1))) }];
  if (!wildcard) return spansOf(operator, release);
  const [from, to] = [before(release), before(nextOf(release))];
  return operator === '==' ? [{ from, to }] : outside(from, to);
}

/** `3.8` → `3.9` */
function nextOf(release: readonly VersionNumber[]): readonly VersionNumber[] {
  return [...release.slice(0, -1), increment(release.at(-1) ?? 0)];
}

function increment(number: VersionNumber): VersionNumber {
  return typeof number === 'bigint' ? number + 1n : number + 1;
}

/** `python_version in '3.8 3.9'`: a list here, though PEP 508 has it a search for a part of the text. */
function lowerVersionList(diagram: MarkerDiagram, { variable, operator, value }: MarkerComparison): MarkerNode | undefined {
  const versions = value
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(parseVersion);
  const releases = versions.filter((version) => version !== undefined).map(({ release }) => release);
  if (releases.length < versions.length) return undefined;
  const [isIn, kind] = operator === 'in' ? (['==', 'or'] as const) : (['!=', 'and'] as const);
  return releases
    .map((release) => nodeOfClause(diagram, variable, { operator: isIn, release, wildcard: false }))
    .reduce<MarkerNode>((all, node) => diagram.combine(kind, all, node), kind === 'or' ? 'never' : 'always');
}
