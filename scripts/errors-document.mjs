// Assembles docs/errors.md from the sections that each room keeps in docs/errors.d/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const docs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs');

const HEAD = `# Errors and warnings

Every message of Ferrule has a code that never changes its meaning. \`ferrule explain F0201\` prints a section of this page.
The first two digits say where a message comes from: 01 repository and \`ferrule.toml\`, 02 cargo and planning, 03 sources,
04 your code, 05 engines and sandbox, 06 store, 07 command line, 08 native libraries, 11 the doctor, places to run from, Nix and binary caches.

This page is assembled from \`docs/errors.d/\` by \`npm run errors\`.
`;

/** The page's text. */
export function errorsDocument() {
  const sections = readdirSync(join(docs, 'errors.d'))
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => readFileSync(join(docs, 'errors.d', name), 'utf8').split(/^(?=## F)/mu))
    .filter((text) => text.startsWith('## F'))
    .map((text) => `${text.trim()}\n`)
    .sort();
  return [HEAD, ...sections].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(docs, 'errors.md'), errorsDocument());
