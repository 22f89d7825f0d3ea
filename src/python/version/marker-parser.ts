import { normalizeName } from '../distribution-name.ts';
import type { Marker, MarkerOperator, MarkerVariable, ParsedMarker } from './marker.ts';

/** Recursive descent over the grammar of PEP 508 (dependency specifiers, environment markers). */
export class MarkerParser {
  readonly #text: string;
  #position: number;

  /** Reads from `start` to the end of the text; offsets in errors count from the text's own beginning. */
  constructor(text: string, start: number) {
    this.#text = text;
    this.#position = start;
  }

  whole(): ParsedMarker {
    try {
      const marker = this.#or();
      this.#space();
      if (this.#position < this.#text.length) this.#expected('`and`, `or` or the end of the marker');
      return { ok: true, marker };
    } catch (error) {
      if (error instanceof MarkerProblem) return { ok: false, message: error.message, offset: error.offset };
      throw error;
    }
  }

  #or(): Marker {
    return this.#chain('or', () => this.#chain('and', () => this.#atom()));
  }

  #chain(kind: 'and' | 'or', operand: () => Marker): Marker {
    const first = operand();
    const operands = [first];
    while (this.#take(kind === 'and' ? /and\b/y : /or\b/y) !== undefined) operands.push(operand());
    return operands.length === 1 ? first : { kind, operands };
  }

  #atom(): Marker {
    if (this.#take(/\(/y) === undefined) return this.#comparison();
    const marker = this.#or();
    if (this.#take(/\)/y) === undefined) this.#expected('`)`');
    return marker;
  }

  #comparison(): Marker {
    const start = this.#skipped();
    const left = this.#side();
    const operator = this.#operator();
    const right = this.#side();
    if ('variable' in left && 'value' in right) return comparisonOf(left.variable, operator, right.value, false);
    if ('variable' in right && 'value' in left) return comparisonOf(right.variable, operator, left.value, true);
    const problem = 'variable' in left ? 'two variables are compared' : 'two texts are compared';
    throw new MarkerProblem(`${problem}: one side must be a variable, the other a quoted text`, start);
  }

  #side(): { readonly variable: MarkerVariable } | { readonly value: string } {
    const quoted = this.#take(/'[^']*'|"[^"]*"/y);
    if (quoted !== undefined) return { value: quoted.slice(1, -1) };
    const start = this.#skipped();
    const word = this.#take(/[a-z_][\w.]*/iy);
    const variable = word === undefined ? undefined : VARIABLES.get(word);
    if (variable !== undefined) return { variable };
    throw new MarkerProblem(
      word === undefined ? `expected a variable or a quoted text, found ${this.#found(start)}` : `\`${word}\` is not a variable of markers`,
      start,
    );
  }

  #operator(): MarkerOperator {
    const word = this.#take(/===|==|!=|<=|>=|~=|<|>|in\b|not\s+in\b/y);
    if (word === undefined) this.#expected('a comparison such as `==`, `>=` or `in`');
    return word.startsWith('not') ? 'not in' : (OPERATORS.get(word) ?? this.#expected('a comparison'));
  }

  /** The next token of that shape, space before it skipped; `undefined`: something else stands there. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#skipped();
    const [token] = pattern.exec(this.#text) ?? [];
    if (token !== undefined) this.#position = pattern.lastIndex;
    return token;
  }

  #skipped(): number {
    this.#space();
    return this.#position;
  }

  #space(): void {
    while (/\s/.test(this.#text.charAt(this.#position))) this.#position++;
  }

  #expected(what: string): never {
    const offset = this.#skipped();
    throw new MarkerProblem(`expected ${what}, found ${this.#found(offset)}`, offset);
  }

  #found(offset: number): string {
    const rest = this.#text.slice(offset);
    return rest === '' ? 'the end' : `\`${/^\S+/.exec(rest)?.[0] ?? rest}\``;
  }
}

class MarkerProblem extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = 'MarkerProblem';
    this.offset = offset;
  }
}

function comparisonOf(variable: MarkerVariable, operator: MarkerOperator, value: string, valueFirst: boolean): Marker {
  const isName = variable === 'extra' || variable === 'extras' || variable === 'dependency_groups';
  return { kind: 'comparison', variable, operator, value: isName ? normalizeName(value) : value, valueFirst };
}

const OPERATORS: ReadonlyMap<string, MarkerOperator> = new Map(
  (['===', '==', '!=', '<=', '>=', '<', '>', '~=', 'in'] as const).map((operator) => [operator, operator]),
);

const NAMES: readonly MarkerVariable[] = [
  'implementation_name',
  'implementation_version',
  'os_name',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_full_version',
  'python_version',
  'sys_platform',
  'extra',
  'extras',
  'dependency_groups',
];

/** With the spellings of before PEP 508 (setuptools 20 and older) that metadata still has. */
const VARIABLES: ReadonlyMap<string, MarkerVariable> = new Map<string, MarkerVariable>([
  ...NAMES.map((name) => [name, name] as const),
  ['os.name', 'os_name'],
  ['sys.platform', 'sys_platform'],
  ['platform.version', 'platform_version'],
  ['platform.machine', 'platform_machine'],
  ['platform.python_implementation', 'platform_python_implementation'],
  ['python_implementation', 'platform_python_implementation'],
]);
