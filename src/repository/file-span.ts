import type { Span } from '../diagnostics/diagnostic.ts';

/** The place from `start` to `end` (UTF-16 offsets; the whole rest of the line when `end` is absent) in a text that was read. */
export function spanAt(place: { readonly file: string; readonly text: string; readonly start: number; readonly end?: number }): Span {
  const start = Math.min(Math.max(place.start, 0), place.text.length);
  const lineEnd = place.text.indexOf('\n', start);
  const end = place.end ?? (lineEnd === -1 ? place.text.length : lineEnd);
  return { file: place.file, text: place.text, start, end: Math.max(start, Math.min(end, place.text.length)) };
}

/** The place of a line and column, both counted from 1, to the end of the line: what most parsers report. */
export function spanAtLine(place: { readonly file: string; readonly text: string; readonly line: number; readonly column: number }): Span {
  let lineStart = 0;
  for (let line = 1; line < place.line; line += 1) {
    const next = place.text.indexOf('\n', lineStart);
    if (next === -1) break;
    lineStart = next + 1;
  }
  return spanAt({ file: place.file, text: place.text, start: lineStart + Math.max(0, place.column - 1) });
}

/** The place of a range of bytes of the text's UTF-8 form: what rustc and cargo report. */
export function spanAtBytes(place: { readonly file: string; readonly text: string; readonly start: number; readonly end: number }): Span {
  const bytes = Buffer.from(place.text, 'utf8');
  const start = bytes.toString('utf8', 0, place.start).length;
  const length = bytes.toString('utf8', place.start, place.end).length;
  return spanAt({ file: place.file, text: place.text, start, end: start + length });
}
