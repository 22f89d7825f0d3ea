import { readFileSync } from 'node:fs';
import type { SourceFile } from './contribution.ts';

/** `__path__ = …`: the two old ways to share a package between distributions (pkgutil, pkg_resources). */
const DECLARATION =
  /^(?:__path__=__import__\(['"]pkgutil['"]\)\.extend_path\(__path__,__name__\)|frompkgutilimportextend_path|importpkgutil|__path__=(?:pkgutil\.)?extend_path\(__path__,__name__\)|__import__\(['"]pkg_resources['"]\)\.declare_namespace\(__name__\)|try:|exceptImportError:|import(?:pkg_resources|pkgutil)|pkg_resources\.declare_namespace\(__name__\))$/;

/**
 * Whether several `__init__.py` of one package say the same though their bytes differ: nothing but comments in each, or nothing but
 * the declaration of a namespace package, however written. Reads the files.
 */
export function areEquivalentInits(files: readonly SourceFile[]): boolean {
  const meanings = new Set(files.map(meaningOf));
  return meanings.size === 1 && !meanings.has('code');
}

function meaningOf(file: SourceFile): 'nothing' | 'namespace' | 'code' {
  if (file.kind !== 'tree-file') return 'code';
  const text = readFileSync(`${file.tree.directory}/${file.path}`, 'utf8');
  const lines = text
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').replaceAll(/\s/g, ''))
    .filter((line) => line !== '');
  if (lines.length === 0) return 'nothing';
  return lines.every((line) => DECLARATION.test(line)) ? 'namespace' : 'code';
}
