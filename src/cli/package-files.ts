import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Text of a file of the installed package, such as `docs/errors.md`; the sources and the bundle lie at different depths below it. */
export function readPackageFile(name: string): string {
  return readFileSync(join(packageDirectory(), name), 'utf8');
}

/** Absolute path of a file that is bundled with the program and stands beside it. */
export function bundledFilePath(name: string): string {
  return join(dirname(fileURLToPath(import.meta.url)), name);
}

/** Absolute path of a program that was bundled beside this one; `undefined`: this one runs from its sources. */
export function programBeside(name: string): string | undefined {
  const path = bundledFilePath(name);
  return existsSync(path) ? path : undefined;
}

/** Text of a file that is made with the program; this one may run from its sources, and then that in `dist` counts. */
export function readProgramFile(name: string): string {
  return readFileSync(programBeside(name) ?? join(packageDirectory(), 'dist', name), 'utf8');
}

function packageDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('internal: the package directory was not found');
    directory = parent;
  }
  return directory;
}

/** Version of this package, as its `package.json` has it. */
export function packageVersion(): string {
  const content: unknown = JSON.parse(readPackageFile('package.json'));
  const hasVersion = typeof content === 'object' && content !== null && 'version' in content;
  return hasVersion && typeof content.version === 'string' ? content.version : 'unknown';
}
