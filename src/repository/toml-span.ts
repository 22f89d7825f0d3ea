import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import type { Span } from '../diagnostics/diagnostic.ts';
import { spanAt, spanAtLine } from './file-span.ts';

/** Where a value stands in a document: keys, and positions in arrays from 0. */
export type TomlPath = readonly (string | number)[];

export interface TomlPlace {
  /** Path shown to the user. */
  readonly file: string;
  readonly text: string;
  readonly path: TomlPath;
  /** The key itself, or what it is set to. */
  readonly part: 'key' | 'value';
}

/**
 * The place of a value in a TOML text, or of the nearest table around it that is written down; `undefined` when the text does not parse.
 * Slow (it parses once more, with places): for diagnostics only.
 */
export function spanOfToml(place: TomlPlace): Span | undefined {
  let program: AST.TOMLProgram;
  try {
    // A number at the very end of a text would have no width.
    program = parseTOML(`${place.text}\n`);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
  const top = program.body[0];
  let found: Located = { start: 0, end: 0, depth: 0 };
  for (const item of top.body) {
    const within = item.type === 'TOMLTable' ? locateInTable(item, place) : locateInKeyValue(item, place.path, place.part);
    if (within !== undefined && within.depth > found.depth) found = within;
  }
  return spanAt({ file: place.file, text: place.text, start: found.start, end: found.end });
}

/** Why and where a text is no TOML; `undefined` when it parses. */
export function tomlSyntaxError(source: {
  readonly file: string;
  readonly text: string;
}): { readonly message: string; readonly span: Span } | undefined {
  try {
    parseTOML(source.text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { message: error.message, span: spanAtLine({ ...source, line: error.lineNumber, column: error.column }) };
  }
}

interface Located {
  readonly start: number;
  readonly end: number;
  /** How many parts of the path lead here. */
  readonly depth: number;
}

function locateInTable(table: AST.TOMLTable, place: TomlPlace): Located | undefined {
  const shared = sharedLength(table.resolvedKey, place.path);
  if (shared < table.resolvedKey.length && shared < place.path.length) return undefined;
  if (shared === place.path.length) return { start: table.key.range[0], end: table.key.range[1], depth: shared };
  for (const item of table.body) {
    const within = locateInKeyValue(item, place.path.slice(shared), place.part);
    if (within !== undefined) return { ...within, depth: within.depth + shared };
  }
  return { start: table.key.range[0], end: table.key.range[1], depth: shared };
}

function locateInKeyValue(item: AST.TOMLKeyValue, path: TomlPath, part: 'key' | 'value'): Located | undefined {
  const names = item.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));
  const shared = sharedLength(names, path);
  if (shared === 0 || (shared < names.length && shared < path.length)) return undefined;
  const rest = path.slice(shared);
  if (rest.length === 0) {
    const node = part === 'key' ? (item.key.keys[shared - 1] ?? item.key) : item.value;
    return { start: node.range[0], end: node.range[1], depth: shared };
  }
  const within = locateInValue(item.value, rest, part);
  return within === undefined
    ? { start: item.value.range[0], end: item.value.range[1], depth: shared }
    : { ...within, depth: within.depth + shared };
}

function locateInValue(value: AST.TOMLContentNode, path: TomlPath, part: 'key' | 'value'): Located | undefined {
  if (value.type === 'TOMLInlineTable') {
    for (const item of value.body) {
      const within = locateInKeyValue(item, path, part);
      if (within !== undefined) return within;
    }
  }
  if (value.type === 'TOMLArray' && typeof path[0] === 'number') {
    const element = value.elements[path[0]];
    if (element === undefined) return undefined;
    const rest = path.slice(1);
    const within = rest.length === 0 ? undefined : locateInValue(element, rest, part);
    return within === undefined ? { start: element.range[0], end: element.range[1], depth: 1 } : { ...within, depth: within.depth + 1 };
  }
  return undefined;
}

function sharedLength(left: TomlPath, right: TomlPath): number {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) length += 1;
  return length;
}
