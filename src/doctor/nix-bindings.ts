import { closingIndex, isSign, type NixToken } from './nix-tokens.ts';

/** `name = value;` of a Nix text, wherever it stands; of an attribute path the last name. */
export interface NixBinding {
  readonly name: string;
  /** Index of the name among the tokens. */
  readonly index: number;
  readonly value: readonly NixToken[];
}

/** Every binding of a text, in order. */
export function nixBindings(tokens: readonly NixToken[]): readonly NixBinding[] {
  return tokens.flatMap((token, index): readonly NixBinding[] => {
    const isName = token.kind === 'word' || token.kind === 'string';
    if (!isName || !isSign(tokens[index + 1], '=') || isSign(tokens[index + 2], '=')) return [];
    return [{ name: token.text, index, value: tokens.slice(index + 2, valueEnd(tokens, index + 2)) }];
  });
}

/** What a name stands for where it is used: the nearest binding before that place, else the first one behind it; `undefined`: bound elsewhere. */
export function boundValue(bindings: readonly NixBinding[], { text, start }: NixToken): readonly NixToken[] | undefined {
  const named = bindings.filter(({ name }) => name === text);
  return (named.findLast(({ value }) => (value[0]?.start ?? Infinity) < start) ?? named[0])?.value;
}

/** Index of the `;` that ends a value; those of `let`, `with` and `assert` inside belong to it. */
function valueEnd(tokens: readonly NixToken[], from: number): number {
  let lets = 0;
  let heads = 0;
  let index = from;
  while (index < tokens.length) {
    const token = tokens[index];
    if (token?.kind === 'word' && token.text === 'let') lets += 1;
    else if (token?.kind === 'word' && token.text === 'in') lets -= 1;
    else if (token?.kind === 'word' && (token.text === 'with' || token.text === 'assert')) heads += 1;
    else if (isSign(token, ';') && lets === 0) {
      if (heads === 0) return index;
      heads -= 1;
    } else if (isSign(token, '{') || isSign(token, '[') || isSign(token, '(')) index = closingIndex(tokens, index);
    else if (isSign(token, '}') || isSign(token, ']') || isSign(token, ')')) return index;
    index += 1;
  }
  return index;
}
