import type { Diagnostic, DiagnosticCode } from '../../diagnostics/diagnostic.ts';
import { splitOnce, streamedLines } from './script-lines.ts';
import type { ScriptOutput } from './script-output.ts';
import type { DirectiveError, DirectiveLine, Refusal } from './script-refusal.ts';
import type { Package } from '../unit.ts';

const DOCUMENTATION =
  'see https://doc.rust-lang.org/cargo/reference/build-scripts.html#outputs-of-the-build-script for what a build script can print';

interface Wording {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly reason?: string;
  readonly hints: readonly string[];
}

/** What the user is told about a refused line: cargo's words, the package, the line, and what to do. */
export function directiveDiagnostic(error: DirectiveError, line: DirectiveLine, label: string): Diagnostic {
  const { code, message, reason, hints } = refusalWording(error.refusal, line, label);
  return {
    code,
    severity: 'error',
    blame: 'build',
    message,
    facts: [['package', label], ['line', line.text], ...(reason === undefined ? [] : [['reason', reason] as const])],
    hints,
  };
}

function refusalWording(refusal: Refusal, line: DirectiveLine, label: string): Wording {
  const whence = `build script of \`${label}\``;
  const prefix = line.oldSyntax ? 'cargo:' : 'cargo::';
  switch (refusal.kind) {
    case 'minimum-version':
      return {
        code: 'F0412',
        message:
          'the `cargo::` syntax for build script output instructions was added in Rust 1.77.0, ' +
          `but the minimum supported Rust version of \`${label}\` is ${refusal.rustVersion}`,
        hints: [
          ...(refusal.oldForm === undefined ? [] : [`switch to the old \`${refusal.oldForm}\` syntax (note the single colon)`]),
          DOCUMENTATION,
        ],
      };
    case 'no-equals':
      return {
        code: 'F0410',
        message: `invalid output in ${whence}: \`${line.text}\``,
        reason: `expected a line with \`${refusal.expected}\` with an \`=\` character, but none was found`,
        hints: [DOCUMENTATION],
      };
    case 'unknown-key':
      return {
        code: 'F0410',
        message: `invalid output in ${whence}: \`${line.text}\``,
        reason: `unknown key: \`${refusal.key}\``,
        hints: [DOCUMENTATION],
      };
    case 'foreign-flag':
      return {
        code: 'F0410',
        message: `only \`-l\` and \`-L\` flags are allowed in ${whence}: \`${refusal.value}\``,
        hints: ['give other linker flags with `cargo::rustc-link-arg=FLAG`'],
      };
    case 'flag-without-value':
      return {
        code: 'F0410',
        message: `flag in rustc-flags has no value in ${whence}`,
        reason: `\`${refusal.flag}\` is the last word`,
        hints: [`write \`${prefix}rustc-flags=${refusal.flag} VALUE\``],
      };
    case 'no-variable-value':
      return {
        code: 'F0410',
        message: `variable rustc-env has no value in ${whence}: \`${refusal.value}\``,
        hints: [`write \`${prefix}rustc-env=NAME=VALUE\``],
      };
    case 'bin-form':
      return {
        code: 'F0410',
        message: `invalid instruction \`${prefix}${refusal.key}=${refusal.value}\` from ${whence}`,
        reason: `the instruction should have the form \`${prefix}${refusal.key}=BIN=ARG\``,
        hints: [DOCUMENTATION],
      };
    case 'no-target':
      return {
        code: 'F0411',
        message: `invalid instruction \`${prefix}${refusal.key}\` from ${whence}`,
        reason: `the package ${label} does not have ${refusal.target}`,
        hints: ['print the instruction only when the package has such a target, or use `cargo::rustc-link-arg=FLAG` for all of them'],
      };
    case 'bootstrap':
      return {
        code: 'F0413',
        message: `cannot set \`RUSTC_BOOTSTRAP=${refusal.value}\` from ${whence}`,
        reason:
          'crates cannot set `RUSTC_BOOTSTRAP` themselves, as doing so would subvert the stability guarantees of Rust for your project',
        hints: [
          `if you're sure you want to do this in your project, set the environment variable \`RUSTC_BOOTSTRAP=${refusal.library}\` instead`,
        ],
      };
    case 'not-in-override':
      return {
        code: 'F0416',
        message: `\`${refusal.key}\` is not supported in build script overrides`,
        hints: [`remove \`${refusal.key}\` from the \`[target.TRIPLE.LINKS]\` table of cargo's configuration`],
      };
    default:
      throw new Error(`internal: unknown refusal ${JSON.stringify(refusal satisfies never)}`);
  }
}

/** What a script told people, in the order of its lines, whether it ended well or not (cargo reads these while the script runs). */
export interface ScriptMessages {
  /** Values of `cargo:warning=` and `cargo::warning=`. */
  readonly warnings: readonly string[];
  /** Values of `cargo::error=`. */
  readonly errors: readonly string[];
}

/** The messages of a script that failed: nothing else of its output counts. Lines must begin with the instruction. */
export function scriptMessages(stdout: Uint8Array): ScriptMessages {
  const warnings: string[] = [];
  const errors: string[] = [];
  for (const line of streamedLines(stdout)) {
    const instruction = /^cargo:(:?)(warning|error)=/.exec(line);
    if (instruction === null) continue;
    const value = splitOnce(line, '=')?.[1] ?? '';
    if (instruction[2] === 'warning') warnings.push(value);
    else if (instruction[1] === ':') errors.push(value);
  }
  return { warnings, errors };
}

/**
 * `cargo::error=` fails the build whatever the exit status is: one diagnostic for each, after the script's warnings.
 * Empty when the script reported no error.
 */
export function scriptErrors({ stdout, label }: { readonly stdout: Uint8Array; readonly label: string }): readonly Diagnostic[] {
  const { warnings, errors } = scriptMessages(stdout);
  if (errors.length === 0) return [];
  return [...warnings.map((text) => message('warning', label, text)), ...errors.map((text) => message('error', label, text))];
}

/**
 * Warnings of a script, as diagnostics. cargo shows them for path packages, and for every package whose build fails.
 */
export function scriptWarnings(output: Pick<ScriptOutput, 'warnings'>, label: string): readonly Diagnostic[] {
  return output.warnings.map((text) => message('warning', label, text));
}

/** `name@version: text`, as cargo prefixes a script's message. */
export function scriptMessageLine(from: Pick<Package, 'name' | 'version'>, text: string): string {
  return `${from.name}@${from.version}: ${text}`;
}

function message(severity: 'warning' | 'error', label: string, text: string): Diagnostic {
  return severity === 'error'
    ? { code: 'F0414', severity, blame: 'build', message: `build script of \`${label}\` logged an error: ${text}` }
    : { code: 'F0415', severity, blame: 'build', message: `build script of \`${label}\` warns: ${text}` };
}
