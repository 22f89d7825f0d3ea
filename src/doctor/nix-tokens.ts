/** A piece of a Nix text. Comments and blanks are left out. */
export interface NixToken {
  /** `string`: what stands between the quotes, interpolations as written. `path`: `./x`, `../x`. `word`: a name, a keyword or a number. */
  readonly kind: 'string' | 'path' | 'word' | 'sign';
  readonly text: string;
  /** Offsets in UTF-16 units, quotes included. */
  readonly start: number;
  readonly end: number;
}

const BLANK = /(?:\s+|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const PATH = /(?:\.\.?|~)?(?:\/[A-Za-z0-9._+-]+)+\/?|\.\.?\/(?=\$\{|[\s;)\]])/y;
const WORD = /[A-Za-z_][A-Za-z0-9_'-]*|\d+(?:\.\d+)?/y;

/** Splits a Nix text (Nix manual, "Lexical structure"), as far as glue needs it: what is inside an interpolation stays part of its string. */
export function tokenizeNix(text: string): readonly NixToken[] {
  const tokens: NixToken[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const blank = take(BLANK);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const start = at;
    const quote = text.startsWith("''", at) ? "''" : text.charAt(at) === '"' ? '"' : undefined;
    if (quote !== undefined) {
      at = stringEnd(text, at + quote.length, quote);
      const inner = text.slice(start + quote.length, Math.max(start + quote.length, at - quote.length));
      tokens.push({ kind: 'string', text: inner, start, end: at });
      continue;
    }
    const path = take(PATH);
    const word = path === undefined ? take(WORD) : undefined;
    const sign = path ?? word ?? text.charAt(at);
    at += sign.length;
    tokens.push({ kind: path !== undefined ? 'path' : word !== undefined ? 'word' : 'sign', text: sign, start, end: at });
  }
  return tokens;
}

/** Offset after the closing quote of a string whose text begins at `from`. */
function stringEnd(text: string, from: number, quote: '"' | "''"): number {
  let at = from;
  while (at < text.length) {
    if (quote === '"' && text.charAt(at) === '\\') at += 2;
    else if (quote === "''" && /^''(?:['$]|\\.)/s.test(text.slice(at, at + 4))) at += text.charAt(at + 2) === '\\' ? 4 : 3;
    else if (text.startsWith('$${', at)) at += 3;
    else if (text.startsWith('${', at)) at = interpolationEnd(text, at + 2);
    else if (text.startsWith(quote, at)) return at + quote.length;
    else at += 1;
  }
  return text.length;
}

function interpolationEnd(text: string, from: number): number {
  let depth = 1;
  let at = from;
  while (at < text.length) {
    const quote = text.startsWith("''", at) ? "''" : text.charAt(at) === '"' ? '"' : undefined;
    if (quote !== undefined) {
      at = stringEnd(text, at + quote.length, quote);
      continue;
    }
    if (text.charAt(at) === '{') depth += 1;
    if (text.charAt(at) === '}') depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return text.length;
}

/** What a string token without interpolations stands for; `"\.sql"` is `.sql`, and an indented string knows no such escapes. */
export function nixStringValue({ text, start, end }: NixToken): string {
  const isIndented = end - start - text.length > 2;
  return isIndented ? text : text.replaceAll(/\\(.)/gs, '$1');
}

export function isSign(token: NixToken | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text;
}

const OPENING = new Set(['[', '(', '{']);
const CLOSING = new Set([']', ')', '}']);

/** Index of the token that closes the bracket at `open`; the last token when nothing does. */
export function closingIndex(tokens: readonly NixToken[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.kind !== 'sign') continue;
    if (OPENING.has(token.text)) depth += 1;
    if (CLOSING.has(token.text)) depth -= 1;
    if (depth === 0) return index;
  }
  return tokens.length - 1;
}

/** The elements of the list that opens at `open`, each with the tokens it is made of. */
export function listElements(tokens: readonly NixToken[], open: number): readonly (readonly NixToken[])[] {
  const end = closingIndex(tokens, open);
  const elements: NixToken[][] = [];
  let index = open + 1;
  let continues = false;
  while (index < end) {
    const token = tokens[index];
    if (token === undefined) break;
    const last = token.kind === 'sign' && OPENING.has(token.text) ? closingIndex(tokens, index) : index;
    const taken = tokens.slice(index, last + 1);
    const isDot = isSign(token, '.');
    const current = elements.at(-1);
    if ((continues || isDot) && current !== undefined) current.push(...taken);
    else elements.push(taken);
    continues = isDot;
    index = last + 1;
  }
  return elements;
}
