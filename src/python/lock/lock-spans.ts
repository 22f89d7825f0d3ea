import type { Span } from '../../diagnostics/diagnostic.ts';
import { spanAt } from '../../repository/file-span.ts';
import { spanOfToml, type TomlPath } from '../../repository/toml-span.ts';

export interface LockText {
  readonly file: string;
  readonly text: string;
}

/** Headers of entries, in uv's locks and in those of PEP 751. */
const HEADER = /^\[\[(?:package|distribution|packages)\]\]/gm;

/**
 * The place of an entry of a lock, or of something in it: only the entry's own lines are parsed for it, not the megabytes around.
 * The whole file stands for itself when it was not written with headers.
 */
export function entrySpan(source: LockText, { index, path }: { readonly index: number; readonly path: TomlPath }): Span {
  const bounds = entryBounds(source.text, index);
  if (bounds === undefined) return spanAt({ ...source, start: 0 });
  const { start, end, key } = bounds;
  const inner =
    path.length === 0 ? undefined : spanOfToml({ ...source, text: source.text.slice(start, end), path: [key, 0, ...path], part: 'value' });
  if (inner !== undefined && inner.end > inner.start) return { ...source, start: start + inner.start, end: start + inner.end };
  return nameSpan(source, bounds);
}

/** The line `name = "…"`, which says more than the header. */
function nameSpan(source: LockText, { start, end }: { readonly start: number; readonly end: number }): Span {
  const name = /^name = .*$/m.exec(source.text.slice(start, end));
  return name === null
    ? spanAt({ ...source, start })
    : spanAt({ ...source, start: start + name.index, end: start + name.index + name[0].length });
}

function entryBounds(text: string, index: number): { readonly start: number; readonly end: number; readonly key: string } | undefined {
  HEADER.lastIndex = 0;
  for (let position = 0; ; position += 1) {
    const header = HEADER.exec(text);
    if (header === null) return undefined;
    if (position < index) continue;
    const next = HEADER.exec(text);
    return { start: header.index, end: next?.index ?? text.length, key: header[0].slice(2, -2) };
  }
}

/** The place of something before the first entry. */
export function topSpan(source: LockText, path: TomlPath): Span {
  const end = entryBounds(source.text, 0)?.start ?? source.text.length;
  const span = spanOfToml({ ...source, text: source.text.slice(0, end), path, part: 'value' });
  return span === undefined ? spanAt({ ...source, start: 0 }) : { ...source, start: span.start, end: span.end };
}
