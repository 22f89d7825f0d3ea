import type { Span } from './diagnostic.ts';

/** Where a span lies, for people and editors. Lines and columns count from 1; columns count characters (code points). */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** Column after the last character. */
  readonly endColumn: number;
}

/** Lines and columns of a span. Offsets outside the text count as its end. */
export function positionOf(span: Span): Position {
  const start = Math.min(span.start, span.text.length);
  const end = Math.min(Math.max(span.end, start), span.text.length);
  const first = lineAndColumn(span.text, start);
  const last = lineAndColumn(span.text, end);
  return { line: first.line, column: first.column, endLine: last.line, endColumn: last.column };
}

function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: countCharacters(before.slice(lineStart)) + 1 };
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
