import { extname } from 'node:path';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { PackingDisk } from './packing-disk.ts';

const PLAIN = 'text/plain; charset=UTF-8';
const MARKDOWN = 'text/markdown; charset=UTF-8; variant=GFM';
const CONTENT_TYPES: Readonly<Record<string, string>> = { '.rst': 'text/x-rst; charset=UTF-8', '.md': MARKDOWN, '.markdown': MARKDOWN };

/** Content type of a long description, by its file's name (maturin `path_to_content_type`). */
export function contentTypeOf(file: string): string {
  return CONTENT_TYPES[extname(file).toLowerCase()] ?? PLAIN;
}

/** F0978 when it cannot be read. `shown`: the path as the manifest has it. */
export function readmeText(options: { readonly path: string; readonly shown: string; readonly disk: PackingDisk }): Result<string> {
  const text = options.disk.directories.readText(options.path);
  if (text !== undefined) return ok(text);
  return fail({
    code: 'F0978',
    severity: 'error',
    blame: 'input',
    message: `the readme \`${options.shown}\` cannot be read`,
    facts: [['looked for at', options.path]],
    hints: ['correct `readme`, or leave it out'],
  });
}

/** A summary has one line: a break would end the headers. */
export function singleLine(text: string): string {
  return text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}
