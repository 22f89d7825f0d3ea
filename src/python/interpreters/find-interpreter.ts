import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { fail, ok, type Result, type Span } from '../../diagnostics/diagnostic.ts';
import type { ProcessRunner } from '../../rust/cargo/process.ts';
import type { Store } from '../../store/store.ts';
import type { InstalledInterpreter, Interpreter } from '../interpreter.ts';
import type { SpecifierSet } from '../version/specifier.ts';
import { isPrerelease, parseVersion } from '../version/version.ts';
import { CANDIDATE_VARIABLES, type Candidate, candidates, pathDirectories } from './candidates.ts';
import { doesNotRun, type LookedAt, notFound, notUnderstood, wrongVersion } from './interpreter-diagnostics.ts';
import { type Probe, probe } from './probe.ts';
import { admitsMinor, fulfils, parsePythonRequest, type PythonRequest, satisfiesRange } from './python-request.ts';
import { findVersionPin } from './version-file.ts';

export interface InterpreterQuestion {
  /** Absolute: the project's. Pins are looked for from here upwards. */
  readonly directory: string;
  /** Highest directory whose pins count; `undefined`: the next one upwards that holds `.git`, else `directory` itself. */
  readonly root?: string;
  /** The project's, or its lock's; `undefined`: any Python will do. */
  readonly requiresPython: RequiredPython | undefined;
  /** What the user set for this run, in the words of `UV_PYTHON`: a version, the name of a program, or a path (from `root`). Comes before every pin. */
  readonly setting?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly run: ProcessRunner;
  readonly store: Pick<Store, 'getNote' | 'putNote'>;
}

export interface RequiredPython {
  readonly set: SpecifierSet;
  /** As written. */
  readonly text: string;
  readonly span: Span | undefined;
}

export interface FoundInterpreter extends InstalledInterpreter {
  /** Absolute paths that decided, whether they are there or not. */
  readonly watched: readonly string[];
}

/** Variables of the environment that {@link findInterpreter} depends on. */
export const INTERPRETER_VARIABLES: readonly string[] = CANDIDATE_VARIABLES;

/** What is wanted, and who wants it. */
export interface Wish {
  readonly request: PythonRequest | undefined;
  /** As written; `undefined`: nobody named one. */
  readonly text: string | undefined;
  /** Of the pin; `undefined`: a setting, or nobody. */
  readonly span: Span | undefined;
}

/**
 * The Python of a project: the setting's, else that of the nearest `.python-version`, else the first that fulfils `requires-python`,
 * among those that uv has installed, on `PATH`, and in pyenv. Virtual environments never count, and pre-releases only where nothing
 * else is right. Once asked, an interpreter is not started again until it changes. Fails with F0900 to F0903.
 */
export async function findInterpreter(question: InterpreterQuestion): Promise<Result<FoundInterpreter>> {
  const root = question.root ?? repositoryOf(question.directory);
  const search = findVersionPin(question.directory, root);
  const watched = new Set(search.watched);
  const text = question.setting ?? search.pin?.text;
  const span = question.setting === undefined ? search.pin?.span : undefined;
  const base = (question.setting === undefined ? search.pin?.directory : undefined) ?? root;
  const request = text === undefined ? undefined : requestOf(text, base, question.environment);
  if (text !== undefined && request === undefined) return fail(notUnderstood(text, span));
  const found = await choose({ question, root, watched, wish: { request, text, span } });
  return found.ok ? ok({ ...found.value, watched: [...watched] }) : found;
}

function repositoryOf(directory: string): string {
  for (let place = directory; ; place = dirname(place)) {
    if (existsSync(join(place, '.git'))) return place;
    if (place === dirname(place)) return directory;
  }
}

