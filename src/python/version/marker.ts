import { normalizeName } from '../distribution-name.ts';
import type { MarkerEnvironment } from '../interpreter.ts';
import { MarkerParser } from './marker-parser.ts';
import { parseSpecifier, satisfiesSpecifier } from './specifier.ts';
import { parseVersion } from './version.ts';

/** Variables of PEP 508. `extras` and `dependency_groups` are those of lock files (PEP 751): `'cli' in extras`. */
export type MarkerVariable = keyof MarkerEnvironment | 'extra' | 'extras' | 'dependency_groups';

export type MarkerOperator = '===' | '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=' | 'in' | 'not in';

/** A condition on the environment (PEP 508). */
export type Marker = { readonly kind: 'and' | 'or'; /** At least two. */ readonly operands: readonly Marker[] } | MarkerComparison;

export interface MarkerComparison {
  readonly kind: 'comparison';
  readonly variable: MarkerVariable;
  readonly operator: MarkerOperator;
  /** What it is compared with; names of extras and groups are normalised. */
  readonly value: string;
  /** The value stands on the left: `'linux' in sys_platform`. */
  readonly valueFirst: boolean;
}

export type ParsedMarker =
  | { readonly ok: true; readonly marker: Marker }
  /** `offset`: where in the text reading stopped, in UTF-16 units. */
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** Reads a marker without its `;`. */
export function parseMarker(text: string): ParsedMarker {
  return new MarkerParser(text, 0).whole();
}

export interface MarkerQuestion {
  readonly marker: Marker;
  readonly environment: MarkerEnvironment;
  /** Normalised names that `extra == '…'` is true for. uv's stand-ins for conflicting extras and groups are bound here as well. */
  readonly extras: ReadonlySet<string>;
  /** Normalised names that `'…' in dependency_groups` is true for; `undefined`: none. */
  readonly dependencyGroups?: ReadonlySet<string>;
}

/**
 * Whether a marker holds, as `packaging` has it: versions are compared by PEP 440 where the variable holds one and the other
 * side is one, everything else as text, on which `<` and `>` are never true. A comparison that means nothing is false.
 */
export function evaluateMarker(question: MarkerQuestion): boolean {
  return evaluate(question.marker, question);
}

function evaluate(marker: Marker, question: MarkerQuestion): boolean {
  switch (marker.kind) {
    case 'and':
      return marker.operands.every((operand) => evaluate(operand, question));
    case 'or':
      return marker.operands.some((operand) => evaluate(operand, question));
    case 'comparison':
      return compare(marker, question);
  }
}

function compare(comparison: MarkerComparison, question: MarkerQuestion): boolean {
  const { variable, operator, value, valueFirst } = comparison;
  if (variable === 'extra') return compareExtra(comparison, question.extras);
  if (variable === 'extras') return isMember(comparison, question.extras);
  if (variable === 'dependency_groups') return isMember(comparison, question.dependencyGroups ?? NO_NAMES);
  const actual = actualValue(question.environment, variable);
  const [left, right] = valueFirst ? [value, actual] : [actual, value];
  if (VERSION_VARIABLES.has(variable)) {
    const specifier = parseSpecifier(operator + right);
    if (specifier !== undefined) {
      if (specifier.operator === '===') return left.toLowerCase() === specifier.text.toLowerCase();
      const version = parseVersion(left);
      return version !== undefined && satisfiesSpecifier(specifier, version);
    }
  }
  return compareTexts(left, operator, right);
}

const NO_NAMES: ReadonlySet<string> = new Set();

const VERSION_VARIABLES: ReadonlySet<MarkerVariable> = new Set([
  'implementation_version',
  'platform_release',
  'python_full_version',
  'python_version',
]);

/** CPython built from a checkout calls itself `3.13.0+`, which is no version. */
function actualValue(environment: MarkerEnvironment, variable: keyof MarkerEnvironment): string {
  const value = environment[variable];
  return variable === 'python_full_version' && value.endsWith('+') ? `${value}local` : value;
}

function compareTexts(left: string, operator: MarkerOperator, right: string): boolean {
  switch (operator) {
    case '==':
    case '<=':
    case '>=':
      return left === right;
    case '!=':
      return left !== right;
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    case '<':
    case '>':
    case '~=':
    case '===':
      return false;
  }
}

function compareExtra({ operator, value, valueFirst }: MarkerComparison, extras: ReadonlySet<string>): boolean {
  switch (operator) {
    case '==':
    case '<=':
    case '>=':
      return extras.has(value);
    case '!=':
      return !extras.has(value);
    case 'in':
      return isAnyIn(extras, value, valueFirst);
    case 'not in':
      return !isAnyIn(extras, value, valueFirst);
    case '<':
    case '>':
    case '~=':
    case '===':
      return false;
  }
}

function isAnyIn(extras: ReadonlySet<string>, value: string, valueFirst: boolean): boolean {
  return [...extras].some((extra) => (valueFirst ? extra.includes(value) : value.includes(extra)));
}

function isMember({ operator, value, valueFirst }: MarkerComparison, names: ReadonlySet<string>): boolean {
  if (!valueFirst) return false;
  const isIn = names.has(normalizeName(value));
  return operator === 'in' ? isIn : operator === 'not in' && !isIn;
}
