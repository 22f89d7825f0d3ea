import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isWithin } from '../../source/path-within.ts';
import type { BuiltFile } from './build-answer.ts';

/**
 * Compiled modules of an editable project, which its backend put among the copy of the sources that it had: absolute path in the store by
 * dotted name. Those that lie below none of `sources` (what `editableSources` gave) cannot be imported, and are left out.
 */
export function editableModules(options: {
  readonly built: Pick<BuiltFile, 'modules'>;
  /** Absolute directory of the project in the checkout. */
  readonly directory: string;
  readonly sources: readonly string[];
}): Readonly<Record<string, string>> {
  const { built, directory, sources } = options;
  const modules: Record<string, string> = {};
  for (const path of built.modules === undefined ? [] : filesBelow(built.modules, '')) {
    const place = join(directory, path);
    const source = sources.find((candidate) => isWithin(place, candidate));
    if (source === undefined || built.modules === undefined) continue;
    modules[dottedName(relative(source, place))] = join(built.modules, path);
  }
  return modules;
}

/** `pkg/_native.cpython-311-x86_64-linux-gnu.so` → `pkg._native` */
function dottedName(path: string): string {
  const parts = path.split('/');
  const name = parts.pop()?.split('.', 1)[0] ?? '';
  return [...parts, name].join('.');
}

function filesBelow(root: string, prefix: string): readonly string[] {
  return readdirSync(join(root, prefix), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(root, `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`]))
    .toSorted();
}
