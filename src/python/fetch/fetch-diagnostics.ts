import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { Artifact } from '../artifact.ts';
import { credentialVariables } from './index-settings.ts';
import { projectOf } from './index-page.ts';
import { redactUrl } from './redact.ts';

/** What is said about every artifact that cannot be had. */
export interface FetchSubject {
  readonly artifact: Artifact;
  /** Its entry in the lock; `undefined`: not from a lock. */
  readonly span: Span | undefined;
}

/** Why one address gave no artifact. */
export type FetchProblem =
  | { readonly kind: 'wrong-hash'; readonly url: string; readonly expected: string; readonly found: string; readonly size: number }
  | { readonly kind: 'wrong-size'; readonly url: string; readonly expected: number; readonly found: number }
  | {
      readonly kind: 'unauthorized';
      readonly url: string;
      readonly status: number;
      readonly hadCredentials: boolean;
      /** Name of its index. */ readonly index: string | undefined;
    }
  | { readonly kind: 'gone'; readonly url: string; readonly status: number }
  | {
      readonly kind: 'unreachable';
      readonly url: string;
      readonly problem: string;
      readonly attempts: number;
      /** Bytes. */ readonly arrived: number;
    }
  | { readonly kind: 'offline'; readonly url: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly code: string }
  | { readonly kind: 'status'; readonly url: string; readonly status: number }
  | { readonly kind: 'setting'; readonly variable: string; readonly problem: string }
  | { readonly kind: 'untrusted'; readonly url: string; readonly problem: string }
  | { readonly kind: 'not-mirrored'; readonly page: string; readonly index: string }
  | { readonly kind: 'address'; readonly url: string }
  | { readonly kind: 'stopped' };

/** Diagnostics F0950 to F0959. */
export function fetchDiagnostic(subject: FetchSubject, problem: FetchProblem): Diagnostic {
  const { span } = subject;
  const place = span === undefined ? {} : { span };
  return { severity: 'error', ...place, ...words(subject.artifact, problem) };
}

type Words = Pick<Diagnostic, 'code' | 'blame' | 'message'> & Partial<Pick<Diagnostic, 'facts' | 'hints'>>;

function words(artifact: Artifact, problem: FetchProblem): Words {
  const file = `\`${artifact.filename}\``;
  switch (problem.kind) {
    case 'wrong-hash':
      return {
        code: 'F0950',
        blame: 'input',
        message: `${file} does not have the hash that the lock asks for`,
        facts: [address(problem.url), ['locked', problem.expected], ['found', problem.found], ['size', `${problem.size} bytes`]],
        hints: [
          'do not use what is served there: the file was replaced, or something on the way changes it',
          `if its publisher did replace it and you trust that, run \`uv lock --upgrade-package ${projectName(artifact)}\``,
        ],
      };
    case 'wrong-size':
      return {
        code: 'F0951',
        blame: 'infrastructure',
        message: `${file} is cut short where it is served`,
        facts: [address(problem.url), ['locked', `${problem.expected} bytes`], ['found', `${problem.found} bytes`]],
        hints: ['a proxy or mirror keeps a damaged copy: have it removed there, or go around it'],
      };
    case 'unauthorized':
      return unauthorized(file, problem, projectName(artifact));
    case 'gone':
      return {
        code: 'F0953',
        blame: 'input',
        message: `${file} is not there any more`,
        facts: [address(problem.url), ['answer', String(problem.status)]],
        hints: [
          `it was removed from its index, or the lock names an index that never had it: run \`uv lock --upgrade-package ${projectName(artifact)}\``,
          'private indexes also answer so to who gives no credentials',
        ],
      };
    case 'unreachable':
      return {
        code: 'F0954',
        blame: 'infrastructure',
        message: `${file} cannot be fetched: its server does not answer as it should`,
        facts: [address(problem.url), ['problem', problem.problem], ['attempts', String(problem.attempts)]],
        hints: [
          'check the network and `HTTPS_PROXY`; a mirror can be named with `UV_DEFAULT_INDEX`',
          ...(problem.arrived > 0 ? ['what has arrived is kept: the next run goes on from there'] : []),
        ],
      };
    case 'offline':
      return {
        code: 'F0955',
        blame: 'input',
        message: `${file} is not in the store, and \`--offline\` forbids to fetch it`,
        facts: [address(problem.url)],
        hints: ['run once without `--offline`'],
      };
    case 'unreadable':
      return {
        code: 'F0956',
        blame: 'input',
        message: `${file} cannot be read`,
        facts: [
          ['file', problem.path],
          ['error', problem.code],
        ],
        hints: ['put the file where the lock says, or run `uv lock`'],
      };
    case 'status':
      return {
        code: 'F0957',
        blame: 'infrastructure',
        message: `${file} cannot be fetched: its server answers ${problem.status}`,
        facts: [address(problem.url)],
        hints: ['open the address in a browser to see what the server means'],
      };
    case 'address':
      return {
        code: 'F0957',
        blame: 'input',
        message: `${file} cannot be fetched: its address is none of HTTP or HTTPS`,
        facts: [address(problem.url)],
        hints: ['correct the address in `pyproject.toml`, and run `uv lock`'],
      };
    case 'setting':
      return {
        code: 'F0958',
        blame: 'input',
        message: `${file} cannot be fetched: \`${problem.variable}\` cannot be used`,
        facts: [['problem', problem.problem]],
        hints: [`correct \`${problem.variable}\`, or unset it`],
      };
    case 'untrusted':
      return {
        code: 'F0958',
        blame: 'infrastructure',
        message: `${file} cannot be fetched: the certificate of its server is not trusted`,
        facts: [address(problem.url), ['problem', problem.problem]],
        hints: ['name the file of the authority that signed it with `SSL_CERT_FILE`, if that is one you trust'],
      };
    case 'not-mirrored':
      return {
        code: 'F0959',
        blame: 'input',
        message: `${file} is not in the index that stands in for the lock's`,
        facts: [
          ['asked', redactUrl(problem.page)],
          ['lock', redactUrl(problem.index)],
        ],
        hints: ['let the mirror take the file over, or unset `UV_DEFAULT_INDEX` to fetch from where the lock says'],
      };
    case 'stopped':
      return { code: 'F0954', blame: 'infrastructure', message: `${file} was not fetched: the run was stopped` };
  }
}

function address(url: string): readonly [string, string] {
  return ['address', redactUrl(url)];
}

function unauthorized(file: string, problem: Extract<FetchProblem, { kind: 'unauthorized' }>, project: string): Words {
  const host = URL.canParse(problem.url) ? new URL(problem.url).hostname : problem.url;
  const hints = [`put \`machine ${host}\` with \`login\` and \`password\` into \`~/.netrc\``];
  if (problem.index !== undefined) {
    const { username, password } = credentialVariables(problem.index);
    hints.unshift(`set \`${username}\` and \`${password}\``);
  }
  // Without a word about who asks, it may as well be the file that nobody is to have any more.
  const isForbidden = problem.status === 403 && !problem.hadCredentials;
  if (isForbidden) hints.push(`or it was withdrawn: run \`uv lock --upgrade-package ${project}\``);
  const answer = problem.hadCredentials ? 'does not accept the credentials' : isForbidden ? 'forbids it' : 'asks for credentials';
  return {
    code: 'F0952',
    blame: 'input',
    message: `${file} cannot be fetched: its server ${answer}`,
    facts: [
      ['address', redactUrl(problem.url)],
      ['answer', String(problem.status)],
    ],
    hints,
  };
}

function projectName(artifact: Artifact): string {
  return projectOf(artifact.filename) ?? 'NAME';
}
