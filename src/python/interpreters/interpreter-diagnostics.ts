import { isAbsolute } from 'node:path';

import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { InstalledInterpreter } from '../interpreter.ts';
import type { RequiredPython, Wish } from './find-interpreter.ts';

/** A program that was tried, and what it turned out to be. */
export interface LookedAt {
  readonly program: string;
  readonly answer: string;
}

/** More would not be read. */
const SHOWN = 12;

export function notFound(options: {
  readonly wish: Wish;
  readonly requiresPython: RequiredPython | undefined;
  readonly lookedAt: readonly LookedAt[];
}): Diagnostic {
  const { wish, requiresPython, lookedAt } = options;
  const span = wish.text === undefined ? requiresPython?.span : wish.span;
  const more = lookedAt.length - SHOWN;
  const wanted = [wish.text, wish.text === undefined ? requiresPython?.text : undefined].find((text) => text !== undefined);
  return {
    code: 'F0900',
    severity: 'error',
    blame: 'input',
    message: wanted === undefined ? 'no Python was found' : `no Python \`${wanted}\` was found`,
    ...(span === undefined ? {} : { span }),
    facts: [
      ...lookedAt.slice(0, SHOWN).map(({ program, answer }) => [program, answer] as const),
      ...(more > 0 ? [['and', `${more} more`] as const] : []),
    ],
    hints: [`run \`uv python install ${installable(wanted)}\`, or put such a Python on \`PATH\``],
  };
}

/** What uv can install; its words for a range are the range itself, quoted. */
function installable(wanted: string | undefined): string {
  if (wanted === undefined || isAbsolute(wanted)) return '3';
  return /^[\w.@+-]+$/.test(wanted) ? wanted : `'${wanted.replaceAll(/\s+/g, '')}'`;
}

export function wrongVersion(options: {
  readonly found: InstalledInterpreter;
  readonly wish: Wish;
  readonly requiresPython: RequiredPython;
}): Diagnostic {
  const { found, wish, requiresPython } = options;
  const asked = wish.span === undefined ? 'the setting' : 'the pin';
  return {
    code: 'F0901',
    severity: 'error',
    blame: 'input',
    message: `${asked} \`${wish.text ?? ''}\` means Python ${found.interpreter.version.full}, which is not \`${requiresPython.text}\``,
    ...spanOf(requiresPython.span ?? wish.span),
    ...(requiresPython.span !== undefined && wish.span !== undefined ? { related: [{ message: 'the pin', span: wish.span }] } : {}),
    facts: [['interpreter', found.executable]],
    hints: [wish.span === undefined ? 'set another Python, or none' : `change the pin with \`uv python pin\`, or \`requires-python\``],
  };
}

function spanOf(span: Span | undefined): { readonly span?: Span } {
  return span === undefined ? {} : { span };
}

export function doesNotRun(program: string, reason: string, span: Span | undefined): Diagnostic {
  return {
    code: 'F0902',
    severity: 'error',
    blame: 'input',
    message: `\`${program}\` is not a Python that can be used`,
    ...spanOf(span),
    facts: [['reason', reason]],
    hints: ['name a Python 3 interpreter, or a version such as `3.12`'],
  };
}

export function notUnderstood(text: string, span: Span | undefined): Diagnostic {
  return {
    code: 'F0903',
    severity: 'error',
    blame: 'input',
    message: `\`${text}\` does not say which Python is wanted`,
    ...spanOf(span),
    hints: ['write a version such as `3.12`, a range such as `>=3.11`, or the path of an interpreter'],
  };
}

export function noStandardLibrary(installed: InstalledInterpreter, problem: string): Diagnostic {
  return {
    code: 'F0904',
    severity: 'error',
    blame: 'input',
    message: `\`${installed.executable}\` cannot be taken into a build: ${problem}`,
    hints: ['use another Python: `uv python install` gives one that is complete'],
  };
}
