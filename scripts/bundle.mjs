// Bundles the command line: `node scripts/bundle.mjs [DIRECTORY]`, into dist/ unless told otherwise.
//
// One CommonJS file holds the whole program; what the sources import lazily is evaluated lazily in it. Many small ES modules would
// start slower: Node's module loader takes about a millisecond for each. A small second file starts the first from V8's code cache,
// and a third is what threads that unpack wheels run.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { reportTemplate } from './report-template.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const directory = resolve(process.argv[2] ?? join(root, 'dist'));

const { text: program, packages } = await bundled('main.ts', {});
const name = `program-${createHash('sha256').update(program).digest('hex').slice(0, 16)}.cjs`;
const { text: unpackThread } = await bundled('unpack-thread.ts', {});
const { text: boot } = await bundled('boot.ts', { FERRULE_PROGRAM: JSON.stringify(name) });

rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, name), program);
writeFileSync(join(directory, 'ferrule.cjs'), boot);
writeFileSync(join(directory, 'unpack-thread.cjs'), unpackThread);
writeFileSync(join(directory, 'report.html'), await reportTemplate());
writeFileSync(join(directory, 'THIRD-PARTY-LICENSES.txt'), packages.map(licenceOf).join('\n'));
mkdirSync(join(directory, 'nix'));
for (const name of ['ferrule.nix', 'engine.nix']) copyFileSync(join(root, 'src/nix/library', name), join(directory, 'nix', name));
writeFileSync(join(directory, 'nix/ferrule-runner.mjs'), await bundledRunner('main.ts'));
writeFileSync(join(directory, 'nix/ferrule-python.mjs'), await bundledRunner('python/main.ts'));
console.log(`${directory}: ${Math.round(program.length / 1024)} KiB, and ${boot.length} bytes to start it`);

/** Names are kept, for stacks that people can read. */
async function bundled(entry, define) {
  const result = await build({
    entryPoints: [join(root, 'src/cli', entry)],
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    define: { ...define, 'import.meta.url': '__moduleUrl' },
    banner: { js: "const __moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
    metafile: true,
    absWorkingDir: root,
    logLevel: 'warning',
  });
  const inputs = Object.keys(result.metafile.inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return { text: result.outputFiles[0].text, packages: [...new Set(inputs)].toSorted() };
}

/** The builder of Nix's derivations, Rust's or Python's: a module of its own, which goes into every flake. */
async function bundledRunner(entry) {
  const result = await build({
    entryPoints: [join(root, 'src/nix/runner', entry)],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: '// Written by `ferrule nix export`: runs the steps of a derivation of `ferrule.nix`.' },
    absWorkingDir: root,
    logLevel: 'warning',
  });
  return result.outputFiles[0].text;
}

/** What the licence of a bundled package asks to be passed on. */
function licenceOf(name) {
  const directory = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file !== undefined && existsSync(join(directory, file)) ? readFileSync(join(directory, file), 'utf8') : '';
  return `${name} ${version} (${license})\n\n${text}\n`;
}
