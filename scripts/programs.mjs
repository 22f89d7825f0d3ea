// `npm run programs [-- NAME…]`: builds real crates and programs with cargo and with Ferrule, and compares. See test/programs/main.ts.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUBBLEWRAP, has, installDebianPackages, installPackages, root } from './set-up.mjs';

if (!has('cargo')) {
  console.error('error: cargo is needed: install Rust with rustup');
  process.exit(3);
}
installPackages();
installDebianPackages([BUBBLEWRAP]);
// A bundle of its own, so that it can go on while others build; inside the package, where its files are found.
const directory = join(root, 'node_modules/.cache', `ferrule-programs-${process.pid}`);
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const bundled = spawnSync(process.execPath, [join(root, 'scripts/bundle.mjs'), join(directory, 'dist')], { encoding: 'utf8' });
if (bundled.status !== 0) {
  console.error(bundled.stderr);
  process.exit(3);
}
const { build } = await import('esbuild');
const main = join(directory, 'programs.mjs');
await build({
  entryPoints: [join(root, 'test/programs/main.ts')],
  outfile: main,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
});
const words = [main, `--ferrule=${join(directory, 'dist/ferrule.cjs')}`, ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 3;
