import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { TomlPath } from '../../repository/toml-span.ts';
import type { Interpreter } from '../interpreter.ts';
import { parseSpecifiers, satisfies } from '../version/specifier.ts';
import { parseVersion } from '../version/version.ts';
import type { MarkerAnswers } from './lock-markers.ts';

/** What a lock says of the environments it was made for. */
export interface LockCoverage {
  readonly file: string;
  readonly requiresPython: string | undefined;
  readonly spanAtTop: (path: TomlPath) => Span;
  /** Lists of markers by their key in the lock: the environment must be in each union. An empty list is no condition. */
  readonly unions: readonly { readonly key: string; readonly markers: readonly string[] }[];
}

/**
 * Whether a lock was made for an interpreter: without that, none of its markers means anything, for they leave out what holds in
 * every environment of the lock. F0924. Throws `UnreadableMarker`.
 */
export function checkCoverage(
  coverage: LockCoverage,
  { interpreter, answers }: { readonly interpreter: Interpreter; readonly answers: MarkerAnswers },
): Diagnostic | undefined {
  const { requiresPython, file } = coverage;
  const version = parseVersion(interpreter.version.full);
  const range = requiresPython === undefined ? undefined : parseSpecifiers(requiresPython);
  if (range !== undefined && version !== undefined && !satisfies(range, { ...version, pre: undefined, dev: undefined, local: undefined })) {
    return {
      ...WORDS,
      message: `\`${file}\` is not for Python ${interpreter.version.full}`,
      span: coverage.spanAtTop(['requires-python']),
      facts: [
        ['the lock is for', `Python ${requiresPython}`],
        ['the interpreter is', `Python ${interpreter.version.full}`],
      ],
      hints: ['choose another interpreter in `.python-version`, or widen `requires-python` and run `uv lock`'],
    };
  }
  const uncovered = coverage.unions.find(({ markers }) => !isCovered(markers, answers));
  if (uncovered === undefined) return undefined;
  return {
    ...WORDS,
    message: `\`${file}\` was not made for this environment`,
    span: coverage.spanAtTop([uncovered.key]),
    facts: [
      ['the environment is', describe(interpreter)],
      ...uncovered.markers.map((marker) => ['the lock is for', `\`${marker}\``] as const),
    ],
    hints: ['add it to `tool.uv.environments` (or remove that key) and run `uv lock`'],
  };
}

const WORDS = { code: 'F0924', severity: 'error', blame: 'input' } as const;

function isCovered(markers: readonly string[], answers: MarkerAnswers): boolean {
  // Forks over conflicting extras cover every choice that is allowed; which one is meant is not known before the walk.
  return markers.length === 0 || markers.some((marker) => marker.includes('extra') || answers.holds(marker, NOTHING));
}

const NOTHING: ReadonlySet<string> = new Set();

/** `CPython 3.12.1 on linux x86_64 (glibc 2.36)` */
export function describe({ version, freeThreaded, implementation, platform }: Interpreter): string {
  const python = { cpython: 'CPython', pypy: 'PyPy', graalpy: 'GraalPy' }[implementation];
  const detail =
    platform.os === 'linux' ? `${platform.libc.kind} ${platform.libc.major}.${platform.libc.minor}` : `${platform.major}.${platform.minor}`;
  return `${python} ${version.full}${freeThreaded ? ', free-threaded,' : ''} on ${platform.os} ${platform.arch} (${detail})`;
}
