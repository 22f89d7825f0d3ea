import type { Diagnostic } from './diagnostic.ts';
import { displayWidth } from './display-width.ts';
import { excerpt } from './excerpt.ts';
import { type Paint, paintFor } from './paint.ts';
import { sortDiagnostics } from './sort.ts';
import { passThrough, printable } from './untrusted-text.ts';

export interface PrintOptions {
  readonly colour: boolean;
}

/**
 * A diagnostic as people read it, ending in a line end: message, place with carets, facts, related places, hints.
 * Output of the user's own tools comes first when their code failed (as cargo has it: the summary stays in sight), else, and when it
 * tells the cause, after the facts.
 */
export function printDiagnostic(diagnostic: Diagnostic, options: PrintOptions): string {
  const paint = paintFor(options.colour);
  const output = outputLines(diagnostic, options);
  const outputFirst = diagnostic.blame === 'build' && !isCause(diagnostic.output);
  const lines = [
    ...(outputFirst ? output : []),
    headline(diagnostic, paint),
    ...(diagnostic.span === undefined ? [] : excerpt(diagnostic.span, { paint, tone: diagnostic.severity })),
    ...factLines(diagnostic.facts ?? [], paint),
    ...relatedLines(diagnostic, paint),
    ...(outputFirst ? [] : output),
    ...(diagnostic.hints ?? []).flatMap((hint) => hintLines(hint, paint)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Several diagnostics, sorted, with a blank line between them; the empty string for none. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], options: PrintOptions): string {
  return sortDiagnostics(diagnostics)
    .map((diagnostic) => printDiagnostic(diagnostic, options))
    .join('\n');
}

function headline(diagnostic: Diagnostic, paint: Paint): string {
  const label = paint(diagnostic.severity, `${diagnostic.severity}[${diagnostic.code}]`);
  return `${label}${paint('strong', `: ${printable(diagnostic.message)}`)}`;
}

function factLines(facts: NonNullable<Diagnostic['facts']>, paint: Paint): readonly string[] {
  const labels = facts.map(([label]) => printable(label));
  const width = Math.max(0, ...labels.map(displayWidth));
  return facts.flatMap(([, value], index) => {
    const label = labels[index] ?? '';
    const padding = ' '.repeat(width - displayWidth(label));
    const [first = '', ...rest] = printable(value).split('\n');
    return [`  ${paint('faint', label)}${padding}  ${first}`, ...rest.map((line) => `${' '.repeat(width + 4)}${line}`)];
  });
}

function relatedLines(diagnostic: Diagnostic, paint: Paint): readonly string[] {
  return (diagnostic.related ?? []).flatMap(({ message, span }) => [
    `${paint('strong', 'note')}: ${printable(message)}`,
    ...excerpt(span, { paint, tone: 'strong' }),
  ]);
}

function outputLines(diagnostic: Diagnostic, options: PrintOptions): readonly string[] {
  if (diagnostic.output === undefined || diagnostic.output === '') return [];
  const passed = passThrough(diagnostic.output, options.colour).trimEnd();
  return [options.colour ? `${passed}\u001B[0m` : passed];
}

/** As cargo prints causes: below the message they explain. */
function isCause(output: string | undefined): boolean {
  return output?.startsWith('Caused by:') ?? false;
}

function hintLines(hint: string, paint: Paint): readonly string[] {
  const [first = '', ...rest] = printable(hint).split('\n');
  return [`${paint('hint', 'hint')}: ${first}`, ...rest.map((line) => `      ${line}`)];
}
