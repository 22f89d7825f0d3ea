import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { meantHint } from './did-you-mean.ts';

/** What a user asks for: `NAME[:OUTPUT]`, `rust/NAME[:OUTPUT]`, `python/NAME[:OUTPUT]`. */
export interface TargetName {
  /** As written. */
  readonly text: string;
  readonly name: string;
  /** `undefined`: neither the prefix nor the output says so, and the default output of whatever has that name is meant. */
  readonly ecosystem: 'rust' | 'python' | undefined;
  /** `undefined`: the default output. */
  readonly output: TargetOutput | undefined;
}

export type TargetOutput = RustOutput | PythonOutput;

export type RustOutput =
  /** `name` undefined: every program of the package. */
  | { readonly kind: 'bin'; readonly name: string | undefined }
  | { readonly kind: 'example'; readonly name: string }
  /** `name` undefined: every test, or every benchmark, of the package. */
  | { readonly kind: 'test' | 'bench'; readonly name: string | undefined }
  | { readonly kind: 'lib' | 'cdylib' | 'staticlib' };

export type PythonOutput =
  | { readonly kind: 'wheel' | 'editable' | 'sdist' }
  /** Runtime dependencies, and those of the groups: `env/dev/docs`. */
  | { readonly kind: 'env'; readonly groups: readonly string[] };

interface OutputForm {
  readonly ecosystem: 'rust' | 'python';
  readonly parse: (parts: readonly string[]) => TargetOutput | undefined;
  /** How it is written, for the message. */
  readonly shown: string;
}

function plain(kind: 'lib' | 'cdylib' | 'staticlib' | 'wheel' | 'editable' | 'sdist'): OutputForm['parse'] {
  return (parts) => (parts.length === 0 ? { kind } : undefined);
}

function optionallyNamed(kind: 'bin' | 'test' | 'bench'): OutputForm['parse'] {
  return (parts) => (parts.length <= 1 ? { kind, name: parts[0] } : undefined);
}

const OUTPUTS: ReadonlyMap<string, OutputForm> = new Map<string, OutputForm>([
  ['bin', { ecosystem: 'rust', parse: optionallyNamed('bin'), shown: 'bin, bin/NAME' }],
  ['lib', { ecosystem: 'rust', parse: plain('lib'), shown: 'lib' }],
  ['cdylib', { ecosystem: 'rust', parse: plain('cdylib'), shown: 'cdylib' }],
  ['staticlib', { ecosystem: 'rust', parse: plain('staticlib'), shown: 'staticlib' }],
  ['example', { ecosystem: 'rust', parse: ([name, ...rest]) => example(name, rest), shown: 'example/NAME' }],
  ['test', { ecosystem: 'rust', parse: optionallyNamed('test'), shown: 'test, test/NAME' }],
  ['bench', { ecosystem: 'rust', parse: optionallyNamed('bench'), shown: 'bench, bench/NAME' }],
  ['wheel', { ecosystem: 'python', parse: plain('wheel'), shown: 'wheel' }],
  ['env', { ecosystem: 'python', parse: (groups) => ({ kind: 'env', groups }), shown: 'env, env/GROUP' }],
  ['editable', { ecosystem: 'python', parse: plain('editable'), shown: 'editable' }],
  ['sdist', { ecosystem: 'python', parse: plain('sdist'), shown: 'sdist' }],
]);

function example(name: string | undefined, rest: readonly string[]): RustOutput | undefined {
  return name === undefined || rest.length > 0 ? undefined : { kind: 'example', name };
}

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;

/** Parses one TARGET of the command line. F0751 no target at all, F0752 unknown output, F0753 output of the other ecosystem. */
export function parseTargetName(text: string): Result<TargetName> {
  const colon = text.indexOf(':');
  const subject = colon === -1 ? text : text.slice(0, colon);
  const prefixed = /^(rust|python)\/(.*)$/s.exec(subject);
  const prefix = prefixed === null ? undefined : prefixed[1] === 'rust' ? 'rust' : 'python';
  const name = prefixed?.[2] ?? subject;
  if (!NAME.test(name) || colon === text.length - 1) return fail(malformed(text, subject));
  if (colon === -1) return ok({ text, name, ecosystem: prefix, output: undefined });
  return withOutput({ text, name, prefix, written: text.slice(colon + 1) });
}

function withOutput(target: {
  readonly text: string;
  readonly name: string;
  readonly prefix: 'rust' | 'python' | undefined;
  readonly written: string;
}): Result<TargetName> {
  const [kind = '', ...parts] = target.written.split('/');
  const form = OUTPUTS.get(kind);
  if (form === undefined) return fail(unknownOutput(target.written, kind, target.prefix));
  if (target.prefix !== undefined && target.prefix !== form.ecosystem) {
    return fail(
      usage('F0753', `\`${kind}\` is no output of a ${target.prefix === 'rust' ? 'crate' : 'distribution'}`, [outputsHint(target.prefix)]),
    );
  }
  const output = parts.every((part) => NAME.test(part)) ? form.parse(parts) : undefined;
  if (output === undefined)
    return fail(usage('F0752', `unknown output \`${target.written}\``, [`write \`${form.shown.split(', ').join('` or `')}\``]));
  return ok({ text: target.text, name: target.name, ecosystem: form.ecosystem, output });
}

/** F0754: nothing in the repository has the name. `known` are the names that exist. */
export function unknownTarget(target: TargetName, known: Iterable<string>): Diagnostic {
  const names = [...known];
  const meant = meantHint(target.name, names);
  return usage(
    'F0754',
    `nothing here is called \`${target.name}\``,
    meant.length > 0 ? meant : ['run `ferrule show` to see what this repository builds'],
  );
}

function unknownOutput(written: string, kind: string, prefix: 'rust' | 'python' | undefined): Diagnostic {
  const candidates = [...OUTPUTS].filter(([, form]) => prefix === undefined || form.ecosystem === prefix).map(([name]) => name);
  const meant = meantHint(kind, candidates);
  const hints = meant.length > 0 ? meant : prefix === undefined ? [outputsHint('rust'), outputsHint('python')] : [outputsHint(prefix)];
  return usage('F0752', `unknown output \`${written}\``, hints);
}

function outputsHint(ecosystem: 'rust' | 'python'): string {
  const shown = [...OUTPUTS.values()]
    .filter((form) => form.ecosystem === ecosystem)
    .map((form) => form.shown.split(', ').map((name) => `\`${name}\``));
  return `outputs of a ${ecosystem === 'rust' ? 'crate' : 'distribution'} are ${shown.flat().join(', ')}`;
}

function malformed(text: string, subject: string): Diagnostic {
  const [first = '', second = ''] = subject.split('/', 2);
  const meant = second !== '' && NAME.test(second) ? meantHint(first, ['rust', 'python']) : [];
  return usage('F0751', `\`${text}\` is not a target`, [
    ...meant,
    'a target is written `NAME`, `NAME:OUTPUT`, `rust/NAME` or `python/NAME`',
  ]);
}

function usage(code: Diagnostic['code'], message: string, hints: readonly string[]): Diagnostic {
  return { code, severity: 'error', blame: 'input', message, hints };
}
