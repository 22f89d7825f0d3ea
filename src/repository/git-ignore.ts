import type { DirectoryReader } from './directory-listings.ts';
import { globToRegExp, isLiteral } from './glob.ts';

/** The patterns of one ignore file. */
export interface IgnoreRules {
  /**
   * `true`: ignored, `false`: taken back by a `!` pattern, `undefined`: these rules say nothing.
   * `path` is relative to the directory of the file; no directory above it is ignored.
   */
  verdict(path: string, name: string, isDirectory: boolean): boolean | undefined;
}

/** Ignore files that apply in a directory: the nearest first, as git weighs them. */
export interface IgnoreScope {
  readonly rules: IgnoreRules;
  /** Length of the rules' directory in the paths asked about, its final slash included: 0 for the root. */
  readonly prefixLength: number;
  readonly outer: IgnoreScope | undefined;
}

interface Pattern {
  readonly negated: boolean;
  readonly directoryOnly: boolean;
  /** Compares with the whole relative path rather than the last component. */
  readonly wholePath: boolean;
  readonly test: (text: string) => boolean;
}

interface IndexedPattern {
  readonly position: number;
  readonly pattern: Pattern;
}

/** Parses a `.gitignore` (gitignore(5)): the last pattern that matches decides. */
export function parseIgnoreRules(text: string): IgnoreRules {
  const names = new Map<string, IndexedPattern[]>();
  const others: IndexedPattern[] = [];
  for (const [position, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const parsed = parseLine(line);
    if (parsed === undefined) continue;
    const indexed = { position, pattern: parsed.pattern };
    if (parsed.literalName === undefined) others.push(indexed);
    else (names.get(parsed.literalName) ?? setDefault(names, parsed.literalName)).push(indexed);
  }
  others.reverse();
  return { verdict: (path, name, isDirectory) => weigh({ literal: names.get(name), others, path, name, isDirectory }) };
}

function setDefault(names: Map<string, IndexedPattern[]>, name: string): IndexedPattern[] {
  const list: IndexedPattern[] = [];
  names.set(name, list);
  return list;
}

function weigh(question: {
  readonly literal: readonly IndexedPattern[] | undefined;
  /** Last line first. */
  readonly others: readonly IndexedPattern[];
  readonly path: string;
  readonly name: string;
  readonly isDirectory: boolean;
}): boolean | undefined {
  const { literal, others, path, name, isDirectory } = question;
  const named = literal?.findLast(({ pattern }) => isDirectory || !pattern.directoryOnly);
  for (const { position, pattern } of others) {
    if (named !== undefined && named.position > position) break;
    if (pattern.directoryOnly && !isDirectory) continue;
    if (pattern.test(pattern.wholePath ? path : name)) return !pattern.negated;
  }
  return named === undefined ? undefined : !named.pattern.negated;
}

function parseLine(line: string): { readonly pattern: Pattern; readonly literalName: string | undefined } | undefined {
  let text = trimEnd(line.endsWith('\r') ? line.slice(0, -1) : line);
  if (text === '' || text.startsWith('#')) return undefined;
  const negated = text.startsWith('!');
  if (negated) text = text.slice(1);
  const directoryOnly = text.endsWith('/');
  if (directoryOnly) text = text.slice(0, -1);
  const wholePath = text.includes('/');
  if (text.startsWith('/')) text = text.slice(1);
  if (text === '') return undefined;
  const literalName = !wholePath && isLiteral(text) ? text : undefined;
  return { pattern: { negated, directoryOnly, wholePath, test: tester(text) }, literalName };
}

function tester(text: string): (path: string) => boolean {
  if (isLiteral(text)) return (path) => path === text;
  const suffix = text.slice(1);
  if (text.startsWith('*') && isLiteral(suffix) && !suffix.includes('/')) {
    return (path) => path.endsWith(suffix) && path.lastIndexOf('/', path.length - suffix.length) === -1;
  }
  const expression = globToRegExp(text);
  return expression === undefined ? () => false : (path) => expression.test(path);
}

/** Trailing spaces do not count unless a backslash quotes them. */
function trimEnd(line: string): string {
  let end = line.length;
  while (end > 0 && line.charAt(end - 1) === ' ' && line.charAt(end - 2) !== '\\') end -= 1;
  return line.slice(0, end);
}

/** Whether git would leave out `path` (relative to the root of the scopes), given that no directory above it is ignored. */
export function isIgnored(
  scope: IgnoreScope | undefined,
  entry: { readonly path: string; readonly name: string; readonly isDirectory: boolean },
): boolean {
  for (let current = scope; current !== undefined; current = current.outer) {
    const relative = current.prefixLength === 0 ? entry.path : entry.path.slice(current.prefixLength);
    const verdict = current.rules.verdict(relative, entry.name, entry.isDirectory);
    if (verdict !== undefined) return verdict;
  }
  return false;
}

/** Adds the ignore file at `file`, if there is one. `directory` is where its patterns count from, relative to the root of the scopes. */
export function withIgnoreFile(
  outer: IgnoreScope | undefined,
  options: { readonly file: string; readonly directory: string; readonly reader: DirectoryReader },
): IgnoreScope | undefined {
  const text = options.reader.readText(options.file);
  if (text === undefined) return outer;
  return { rules: parseIgnoreRules(text), prefixLength: options.directory === '' ? 0 : options.directory.length + 1, outer };
}
