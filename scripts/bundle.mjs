// Bundles the command line into dist/: ES modules, split where the sources import lazily, names kept for readable stacks.
import { rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Bundles one entry point into a directory; `name` is the file name of the result without `.js`. */
export async function bundle({ entry, name, directory }) {
  rmSync(directory, { recursive: true, force: true });
  const result = await build({
    entryPoints: { [name]: entry },
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: false,
    keepNames: false,
    legalComments: 'none',
    chunkNames: 'parts/[name]-[hash]',
    // commander and semver are CommonJS: what they `require` of Node has to be found.
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'warning',
  });
  return Object.entries(result.metafile.outputs).map(([file, { bytes }]) => ({ file, bytes }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = join(root, 'dist');
  const files = await bundle({ entry: join(root, 'src/cli/main.ts'), name: 'ferrule', directory });
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const entry = statSync(join(directory, 'ferrule.js')).size;
  console.log(`dist: ${files.length} files, ${Math.round(total / 1024)} KiB (${entry} bytes to start)`);
}
