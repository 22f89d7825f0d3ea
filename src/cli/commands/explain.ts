import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../repository/did-you-mean.ts';

/** The section of `docs/errors.md` on a code; `f0201` and `0201` mean `F0201`. */
export function explainCode(written: string, errorsDocument: string): Result<string> {
  const sections = new Map(errorSections(errorsDocument).map((section) => [section.code, section.text]));
  const code = `F${written.trim().toUpperCase().replace(/^F/u, '')}`;
  const text = sections.get(code);
  if (text !== undefined) return ok(text);
  const meant = didYouMean(code, sections.keys());
  return fail({
    code: 'F0724',
    severity: 'error',
    blame: 'input',
    message: `there is no error code \`${written}\``,
    hints: [meant === undefined ? 'codes look like `F0201`; `docs/errors.md` has them all' : `did you mean \`${meant}\`?`],
  });
}

export interface ErrorSection {
  readonly code: string;
  /** Heading and text, ending in one line end. */
  readonly text: string;
}

/** The sections of the error document, each from `## F0201: title` to the next heading of that kind. */
export function errorSections(document: string): readonly ErrorSection[] {
  return document
    .split(/^(?=## )/mu)
    .map((text) => ({ code: /^## (F\d{4})\b/u.exec(text)?.[1] ?? '', text: `${text.trimEnd()}\n` }))
    .filter(({ code }) => code !== '');
}
