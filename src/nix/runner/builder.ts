import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildRoot, RunnerFailure } from './build-root.ts';

/** Runs the builder of a derivation with its structured attributes; what ends it with a message of its own is said, and is its failure. */
export async function runBuilder(build: (attributes: string, root: BuildRoot) => Promise<void>): Promise<void> {
  const top = process.env['NIX_BUILD_TOP'] ?? process.cwd();
  // Before 2.9 the variable has the path outside the sandbox.
  const inside = join(top, '.attrs.json');
  const file = existsSync(inside) ? inside : (process.env['NIX_ATTRS_JSON_FILE'] ?? inside);
  try {
    await build(readFileSync(file, 'utf8'), new BuildRoot(top));
  } catch (error) {
    if (!(error instanceof RunnerFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
