/** The one shape of everything Ferrule tells a user about bad input, a failed build or broken infrastructure. */

/** `F0107`: four digits after `F`. A code never changes meaning and is never reused; `docs/errors.md` explains each. */
export type DiagnosticCode = `F${string}`;

/** A place in a text that Ferrule read. */
export interface Span {
  /** Path shown to the user: relative to the repository where possible. */
  readonly file: string;
  /** The exact text that was parsed, so that the line can be shown even if the file has changed since. */
  readonly text: string;
  /** Offset of the first character, in UTF-16 units. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
}

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** Whose fault decides the exit status: `build` 1 (the user's code failed), `input` 2, `infrastructure` 3. */
  readonly blame: 'build' | 'input' | 'infrastructure';
  /** One sentence, no final full stop, names and commands in backticks. */
  readonly message: string;
  readonly span?: Span;
  readonly related?: readonly { readonly message: string; readonly span: Span }[];
  /** Printed as an aligned table. */
  readonly facts?: readonly (readonly [label: string, value: string])[];
  /** Each says what to do. */
  readonly hints?: readonly string[];
  /** Text another tool printed, passed through as it meant it (colours included). */
  readonly output?: string;
}

/** An expected failure is a value. `diagnostics` holds at least one error. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export function ok<T>(value: T, warnings?: readonly Diagnostic[]): Result<T> {
  return warnings === undefined || warnings.length === 0 ? { ok: true, value } : { ok: true, value, warnings };
}

export function fail<T = never>(...diagnostics: readonly Diagnostic[]): Result<T> {
  return { ok: false, diagnostics };
}
