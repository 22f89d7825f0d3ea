/** A line of a build script's output that speaks to cargo. */
export interface DirectiveLine {
  /** The whole line, trimmed. */
  readonly text: string;
  /** `cargo:` rather than `cargo::`. */
  readonly oldSyntax: boolean;
  /** What follows the prefix. */
  readonly data: string;
}

/** Why cargo refuses a line (the `bail!`s of cargo's `BuildOutput::parse`). */
export type Refusal =
  | { readonly kind: 'minimum-version'; readonly rustVersion: string; readonly oldForm: string | undefined }
  | { readonly kind: 'no-equals'; readonly expected: string }
  | { readonly kind: 'unknown-key'; readonly key: string }
  | { readonly kind: 'foreign-flag'; readonly value: string }
  | { readonly kind: 'flag-without-value'; readonly flag: string }
  | { readonly kind: 'no-variable-value'; readonly value: string }
  | { readonly kind: 'bin-form'; readonly key: string; readonly value: string }
  | { readonly kind: 'no-target'; readonly key: string; readonly target: string }
  | { readonly kind: 'bootstrap'; readonly value: string; readonly library: string }
  | { readonly kind: 'not-in-override'; readonly key: string };

/** Thrown inside the directive parser and caught there: a line may be refused at any depth. */
export class DirectiveError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`internal: refused instruction (${refusal.kind}) left the parser`);
    this.refusal = refusal;
  }
}
