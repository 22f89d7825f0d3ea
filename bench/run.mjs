// `npm run bench [-- SCENARIO… --rounds N --json]`: builds Ferrule as it is shipped, bundles the bench and starts it. See README.md here.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const bench = dirname(fileURLToPath(import.meta.url));
const checkout = dirname(bench);

const bundled = spawnSync(process.execPath, [join(checkout, 'scripts/bundle.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
if (bundled.status !== 0) process.exit(3);

const directory = mkdtempSync(join(tmpdir(), 'ferrule-bench-program-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
await build({
  entryPoints: [join(bench, 'main.ts'), join(bench, 'observed-build.ts')],
  outdir: directory,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
});
process.env.FERRULE_BENCH_CHECKOUT = checkout;
await import(join(directory, 'main.mjs'));
