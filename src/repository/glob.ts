/** Patterns as git reads them: `wildmatch` with the path rule, so that a single star stays inside one component (git `wildmatch.c`). */

const REGEXP_SPECIAL = /[.*+?^${}()|[\]\\/]/;
const CLASS_SPECIAL = /[\\\]^-]/;
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: ' \\t\\n\\r',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

/** True when the pattern is a plain name: nothing in it but characters that stand for themselves. */
export function isLiteral(pattern: string): boolean {
  return !/[*?[\\]/.test(pattern);
}

/**
 * The pattern as an anchored expression over a `/`-separated path, or `undefined` when git says that it matches nothing
 * (an unfinished bracket, a trailing backslash).
 */
export function globToRegExp(pattern: string): RegExp | undefined {
  let source = '';
  let index = 0;
  while (index < pattern.length) {
    const char = pattern.charAt(index);
    if (char === '*') {
      const [text, next] = translateStars(pattern, index);
      source += text;
      index = next;
    } else if (char === '?') {
      source += '[^/]';
      index += 1;
    } else if (char === '[') {
      const bracket = translateBracket(pattern, index);
      if (bracket === undefined) return undefined;
      source += bracket.source;
      index = bracket.next;
    } else if (char === '\\') {
      const escaped = pattern.charAt(index + 1);
      if (escaped === '') return undefined;
      source += escapeCharacter(escaped);
      index += 2;
    } else {
      source += escapeCharacter(char);
      index += 1;
    }
  }
  return new RegExp(`^${source}$`, 'su');
}

function translateStars(pattern: string, start: number): readonly [source: string, next: number] {
  let end = start;
  while (pattern.charAt(end) === '*') end += 1;
  const wholeComponent =
    end - start >= 2 && (start === 0 || pattern.charAt(start - 1) === '/') && (end === pattern.length || pattern.charAt(end) === '/');
  if (!wholeComponent) return ['[^/]*', end];
  if (end === pattern.length) return [start === 0 ? '.*' : '.+', end];
  return ['(?:.*/)?', end + 1];
}

interface Bracket {
  readonly source: string;
  readonly next: number;
}

function translateBracket(pattern: string, start: number): Bracket | undefined {
  let index = start + 1;
  const negated = pattern.charAt(index) === '!' || pattern.charAt(index) === '^';
  if (negated) index += 1;
  let body = '';
  let first = true;
  while (first || pattern.charAt(index) !== ']') {
    first = false;
    const member = readMember(pattern, index);
    if (member === undefined) return undefined;
    body += member.source;
    index = member.next;
  }
  // A bracket never matches a separator, whatever its members say.
  return { source: negated ? `[^/${body}]` : `(?!/)${body === '' ? '[]' : `[${body}]`}`, next: index + 1 };
}

function readMember(pattern: string, start: number): Bracket | undefined {
  if (pattern.startsWith('[:', start)) {
    const end = pattern.indexOf(']', start + 2);
    if (end === -1) return undefined;
    if (pattern.charAt(end - 1) === ':' && end - 1 >= start + 2) {
      const members = POSIX_CLASSES[pattern.slice(start + 2, end - 1)];
      return members === undefined ? undefined : { source: members, next: end + 1 };
    }
  }
  const from = readCharacter(pattern, start);
  if (from === undefined) return undefined;
  if (pattern.charAt(from.next) !== '-' || pattern.charAt(from.next + 1) === ']')
    return { source: classCharacter(from.char), next: from.next };
  const to = readCharacter(pattern, from.next + 1);
  if (to === undefined) return undefined;
  // Git tests the lower bound as a member before it looks at the range, so an empty range still matches it.
  const source = from.char <= to.char ? `${classCharacter(from.char)}-${classCharacter(to.char)}` : classCharacter(from.char);
  return { source, next: to.next };
}

function readCharacter(pattern: string, start: number): { readonly char: string; readonly next: number } | undefined {
  const index = pattern.charAt(start) === '\\' ? start + 1 : start;
  const point = pattern.codePointAt(index);
  if (point === undefined) return undefined;
  const char = String.fromCodePoint(point);
  return { char, next: index + char.length };
}

function escapeCharacter(char: string): string {
  return REGEXP_SPECIAL.test(char) ? `\\${char}` : char;
}

function classCharacter(char: string): string {
  return CLASS_SPECIAL.test(char) || char === '[' ? `\\${char}` : char;
}
