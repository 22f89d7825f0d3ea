import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAttributes } from './attributes.ts';
import { BuildRoot, RunnerFailure } from './build-root.ts';
import { NixRunner } from './run-steps.ts';

/** The builder of every derivation of `ferrule.nix`. */
async function main(): Promise<void> {
  const top = process.env['NIX_BUILD_TOP'] ?? process.cwd();
  // Before 2.9 the variable has the path outside the sandbox.
  const inside = join(top, '.attrs.json');
  const file = existsSync(inside) ? inside : (process.env['NIX_ATTRS_JSON_FILE'] ?? inside);
  try {
    await new NixRunner(parseAttributes(readFileSync(file, 'utf8')), new BuildRoot(top)).run();
  } catch (error) {
    if (!(error instanceof RunnerFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

await main();
