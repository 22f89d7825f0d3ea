import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Absolute path of a file of that name in the first absolute directory of a `PATH` that has one; `undefined`: none has. */
export function findProgram(name: string, searchPath: string): string | undefined {
  return searchPath
    .split(':')
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
