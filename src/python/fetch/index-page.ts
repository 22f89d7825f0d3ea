import { normalizeName } from '../distribution-name.ts';

/** Types asked of a simple index (PEP 503, PEP 691). */
export const INDEX_PAGE_TYPES = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/** Address of a project's page in an index. */
export function indexPageAddress(index: string, filename: string): URL | undefined {
  const base = index.endsWith('/') ? index : `${index}/`;
  const name = projectOf(filename);
  return name === undefined || !URL.canParse(base) ? undefined : new URL(`${name}/`, base);
}

/** Name of the project that a wheel or source distribution is of. */
export function projectOf(filename: string): string | undefined {
  if (filename.endsWith('.whl')) return normalizeName(filename.slice(0, filename.indexOf('-')));
  const stem = filename.replace(/\.(?:tar\.gz|tgz|tar\.bz2|tar\.xz|zip)$/, '');
  const dash = stem.lastIndexOf('-');
  return stem === filename || dash <= 0 ? undefined : normalizeName(stem.slice(0, dash));
}

/** Address of a file that an index's page lists; `undefined`: it does not, or the page is none. */
export function findOnPage(
  page: { readonly text: string; readonly type: string; readonly url: URL },
  filename: string,
): string | undefined {
  const { text, type, url } = page;
  const found = /json/i.test(type) ? findInJson(text, filename) : findInHtml(text, filename);
  return found !== undefined && URL.canParse(found, url.href) ? new URL(found, url).href : undefined;
}

function findInJson(text: string, filename: string): string | undefined {
  const page: unknown = JSON.parse(text);
  const files = isFields(page) ? page['files'] : undefined;
  if (!Array.isArray(files)) return undefined;
  const file: unknown = files.find((candidate: unknown) => isFields(candidate) && candidate['filename'] === filename);
  const url = isFields(file) ? file['url'] : undefined;
  return typeof url === 'string' ? url : undefined;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Anchors whose text is the file's name. */
function findInHtml(text: string, filename: string): string | undefined {
  for (const [, attributes = '', label = ''] of text.matchAll(/<a\s([^>]*)>([^<]*)<\/a\s*>/gi)) {
    if (unescapeHtml(label).trim() !== filename) continue;
    const [, double, single] = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(attributes) ?? [];
    const href = double ?? single;
    if (href !== undefined) return unescapeHtml(href);
  }
  return undefined;
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&#43;', '+')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
