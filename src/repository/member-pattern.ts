import { join } from 'node:path';
import type { DirectoryReader } from './directory-listings.ts';
import { globToRegExp, isLiteral } from './glob.ts';

/** Directories that an entry of `members` stands for, relative to the root (`''` for the root): `packages/*`, `tools/lint`, `.`. */
export function expandMemberPattern(options: {
  readonly root: string;
  readonly pattern: string;
  readonly directories: DirectoryReader;
}): readonly string[] {
  let paths: readonly string[] = [''];
  for (const component of options.pattern.split('/')) {
    if (component === '' || component === '.') continue;
    if (isLiteral(component)) {
      paths = paths.map((path) => below(path, component));
      continue;
    }
    const expression = globToRegExp(component);
    paths = expression === undefined ? [] : paths.flatMap((path) => matching({ ...options, path, expression }));
  }
  return paths;
}

function matching(options: {
  readonly root: string;
  readonly path: string;
  readonly expression: RegExp;
  readonly directories: DirectoryReader;
}): readonly string[] {
  const entries = options.directories.list(options.path === '' ? options.root : join(options.root, options.path)) ?? [];
  return entries
    .filter((entry) => entry.kind !== 'file' && !entry.name.startsWith('.') && options.expression.test(entry.name))
    .map((entry) => below(options.path, entry.name));
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}