/** Paths are relative to `base`. A word that is no version is the name of a program, if there is one. */
function requestOf(text: string, base: string, environment: Readonly<Record<string, string>>): PythonRequest | undefined {
  const request = parsePythonRequest(text);
  if (request?.kind === 'program') return { kind: 'program', program: resolve(base, request.program) };
  if (request !== undefined || !/^[\w.+-]+$/.test(text)) return request;
  const program = pathDirectories(environment)
    .map((directory) => join(directory, text))
    .find((path) => existsSync(path));
  return program === undefined ? undefined : { kind: 'program', program };
}

interface Choice {
  readonly question: InterpreterQuestion;
  readonly root: string;
  readonly watched: Set<string>;
  readonly wish: Wish;
}

async function choose(choice: Choice): Promise<Result<InstalledInterpreter>> {
  const { question, wish } = choice;
  const lookedAt: LookedAt[] = [];
  let prerelease: InstalledInterpreter | undefined;
  let wrong: InstalledInterpreter | undefined;
  const seen = new Set<string>();
  for (const { program } of programs(choice)) {
    choice.watched.add(program);
    const answer = await ask(question, program);
    if (!answer.ok) {
      if (wish.request?.kind === 'program') return fail(doesNotRun(program, answer.reason, wish.span));
      lookedAt.push({ program, answer: answer.reason });
      continue;
    }
    const { installed } = answer;
    if (seen.has(installed.executable)) continue;
    seen.add(installed.executable);
    lookedAt.push({ program: installed.executable, answer: describe(installed.interpreter) });
    if (!isWanted(installed.interpreter, wish.request)) continue;
    if (question.requiresPython !== undefined && !satisfiesRange(installed.interpreter, question.requiresPython.set)) wrong ??= installed;
    else if (isStable(installed.interpreter) || isNamed(wish.request)) return ok(installed);
    else prerelease ??= installed;
  }
  if (prerelease !== undefined) return ok(prerelease);
  const { requiresPython } = question;
  if (wrong !== undefined && wish.text !== undefined && requiresPython !== undefined) {
    return fail(wrongVersion({ found: wrong, wish, requiresPython }));
  }
  return fail(notFound({ wish, requiresPython, lookedAt }));
}

function programs({ question, root, watched, wish: { request } }: Choice): Iterable<Candidate> {
  if (request?.kind === 'program') {
    const program = resolve(question.directory, request.program);
    return [
      {
        program: statSync(program, { throwIfNoEntry: false })?.isDirectory() === true ? join(program, 'bin/python3') : program,
        minor: undefined,
      },
    ];
  }
  const implementation = request?.kind === 'version' ? request.implementation : 'cpython';
  return candidates({
    directory: question.directory,
    root,
    environment: question.environment,
    admitsMinor: (minor) => admitsMinor(minor, request, question.requiresPython?.set),
    program: implementation === 'cpython' ? 'python' : implementation,
    freeThreaded: request?.kind === 'version' && request.freeThreaded,
    watch: (path) => void watched.add(path),
  });
}

async function ask({ directory, environment, run, store }: InterpreterQuestion, program: string): Promise<Probe> {
  return existsSync(program) ? await probe({ program, directory, environment, run, store }) : { ok: false, reason: 'nothing is there' };
}

function isWanted(interpreter: Interpreter, request: PythonRequest | undefined): boolean {
  return request === undefined ? !interpreter.freeThreaded : fulfils(interpreter, request);
}

function isStable({ version }: Interpreter): boolean {
  const parsed = parseVersion(version.full);
  return parsed === undefined || !isPrerelease(parsed);
}

/** A program, or a very pre-release, is wanted as it is. */
function isNamed(request: PythonRequest | undefined): boolean {
  return request?.kind === 'program' || (request?.kind === 'version' && request.prerelease !== undefined);
}

/** `CPython 3.13.0, free-threaded` */
export function describe({ markers, version, freeThreaded }: Interpreter): string {
  return `${markers.platform_python_implementation} ${version.full}${freeThreaded ? ', free-threaded' : ''}`;
}
