import type { PackingDisk } from './packing-disk.ts';

/** How many directories deep `**` goes: beyond it, links must lead in a circle. */
const DEEPEST = 60;

/**
 * Files below `root` that a pattern names, as the Rust crate `glob` finds them for maturin: `*` and `?` within a component, hidden
 * names included, links followed, `**` for any directories, but no files at a pattern's end. Relative paths, sorted by component.
 * `undefined`: the pattern leads out of the root or is no pattern.
 */
export function globFiles(options: {
  readonly pattern: string;
  /** Absolute. */
  readonly root: string;
  readonly disk: Pick<PackingDisk, 'directories' | 'probe'>;
}): readonly string[] | undefined {
  const { pattern, root, disk } = options;
  if (pattern.startsWith('/')) return undefined;
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return undefined;
  const tests = parts.map(componentTest);
  if (tests.includes(undefined) || pattern.endsWith('/')) return tests.includes(undefined) ? undefined : [];
  const found: string[] = [];
  const search: Search = { root, disk, tests: tests.filter((test) => test !== undefined), found };
  descend(search, { path: '', depth: 0, index: 0 });
  return [...new Set(found)];
}

type ComponentTest = { readonly kind: 'literal'; readonly name: string } | { readonly kind: 'any-depth' } | PatternTest;

interface PatternTest {
  readonly kind: 'pattern';
  readonly expression: RegExp;
}

interface Search {
  readonly root: string;
  readonly disk: Pick<PackingDisk, 'directories' | 'probe'>;
  readonly tests: readonly ComponentTest[];
  readonly found: string[];
}

/** A directory, and which component of the pattern its entries are compared with. */
interface Position {
  readonly path: string;
  readonly depth: number;
  readonly index: number;
}

function descend(search: Search, position: Position): void {
  const test = search.tests[position.index];
  if (test === undefined || position.depth > DEEPEST) return;
  const isLast = position.index === search.tests.length - 1;
  if (test.kind === 'any-depth') {
    descendAnyDepth(search, position);
    return;
  }
  for (const name of namesIn(search, position, test)) {
    const path = position.path === '' ? name : `${position.path}/${name}`;
    if (isLast) {
      if (search.disk.probe.kind(`${search.root}/${path}`) === 'file') search.found.push(path);
    } else descend(search, { path, depth: position.depth + 1, index: position.index + 1 });
  }
}

/** Entries in order: each directory is both gone into and, with what follows `**`, looked at itself. */
function descendAnyDepth(search: Search, position: Position): void {
  if (position.index === search.tests.length - 1) return;
  const next = search.tests[position.index + 1];
  if (next?.kind === 'any-depth') {
    descend(search, { ...position, index: position.index + 1 });
    return;
  }
  const direct = new Set(next === undefined ? [] : namesIn(search, position, next));
  const rest: Search = { ...search, tests: search.tests.slice(position.index + 2) };
  for (const name of listed(search, position.path)) {
    const path = position.path === '' ? name : `${position.path}/${name}`;
    const kind = search.disk.probe.kind(`${search.root}/${path}`);
    if (direct.has(name) && rest.tests.length === 0 && kind === 'file') search.found.push(path);
    if (kind !== 'directory') continue;
    if (direct.has(name)) descend(rest, { path, depth: position.depth + 1, index: 0 });
    descend(search, { path, depth: position.depth + 1, index: position.index });
  }
}

function namesIn(search: Search, position: Position, test: ComponentTest): readonly string[] {
  if (test.kind === 'literal') return [test.name];
  const names = listed(search, position.path);
  return test.kind === 'pattern' ? names.filter((name) => test.expression.test(name)) : names;
}

function listed(search: Search, path: string): readonly string[] {
  const entries = search.disk.directories.list(path === '' ? search.root : `${search.root}/${path}`) ?? [];
  return entries.map(({ name }) => name);
}

/** `undefined`: `a**b`, `***` or an open bracket, which the crate refuses. */
function componentTest(part: string): ComponentTest | undefined {
  if (part === '**') return { kind: 'any-depth' };
  if (part.includes('**')) return undefined;
  if (!/[*?[]/.test(part)) return { kind: 'literal', name: part };
  let source = '';
  for (let index = 0; index < part.length; index += 1) {
    const char = part.charAt(index);
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (char === '[') {
      const end = part.indexOf(']', index + (part.charAt(index + 1) === '!' ? 3 : 2));
      if (end === -1) return undefined;
      source += bracket(part.slice(index + 1, end));
      index = end;
    } else source += char.replace(/[.+^${}()|\\\]]/, String.raw`\$&`);
  }
  try {
    return { kind: 'pattern', expression: new RegExp(`^${source}$`, 'su') };
  } catch (error) {
    // A range that runs backwards.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function bracket(inner: string): string {
  const negated = inner.startsWith('!');
  const body = (negated ? inner.slice(1) : inner).replaceAll(/[\\\]^[]/g, String.raw`\$&`).replaceAll(/^-|-$/g, String.raw`\-`);
  return `[${negated ? '^' : ''}${body}]`;
}
