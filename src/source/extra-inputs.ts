import { posix, resolve } from 'node:path';
import type { DirectoryReader } from '../repository/directory-listings.ts';
import { globToRegExp, isLiteral } from '../repository/glob.ts';
import type { Probe } from './disk-probe.ts';
import { isWithin } from './path-within.ts';

const VERSION_CONTROL: ReadonlySet<string> = new Set(['.git', '.hg', '.jj', '.svn']);

/**
 * Files for the `inputs` of an override: patterns relative to the package, `../` and `**` allowed; a directory stands for all
 * that is in it. Ignore files do not count: what is named is meant. Absolute paths; what lies outside the anchor is left out.
 */
export function filesForInputs(options: {
  readonly patterns: readonly string[];
  readonly packageRoot: string;
  readonly anchor: string;
  readonly directories: DirectoryReader;
  readonly probe: Probe;
}): readonly string[] {
  return options.patterns.flatMap((pattern) => {
    const parts = posix.normalize(pattern).replace(/\/$/, '').split('/');
    const firstGlob = parts.findIndex((part) => !isLiteral(part));
    const fixed = resolve(options.packageRoot, (firstGlob === -1 ? parts : parts.slice(0, firstGlob)).join('/'));
    if (!isWithin(fixed, options.anchor)) return [];
    if (firstGlob === -1) return options.directories.list(fixed) === undefined ? [fixed] : filesOfDirectory(fixed, options);
    const expression = globToRegExp(parts.slice(firstGlob).join('/'));
    if (expression === undefined) return [];
    return filesOfDirectory(fixed, options).filter((file) => expression.test(file.slice(fixed.length + 1)));
  });
}

/** Every file below a directory but version control; links to files are files, links to directories are not followed. Absolute paths. */
export function filesOfDirectory(
  directory: string,
  disk: { readonly directories: DirectoryReader; readonly probe: Probe },
): readonly string[] {
  const files: string[] = [];
  for (const { name, kind } of disk.directories.list(directory) ?? []) {
    if (VERSION_CONTROL.has(name)) continue;
    const path = `${directory}/${name}`;
    if (kind === 'directory') files.push(...filesOfDirectory(path, disk));
    else if (kind === 'file' || disk.probe.kind(path) === 'file') files.push(path);
  }
  return files;
}
