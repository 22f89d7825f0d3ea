// Makes the template of `ferrule report`'s page: page.html of src/report/page with style and script in it.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const page = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src/report/page');

/** The template's text: one file that needs no other. */
export async function reportTemplate() {
  const bundled = async (entry) => {
    const result = await build({
      entryPoints: [join(page, entry)],
      write: false,
      bundle: true,
      format: 'iife',
      target: ['chrome110', 'firefox115', 'safari16'],
      minify: true,
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'warning',
    });
    return result.outputFiles[0].text.trim();
  };
  const [script, style] = await Promise.all([bundled('main.ts'), bundled('style.css')]);
  return readFileSync(join(page, 'page.html'), 'utf8')
    .replace('/* style.css */', () => style)
    .replace('/* main.ts */', () => script.replaceAll('</script', '<\\/script'));
}
