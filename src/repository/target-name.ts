import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { meantHint } from './did-you-mean.ts';

/**
 * What a user asks for: `NAME[:OUTPUT]`, `rust/NAME[:OUTPUT]`, `python/NAME[:OUTPUT]`, `NAME[EXTRA,…][:OUTPUT]`, `path/to/script.py`, and
 * all but the last with the member that is meant: `MEMBER#NAME[:OUTPUT]`.
 */
export interface TargetName {
  /** As written. */
  readonly text: string;
  /** Directory of the member as written before `#`, from where the user is; `undefined`: whichever has the name. */
  readonly member: string | undefined;
  /** Of a script, the path of its file as written. */
  readonly name: string;
  /** Extras of a Python project. */
  readonly extras: readonly string[];
  /** It is a Python file with requirements of its own (PEP 723). */
  readonly isScript: boolean;
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
  | { readonly kind: 'wheel' | 'sdist' }
  /** Runtime dependencies, and those of the groups: `env/dev/docs`; `editable` has the default groups besides. */
  | { readonly kind: 'env' | 'editable'; readonly groups: readonly string[] };

interface OutputForm {
  readonly ecosystem: 'rust' | 'python';
  readonly parse: (parts: readonly string[]) => TargetOutput | undefined;
  /** How it is written, for the message. */
  readonly shown: string;
}

function plain(kind: 'lib' | 'cdylib' | 'staticlib' | 'wheel' | 'sdist'): OutputForm['parse'] {
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
  ['editable', { ecosystem: 'python', parse: (groups) => ({ kind: 'editable', groups }), shown: 'editable, editable/GROUP' }],
  ['sdist', { ecosystem: 'python', parse: plain('sdist'), shown: 'sdist' }],
]);

function example(name: string | undefined, rest: readonly string[]): RustOutput | undefined {
  return name === undefined || rest.length > 0 ? undefined : { kind: 'example', name };
}

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;

/** Whether a TARGET is a script: the path of a Python file. */
export function namesScript(text: string): boolean {
  return subjectOf(text).endsWith('.py');
}

function subjectOf(text: string): string {
  const colon = text.indexOf(':');
  return colon === -1 ? text : text.slice(0, colon);
}

/**
 * Parses one TARGET of the command line. F0751 no target at all, F0752 unknown output, F0753 output of the other ecosystem. F1030:
 * something that a script, or a crate, cannot have.
 */
export function parseTargetName(text: string): Result<TargetName> {
  const hash = text.indexOf('#');
  if (hash === -1) return parseWithoutMember(text);
  const rest = text.slice(hash + 1);
  const target = parseWithoutMember(rest);
  if (!target.ok) return target;
  if (target.value.isScript) return fail(malformed(text, rest));
  return ok({ ...target.value, text, member: hash === 0 ? '.' : text.slice(0, hash) });
}

function parseWithoutMember(text: string): Result<TargetName> {
  const subject = subjectOf(text);
  const written = subject === text ? undefined : text.slice(subject.length + 1);
  if (namesScript(text)) return scriptTarget(text, subject, written);
  const prefixed = /^(rust|python)\/(.*)$/s.exec(subject);
  const prefix = prefixed === null ? undefined : prefixed[1] === 'rust' ? 'rust' : 'python';
  const [, name = '', list] = /^(.*?)(?:\[([^\]]*)\])?$/s.exec(prefixed?.[2] ?? subject) ?? [];
  const extras = list === undefined ? [] : list.split(',').map((extra) => extra.trim());
  if (![name, ...extras].every((word) => NAME.test(word)) || written === '') return fail(malformed(text, subject));
  const base = { text, member: undefined, name, extras, isScript: false };
  if (extras.length > 0 && prefix === 'rust') return fail(noExtras(name));
  if (written === undefined) return ok({ ...base, ecosystem: extras.length > 0 ? 'python' : prefix, output: undefined });
  const parsed = parseOutput(written, prefix);
  if (!parsed.ok) return parsed;
  const { ecosystem, output } = parsed.value;
  if (extras.length > 0 && output.kind !== 'env' && output.kind !== 'editable') return fail(noExtras(name, output.kind));
  return ok({ ...base, ecosystem, output });
}

function scriptTarget(text: string, path: string, written: string | undefined): Result<TargetName> {
  if (written === '') return fail(malformed(text, path));
  if (written !== undefined && written !== 'env') return fail(onlyItsEnvironment(path, written));
  const output: TargetOutput = { kind: 'env', groups: [] };
  return ok({
    text,
    member: undefined,
    name: path,
    extras: [],
    isScript: true,
    ecosystem: 'python',
    output: written === undefined ? undefined : output,
  });
}

function parseOutput(
  written: string,
  prefix: 'rust' | 'python' | undefined,
): Result<{ readonly ecosystem: 'rust' | 'python'; readonly output: TargetOutput }> {
  const [kind = '', ...parts] = written.split('/');
  const form = OUTPUTS.get(kind);
  if (form === undefined) return fail(unknownOutput(written, kind, prefix));
  if (prefix !== undefined && prefix !== form.ecosystem) {
    return fail(usage('F0753', `\`${kind}\` is no output of a ${prefix === 'rust' ? 'crate' : 'distribution'}`, [outputsHint(prefix)]));
  }
  const output = parts.every((part) => NAME.test(part)) ? form.parse(parts) : undefined;
  if (output === undefined)
    return fail(usage('F0752', `unknown output \`${written}\``, [`write \`${form.shown.split(', ').join('` or `')}\``]));
  return ok({ ecosystem: form.ecosystem, output });
}

function noExtras(name: string, kind?: string): Diagnostic {
  return usage('F1030', kind === undefined ? 'a crate has no extras' : `extras make no difference to \`${kind}\``, [
    kind === undefined ? 'choose features with `--features`' : `\`${name}[EXTRA]:env\` is the environment with an extra`,
  ]);
}

function onlyItsEnvironment(path: string, written: string): Diagnostic {
  return usage('F1030', `the script \`${path}\` has no \`${written}\``, ['all there is of a script is its environment, `env`']);
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

/** F0753: the name is there, and what is asked for is an output of the other kind. */
export function outputOfOtherKind(target: TargetName, found: 'rust' | 'python'): Diagnostic {
  const written = target.text.slice(target.text.lastIndexOf(':') + 1);
  const [what, other] = found === 'rust' ? ['a crate', 'a distribution'] : ['a distribution', 'a crate'];
  if (target.output === undefined) {
    return usage('F0753', `\`${target.name}\` is ${what}, and \`${target.text}\` asks for ${other}`, ['leave the prefix out']);
  }
  return usage('F0753', `\`${target.name}\` is ${what}, which has no output \`${written}\``, [outputsHint(found)]);
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
    'a target is written `NAME`, `NAME:OUTPUT`, `NAME[EXTRA]:OUTPUT`, `rust/NAME`, `python/NAME`, `MEMBER#NAME` or `path/to/script.py`',
  ]);
}

function usage(code: Diagnostic['code'], message: string, hints: readonly string[]): Diagnostic {
  return { code, severity: 'error', blame: 'input', message, hints };
}
