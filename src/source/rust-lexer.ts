/** What the scanner needs of Rust's tokens: words (identifiers, keywords, numbers), string literals and single punctuation characters. */
export interface RustToken {
  readonly kind: 'word' | 'string' | 'punctuation';
  /** A raw identifier without its `r#`; the value of a string literal; the character. */
  readonly text: string;
  /** Offset in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Written `r#name`: never a keyword. */
  readonly raw?: true;
}

const QUOTE = 34;
const HASH = 35;
const APOSTROPHE = 39;
const STAR = 42;
const SLASH = 47;
const BACKSLASH = 92;
const NEWLINE = 10;

/**
 * Splits Rust source into tokens. Comments (nested ones too), character literals and lifetimes are skipped. Never fails:
 * what is not finished ends with the text, as rustc will say it better (`compiler/rustc_lexer`).
 */
export function tokenizeRust(text: string): readonly RustToken[] {
  const tokens: RustToken[] = [];
  let index = skipShebang(text);
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code <= 32) index += 1;
    else if (code === SLASH && text.charCodeAt(index + 1) === SLASH) index = endOfLine(text, index);
    else if (code === SLASH && text.charCodeAt(index + 1) === STAR) index = endOfBlockComment(text, index);
    else if (code === QUOTE) index = pushString(tokens, text, { start: index, quote: index });
    else if (code === APOSTROPHE) index = endOfApostrophe(text, index);
    else if (isWordCode(code)) index = pushWord(tokens, text, index);
    else {
      tokens.push({ kind: 'punctuation', text: text.charAt(index), start: index, end: index + 1 });
      index += 1;
    }
  }
  return tokens;
}

function skipShebang(text: string): number {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  // `#![…]` is an attribute, whatever white space stands before the bracket.
  return text.startsWith('#!', start) && !/^#!\s*\[/.test(text.slice(start, start + 200)) ? endOfLine(text, start) : start;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

function endOfBlockComment(text: string, start: number): number {
  let depth = 1;
  let index = start + 2;
  while (depth > 0) {
    const close = text.indexOf('*/', index);
    if (close === -1) return text.length;
    const open = text.indexOf('/*', index);
    if (open !== -1 && open < close) {
      depth += 1;
      index = open + 2;
    } else {
      depth -= 1;
      index = close + 2;
    }
  }
  return index;
}

function isWordCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code >= 128;
}

function endOfWord(text: string, start: number): number {
  let end = start;
  while (end < text.length && isWordCode(text.charCodeAt(end))) end += 1;
  return end;
}

function pushWord(tokens: RustToken[], text: string, start: number): number {
  const end = endOfWord(text, start);
  const word = text.slice(start, end);
  const next = text.charCodeAt(end);
  if (next === QUOTE || next === HASH) {
    if (word === 'r' || word === 'br' || word === 'cr') {
      const raw = pushRaw(tokens, text, { start, end });
      if (raw !== undefined) return raw;
    } else if (next === QUOTE && (word === 'b' || word === 'c')) {
      return pushString(tokens, text, { start, quote: end });
    }
  }
  if (next === APOSTROPHE && word === 'b') return endOfApostrophe(text, end);
  tokens.push({ kind: 'word', text: word, start, end });
  return end;
}

/** After `r`, `br` or `cr`: a raw string or a raw identifier; `undefined` when it is neither. */
function pushRaw(tokens: RustToken[], text: string, prefix: { readonly start: number; readonly end: number }): number | undefined {
  let quote = prefix.end;
  while (text.charCodeAt(quote) === HASH) quote += 1;
  const hashes = quote - prefix.end;
  if (text.charCodeAt(quote) === QUOTE) {
    const close = text.indexOf(`"${'#'.repeat(hashes)}`, quote + 1);
    const stop = close === -1 ? text.length : close;
    const end = close === -1 ? text.length : close + 1 + hashes;
    tokens.push({ kind: 'string', text: text.slice(quote + 1, stop), start: prefix.start, end });
    return end;
  }
  if (hashes !== 1 || !isWordCode(text.charCodeAt(quote))) return undefined;
  const end = endOfWord(text, quote);
  tokens.push({ kind: 'word', text: text.slice(quote, end), start: prefix.start, end, raw: true });
  return end;
}

function pushString(tokens: RustToken[], text: string, place: { readonly start: number; readonly quote: number }): number {
  let index = place.quote + 1;
  let escaped = false;
  for (; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) break;
    if (code === BACKSLASH) {
      escaped = true;
      index += 1;
    }
  }
  const content = text.slice(place.quote + 1, index);
  const end = Math.min(index + 1, text.length);
  tokens.push({ kind: 'string', text: escaped ? unescape(content) : content, start: place.start, end });
  return end;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', '0': '\0', '"': '"', "'": "'" };

function unescape(content: string): string {
  return content.replaceAll(
    /\\(?:\r?\n\s*|u\{([0-9a-fA-F_]+)\}|x([0-9a-fA-F]{2})|(.))/gs,
    (whole, unicode?: string, byte?: string, char?: string) => {
      if (unicode !== undefined) return codePoint(Number.parseInt(unicode.replaceAll('_', ''), 16));
      if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
      if (char !== undefined) return SIMPLE_ESCAPES[char] ?? whole;
      return '';
    },
  );
}

function codePoint(value: number): string {
  return value <= 0x10ffff ? String.fromCodePoint(value) : '\ufffd';
}

/** Behind a character literal, or behind a lifetime or label. */
function endOfApostrophe(text: string, start: number): number {
  const after = text.charCodeAt(start + 1);
  if (after === BACKSLASH) {
    const close = text.indexOf("'", start + 3);
    const newline = endOfLine(text, start);
    return close === -1 || close > newline ? newline : close + 1;
  }
  const width = (text.codePointAt(start + 1) ?? 0) > 0xffff ? 2 : 1;
  if (text.charCodeAt(start + 1 + width) === APOSTROPHE && after !== NEWLINE) return start + 2 + width;
  return Math.max(endOfWord(text, start + 1), start + 1);
}
