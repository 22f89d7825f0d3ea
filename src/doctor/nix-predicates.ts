import { boundValue, type NixBinding } from './nix-bindings.ts';
import { isSign, type NixToken, nixStringValue } from './nix-tokens.ts';

/** A condition on a path, as filters of sources have it. */
export interface NixPredicate {
  /** It lets through what crane's `filterCargoSources` does. */
  readonly takesCargoFiles: boolean;
  /** Whether it lets through a file for another reason; the path is relative to the source. */
  readonly accepts: (path: string) => boolean;
}

type Test = (path: string) => boolean;

/** Names that say nothing by themselves. */
const SILENT: ReadonlySet<string> = new Set(['baseNameOf', 'toString', 'null', 'path', 'type', 'or', 'hasExt', 'name']);
const DEEPEST = 4;

/**
 * Reads a condition whose parts are joined by `||`: suffixes, infixes, regular expressions, extensions and names, and names bound in the
 * same text to such conditions. `undefined`: something in it is not understood, and may let through anything or nothing.
 */
export function readNixPredicate(expression: readonly NixToken[], bindings: readonly NixBinding[]): NixPredicate | undefined {
  const tests: Test[] = [];
  const state = { takesCargoFiles: false };
  const understood = read({ expression, bindings, tests, state, depth: 0 });
  if (!understood) return undefined;
  return { takesCargoFiles: state.takesCargoFiles, accepts: (path) => tests.some((test) => test(path)) };
}

function read(options: {
  readonly expression: readonly NixToken[];
  readonly bindings: readonly NixBinding[];
  readonly tests: Test[];
  readonly state: { takesCargoFiles: boolean };
  readonly depth: number;
}): boolean {
  const { expression, bindings, tests, state, depth } = options;
  if (depth > DEEPEST) return false;
  const parameters = new Set(expression.filter((_, index) => isSign(expression[index + 1], ':')).map(({ text }) => text));
  return expression.every((token, index) => {
    // `!` and `&&` take away, and a comparison is read where its name stands.
    if (token.kind === 'sign') return token.text !== '&' && !(token.text === '!' && !isSign(expression[index + 1], '='));
    if (token.kind !== 'word') return true;
    if (isSign(expression[index + 1], '.') || parameters.has(token.text)) {
      return !isSign(expression[index - 1], '.') || isSign(expression[index + 1], '.');
    }
    if (token.text === 'filterCargoSources') {
      state.takesCargoFiles = true;
      return true;
    }
    const test = testAt(expression, index);
    if (test !== undefined) return tests.push(test) > 0;
    if (SILENT.has(token.text)) return true;
    const value = isSign(expression[index - 1], '.') ? undefined : boundValue(bindings, token);
    return value !== undefined && read({ ...options, expression: value, depth: depth + 1 });
  });
}

/** `hasSuffix ".sql" path`, `builtins.match ".*md$" path`, `file.hasExt "rs"`, `file.name == "x"`, `baseNameOf path == "x"`. */
function testAt(expression: readonly NixToken[], index: number): Test | undefined {
  const name = expression[index]?.text;
  const literal = expression.slice(index + 1, index + 6).find(({ kind }) => kind === 'string');
  if (literal === undefined || literal.text.includes('${')) return undefined;
  const text = nixStringValue(literal);
  if (name === 'hasSuffix') return (path) => path.endsWith(text);
  if (name === 'hasInfix') return (path) => `/${path}`.includes(text);
  if (name === 'hasExt') return (path) => path.endsWith(`.${text}`);
  if (name === 'name' || name === 'baseNameOf') return (path) => path.slice(path.lastIndexOf('/') + 1) === text;
  if (name !== 'match') return undefined;
  const pattern = wholeMatch(text);
  return pattern === undefined ? undefined : (path) => pattern.test(`/${path}`);
}

/** A pattern as `builtins.match` takes it: for the whole text. `undefined`: JavaScript knows no such pattern. */
export function wholeMatch(source: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`, 's');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
