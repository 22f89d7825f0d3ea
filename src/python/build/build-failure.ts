import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { Digest } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import type { Refusal } from './build-answer.ts';

/** What is built, for people. */
export interface BuildSubject {
  /** `numpy 2.1.0`, or the name alone where the version is dynamic. */
  readonly label: string;
  /** Its `[build-system]`, or its entry in a lock; `undefined`: there is none. */
  readonly span: Span | undefined;
}

export interface FailedBuild {
  readonly subject: BuildSubject;
  /** `undefined`: the interpreter or the whole process came to no answer. */
  readonly refusal: Refusal | undefined;
  readonly exitCode: number;
  /** What the backend printed. */
  readonly output: string;
}

/** What programs say when they wanted the network and found none. */
const NETWORK_WORDS: readonly RegExp[] = [
  /Temporary failure in name resolution/,
  /Name or service not known/,
  /Network is unreachable/,
  /Could not resolve host/i,
  /nodename nor servname provided/,
  /Failed to establish a new connection/,
  /dns error: failed to lookup address/,
];

/** A failed build in the backend's own words. F0986, F0987, F0988, F0994. */
export function explainBuildFailure(failed: FailedBuild): Diagnostic {
  const { refusal, output } = failed;
  switch (refusal?.reason) {
    case 'requires':
      return missingRequirements(failed, refusal.missing);
    case 'no-hook':
      return unable(failed, `\`${refusal.backend}\` has no such function`);
    case 'backend-path':
      return unable(failed, `\`backend-path\` leads out of the project: \`${refusal.path}\``);
    case 'no-file':
      return unable(failed, `it says that it made \`${refusal.named}\`, which is not there`);
    case 'import':
    case 'raised':
    case undefined:
      return NETWORK_WORDS.some((words) => words.test(output)) ? wantedNetwork(failed) : backendFailed(failed);
  }
}

function missingRequirements({ subject }: FailedBuild, missing: readonly string[]): Diagnostic {
  return {
    code: 'F0986',
    severity: 'error',
    blame: 'input',
    message: `building \`${subject.label}\` needs more than \`ferrule.lock\` has for it`,
    ...spanOf(subject),
    facts: missing.map((requirement): [string, string] => ['missing', requirement]),
    hints: ['run `ferrule lock`, which asks the backend what it needs'],
  };
}

function backendFailed({ subject, refusal, exitCode, output }: FailedBuild): Diagnostic {
  const facts: readonly [string, string][] =
    refusal?.reason === 'import'
      ? [['cannot be imported', refusal.backend]]
      : refusal === undefined
        ? [['exit status', String(exitCode)]]
        : [];
  return {
    code: 'F0987',
    severity: 'error',
    blame: 'build',
    message: `building \`${subject.label}\` failed`,
    ...spanOf(subject),
    ...(facts.length === 0 ? {} : { facts }),
    output: output.endsWith('\n') || output === '' ? output : `${output}\n`,
  };
}

function wantedNetwork(failed: FailedBuild): Diagnostic {
  return {
    ...backendFailed(failed),
    code: 'F0988',
    message: `building \`${failed.subject.label}\` failed: it wants the network, which builds do not have`,
    hints: ['what it downloads has to be among its sources or its build requirements'],
  };
}

function unable({ subject, output }: FailedBuild, why: string): Diagnostic {
  return {
    code: 'F0994',
    severity: 'error',
    blame: 'build',
    message: `the build backend of \`${subject.label}\` cannot do what is asked of it`,
    ...spanOf(subject),
    facts: [['reason', why]],
    ...(output === '' ? {} : { output }),
  };
}

function spanOf(subject: BuildSubject): { readonly span?: Span } {
  return subject.span === undefined ? {} : { span: subject.span };
}

/** Text that an action printed; empty when the store has lost it. */
export function wordsOf(store: Store, digest: Digest): string {
  return store.readBlob(digest)?.toString('utf8') ?? '';
}
