import type { Span } from './diagnostic.ts';
import { displayWidth } from './display-width.ts';
import type { Paint, Tone } from './paint.ts';
import { positionOf } from './position.ts';
import { printable, printableCharacter } from './untrusted-text.ts';

/** More lines than this show as the first and the last with `...` between. */
const MOST_LINES = 6;
/** Characters shown of a very long line, and how many of them before the span. */
const LONGEST_LINE = 160;
const KEPT_BEFORE = 40;

/** The place of a span and its source lines with carets below: `  --> Cargo.toml:4:12` and so on, one string per line. */
export function excerpt(span: Span, options: { readonly paint: Paint; readonly tone: Tone }): readonly string[] {
  const { paint, tone } = options;
  const position = positionOf(span);
  const place = `${paint('faint', '  -->')} ${printable(span.file)}:${position.line}:${position.column}`;
  const gutter = Math.max(4, String(position.endLine).length + 1);
  const bar = (label: string): string => paint('faint', `${label.padStart(gutter)} |`);
  const shown = [place];
  for (const line of markedLines(span)) {
    if (line === undefined) {
      shown.push(paint('faint', '...'.padStart(gutter)));
      continue;
    }
    shown.push(`${bar(String(line.number))} ${line.text}`.trimEnd());
    shown.push(`${bar('')} ${' '.repeat(line.before)}${paint(tone, '^'.repeat(line.marked))}`);
  }
  return shown;
}

interface MarkedLine {
  readonly number: number;
  readonly text: string;
  /** Columns before the carets. */
  readonly before: number;
  /** Columns to underline, at least 1. */
  readonly marked: number;
}

/** The lines a span touches; `undefined` stands for lines left out. */
function markedLines(span: Span): readonly (MarkedLine | undefined)[] {
  const lines: MarkedLine[] = [];
  let lineStart = 0;
  for (const [index, raw] of span.text.split('\n').entries()) {
    const lineEnd = lineStart + raw.length;
    const touches = span.start <= lineEnd && (span.end > lineStart || span.start >= lineStart);
    if (touches) lines.push(markLine({ raw, number: index + 1, from: span.start - lineStart, to: span.end - lineStart }));
    if (span.end <= lineEnd) break;
    lineStart = lineEnd + 1;
  }
  const [first, last] = [lines[0], lines.at(-1)];
  if (lines.length <= MOST_LINES || first === undefined || last === undefined) return lines;
  return [first, undefined, last];
}

function markLine(line: { readonly raw: string; readonly number: number; readonly from: number; readonly to: number }): MarkedLine {
  const raw = line.raw.endsWith('\r') ? line.raw.slice(0, -1) : line.raw;
  // A span of several lines is marked from the first character that is not a blank.
  const from = line.from < 0 ? raw.length - raw.trimStart().length : Math.min(line.from, raw.length);
  const to = Math.min(Math.max(line.to, from), raw.length);
  const cutStart = raw.length > LONGEST_LINE && from > KEPT_BEFORE ? from - KEPT_BEFORE : 0;
  const cutEnd = Math.min(raw.length, cutStart + LONGEST_LINE);
  const lead = cutStart > 0 ? '…' : '';
  const before = shownText(raw.slice(cutStart, from));
  const marked = shownText(raw.slice(from, Math.min(to, cutEnd)));
  const after = shownText(raw.slice(Math.min(to, cutEnd), cutEnd));
  return {
    number: line.number,
    text: `${lead}${before}${marked}${after}${cutEnd < raw.length ? '…' : ''}`,
    before: displayWidth(lead) + displayWidth(before),
    marked: Math.max(1, displayWidth(marked)),
  };
}

function shownText(raw: string): string {
  let shown = '';
  for (const character of raw) shown += printableCharacter(character);
  return shown;
}
