import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Bundles the sources into a directory of its own inside the package, where they find its files; path of the program. */
export function bundleProgram(name: string): string {
  const directory = join(process.cwd(), 'node_modules/.cache', name);
  execFileSync(process.execPath, ['scripts/bundle.mjs', directory], { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(directory, 'ferrule.cjs');
}
