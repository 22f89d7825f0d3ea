import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { errorSections } from '../../src/cli/commands/explain.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const document = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const documented = errorSections(document).map(({ code }) => code);

/** Codes that the sources name, each with a file that does. */
function usedCodes(): ReadonlyMap<string, string> {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(
    files.flatMap((file) => {
      const text = readFileSync(join(root, 'src', file), 'utf8');
      return [...text.matchAll(/'(F\d{4})'/gu)].map(([, code = '']) => [code, file] as const);
    }),
  );
}

test('every code in the sources has its section in `docs/errors.md`', () => {
  const missing = [...usedCodes()].filter(([code]) => !documented.includes(code)).map(([code, file]) => `${code} (src/${file})`);
  expect(missing.toSorted()).toEqual([]);
});

test('every section of `docs/errors.md` is about a code that the sources use', () => {
  const used = usedCodes();
  expect(documented.filter((code) => !used.has(code))).toEqual([]);
});

test('sections of `docs/errors.md` are in order, each once, and as the rooms wrote them (`npm run errors` assembles them)', () => {
  expect(documented).toEqual([...new Set(documented)].toSorted());
  const sources = readdirSync(join(root, 'docs/errors.d')).flatMap((name) => {
    return errorSections(readFileSync(join(root, 'docs/errors.d', name), 'utf8'));
  });
  const written = sources.map(({ text }) => text).toSorted();
  expect(errorSections(document).map(({ text }) => text)).toEqual(written);
});
