import { globToRegExp } from '../../repository/glob.ts';
import { isTable } from '../project/toml-reader.ts';
import { isStrings, tableAt } from './build-system.ts';

/** Files that every backend may read, whatever it packs. */
const ALWAYS: ReadonlySet<string> = new Set(['pyproject.toml', 'setup.py', 'setup.cfg', 'MANIFEST.in']);

/** License files where none are named (PEP 639, and setuptools and hatchling before it). */
const USUAL_LICENSES = ['LICEN[CS]E*', 'COPYING*', 'NOTICE*', 'AUTHORS*'];

/** Whether a file, by its path relative to the project, goes into the metadata: configuration, readme, licences. */
export function papersOf(document: Readonly<Record<string, unknown>>): (path: string) => boolean {
  const project = tableAt(document, 'project') ?? {};
  const poetry = tableAt(document, 'tool', 'poetry') ?? {};
  const named = new Set([...ALWAYS, ...filesNamed(project['readme']), ...filesNamed(project['license']), ...filesNamed(poetry['readme'])]);
  const patterns = licensePatterns(document).flatMap((pattern) => globToRegExp(pattern.replace(/^\.\//, '')) ?? []);
  return (path) => named.has(path) || patterns.some((pattern) => pattern.test(path));
}

/** `"README.md"`, `["README.md", …]` or `{ file = "README.md" }` */
function filesNamed(value: unknown): readonly string[] {
  const names = isTable(value) ? value['file'] : value;
  const list = typeof names === 'string' ? [names] : isStrings(names) ? names : [];
  return list.map((name) => name.replace(/^\.\//, ''));
}

function licensePatterns(document: Readonly<Record<string, unknown>>): readonly string[] {
  const written = [(tableAt(document, 'project') ?? {})['license-files'], (tableAt(document, 'tool', 'setuptools') ?? {})['license-files']];
  const uv = (tableAt(document, 'tool', 'uv', 'build-backend') ?? {})['license-files'];
  const patterns = [...written, uv].flatMap((value) => {
    if (isStrings(value)) return value;
    // hatchling's form from before PEP 639.
    const table = isTable(value) ? [value['paths'], value['globs']] : [];
    return table.flatMap((list) => (isStrings(list) ? list : []));
  });
  return [...patterns, ...USUAL_LICENSES];
}
