import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { KeptSandbox } from '../engine/engine.ts';
import { quoteWord } from '../engine/local/reproduction.ts';
import type { Action, ActionResult } from '../model/action.ts';
import type { CompileUnit, ScriptRunUnit } from '../rust/planned-unit.ts';
import { parseRustcMessages, YELLOW_WARNING } from '../rust/rustc-messages.ts';
import type { Store } from '../store/store.ts';
import { exitWords } from './exit-words.ts';
import type { RustNode } from './rust-graph.ts';

/** Turns paths inside the root into the paths the user knows. */
export type KnownPaths = (text: string) => string;

interface Finished {
  readonly result: ActionResult;
  readonly store: Store;
  readonly paths: KnownPaths;
}

interface Failed extends Finished {
  readonly node: RustNode;
  readonly action: Action;
  /** What was kept for inspection. */
  readonly sandbox: KeptSandbox | undefined;
}

/** Warnings of a unit with cargo's closing line: ``warning: `foo` (lib) generated 2 warnings``. */
export function unitMessages(finished: Finished & { readonly unit: CompileUnit }): {
  readonly rendered: string;
  readonly warnings: number;
} {
  const { unit } = finished;
  const messages = readMessages(finished);
  if (messages.warnings === 0) return { rendered: messages.rendered, warnings: 0 };
  const name = `\`${unit.unit.package.name}\` (${targetDescription(unit)})`;
  const summary = `${YELLOW_WARNING}: ${name} generated ${count(messages.warnings, 'warning')}\n`;
  return { rendered: messages.rendered + summary, warnings: messages.warnings };
}

/** A compilation that failed, in cargo's words, with what it takes to see it again. */
export function compileFailure(failed: Failed & { readonly unit: CompileUnit }): Diagnostic {
  const { unit, node } = failed;
  const messages = readMessages(failed);
  const counts = [
    messages.errors > 0 ? ` due to ${count(messages.errors, 'previous error')}` : '',
    messages.warnings > 0 ? `; ${count(messages.warnings, 'warning')} emitted` : '',
  ].join('');
  return {
    code: 'F0401',
    severity: 'error',
    blame: 'build',
    message: `could not compile \`${unit.unit.package.name}\` (${targetDescription(unit)})${counts}`,
    output: messages.rendered,
    ...(messages.errors > 0 ? {} : { facts: [['rustc', exitWords(failed.result.exitCode)]] }),
    hints: reproduction({ ...failed, name: node.unit.unit.package.name }),
  };
}

/** A build script that failed, in cargo's words. */
export function scriptFailure(failed: Failed & { readonly unit: ScriptRunUnit }): Diagnostic {
  const { unit, result, store, paths, action } = failed;
  const { name, version } = unit.unit.package;
  const section = (title: string, bytes: Buffer | undefined): string => {
    const body = paths(bytes?.toString('utf8') ?? '').trimEnd();
    return body === '' ? '' : `\n  --- ${title}\n${body.replaceAll(/^/gm, '  ')}`;
  };
  const status = `process didn't exit successfully: \`${action.command.arguments[0] ?? ''}\` (${exitWords(result.exitCode)})`;
  return {
    code: 'F0402',
    severity: 'error',
    blame: 'build',
    message: `failed to run custom build command for \`${name} v${version}\``,
    output: `Caused by:\n  ${status}${section('stdout', store.readBlob(result.stdout))}${section('stderr', store.readBlob(result.stderr))}\n`,
    hints: reproduction({ ...failed, name }),
  };
}

function readMessages(finished: Finished): { readonly rendered: string; readonly warnings: number; readonly errors: number } {
  const stderr = finished.store.readBlob(finished.result.stderr)?.toString('utf8') ?? '';
  const messages = parseRustcMessages(stderr);
  return { ...messages, rendered: finished.paths(messages.rendered) };
}

/** Diagnostics of an action that the engine could not bring to its end, with the place where it can be looked at. */
export function withKeptSandbox(diagnostics: readonly Diagnostic[], sandbox: KeptSandbox): readonly Diagnostic[] {
  return diagnostics.map((diagnostic) => ({ ...diagnostic, hints: keptHints(sandbox) }));
}

function reproduction(failed: { readonly sandbox: KeptSandbox | undefined; readonly name: string }): readonly string[] {
  const { sandbox, name } = failed;
  return sandbox === undefined
    ? [`run \`ferrule build ${name} --keep-sandbox\` to keep the sandbox and see the command line`]
    : keptHints(sandbox);
}

function keptHints({ directory, script }: KeptSandbox): readonly string[] {
  const program = quoteWord(script);
  return [
    `the sandbox is kept at \`${directory}\``,
    `run \`${program}\` to run the command again, \`${program} sh\` for a shell in its place`,
  ];
}

/** `lib`, `bin "rg"`, `build script`, as cargo names a target (`Target::description_named`). */
function targetDescription(unit: CompileUnit): string {
  const { target, mode } = unit.unit;
  const kind = target.kinds[0] ?? 'lib';
  const test = mode === 'test' ? ' test' : '';
  switch (kind) {
    case 'bin':
    case 'test':
    case 'bench':
    case 'example':
      return `${kind} "${target.name}"${kind === 'bin' || kind === 'example' ? test : ''}`;
    case 'custom-build':
      return 'build script';
    case 'lib':
    case 'rlib':
    case 'dylib':
    case 'cdylib':
    case 'staticlib':
    case 'proc-macro':
      return `lib${test}`;
  }
}

function count(number: number, word: string): string {
  return number === 1 ? `1 ${word}` : `${number} ${word}s`;
}
