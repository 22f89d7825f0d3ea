import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';

import { readIfThere, upwards } from './version-file.ts';

/** A program that may be the Python looked for. */
export interface Candidate {
  /** Absolute. */
  readonly program: string;
  /** `3.12` of `python3.12`, as far as its name tells. */
  readonly minor: number | undefined;
}

export interface CandidateSearch {
  readonly directory: string;
  /** Highest directory whose `.python-version` counts for pyenv's shims. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Which 3.x may be named: others are left out. */
  readonly admitsMinor: (minor: number) => boolean;
  /** Start of a program's name. */
  readonly program: 'python' | 'pypy' | 'graalpy';
  /** `t` behind the version. */
  readonly freeThreaded: boolean;
  /** Is given every absolute path whose presence decides. */
  readonly watch: (path: string) => void;
}

/** Variables of the environment that a search depends on. */
export const CANDIDATE_VARIABLES: readonly string[] = [
  'CONDA_DEFAULT_ENV',
  'CONDA_PREFIX',
  'HOME',
  'PATH',
  'PYENV_ROOT',
  'PYENV_VERSION',
  'UV_PYTHON_INSTALL_DIR',
  'XDG_DATA_HOME',
];

/**
 * Pythons in the order they are tried: those uv has installed, newest first; then `PATH`, without virtual environments, pyenv's
 * shims standing for what they would start; then what else pyenv has. Made one by one, as whoever asks stops at the first that is right.
 */
export function* candidates(search: CandidateSearch): Generator<Candidate> {
  yield* installedBelow(managedDirectory(search.environment), /^[a-z]+-(\d+)\.(\d+)/, search);
  yield* onPath(search);
  const pyenv = pyenvRoot(search.environment);
  if (pyenv !== undefined) yield* installedBelow(join(pyenv, 'versions'), /^(?:[a-z]+)?(\d+)\.(\d+)/, search);
}

function managedDirectory({ UV_PYTHON_INSTALL_DIR, XDG_DATA_HOME, HOME }: Readonly<Record<string, string>>): string | undefined {
  if (UV_PYTHON_INSTALL_DIR !== undefined && isAbsolute(UV_PYTHON_INSTALL_DIR)) return UV_PYTHON_INSTALL_DIR;
  const data = XDG_DATA_HOME ?? (HOME === undefined ? undefined : join(HOME, '.local/share'));
  return data === undefined ? undefined : join(data, 'uv/python');
}

function pyenvRoot({ PYENV_ROOT, HOME }: Readonly<Record<string, string>>): string | undefined {
  return PYENV_ROOT ?? (HOME === undefined ? undefined : join(HOME, '.pyenv'));
}

/** `cpython-3.12.1-linux-x86_64-gnu/bin/python3.12` or `3.12.1/bin/python3.12`, newest first. */
function* installedBelow(directory: string | undefined, version: RegExp, search: CandidateSearch): Generator<Candidate> {
  if (directory === undefined) return;
  search.watch(directory);
  for (const name of directoriesIn(directory).toSorted((left, right) => byNumbers(right, left))) {
    const minor = Number(version.exec(name)?.[2] ?? Number.NaN);
    if (!(minor >= 0) || !search.admitsMinor(minor) || isVirtualEnvironment(join(directory, name, 'bin'))) continue;
    const program = join(directory, name, 'bin', programName(search, minor));
    if (isFile(program, search)) yield { program, minor };
  }
}

/** Order of names in which runs of digits count as numbers. `Intl.Collator` would do, and takes ten milliseconds to load. */
function byNumbers(left: string, right: string): number {
  const others = right.split(NUMBERS);
  for (const [index, part] of left.split(NUMBERS).entries()) {
    const other = others[index] ?? '';
    if (part === other) continue;
    return NUMBERS.test(part) && NUMBERS.test(other) && Number(part) !== Number(other)
      ? Number(part) - Number(other)
      : part < other
        ? -1
        : 1;
  }
  return left.length - right.length;
}

const NUMBERS = /(\d+)/;

/** Links are other names for what is there anyway. */
function directoriesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    // Not there.
    return [];
  }
}

function programName({ program, freeThreaded }: CandidateSearch, minor: number): string {
  return `${program}3.${minor}${freeThreaded ? 't' : ''}`;
}

/** Newer than this there is no Python yet. */
const NEWEST_MINOR = 20;
const OLDEST_MINOR = 6;

function* onPath(search: CandidateSearch): Generator<Candidate> {
  const minors = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => NEWEST_MINOR - index).filter(search.admitsMinor);
  const exact = minors.map((minor) => ({ name: programName(search, minor), minor }));
  const plain = [`${search.program}3`, search.program].map((name) => ({ name, minor: undefined }));
  // One wanted version: its own name says more than what happens to be `python3`.
  const names = exact.length === 1 ? [...exact, ...plain] : [...plain, ...exact];
  for (const directory of pathDirectories(search.environment)) {
    search.watch(directory);
    if (isVirtualEnvironment(directory) || isActiveConda(directory, search.environment)) continue;
    for (const { name, minor } of names) {
      const program = join(directory, name);
      if (!isFile(program, search)) continue;
      if (isPyenvShim(program)) yield* behindShim(program, search);
      else yield { program, minor };
    }
  }
}

/** Absolute entries of `PATH`, each once. */
export function pathDirectories(environment: Readonly<Record<string, string>>): readonly string[] {
  return [...new Set((environment['PATH'] ?? '').split(':').filter((entry) => isAbsolute(entry)))];
}

function isVirtualEnvironment(bin: string): boolean {
  return statSync(join(dirname(bin), 'pyvenv.cfg'), { throwIfNoEntry: false }) !== undefined;
}

function isActiveConda(directory: string, { CONDA_PREFIX, CONDA_DEFAULT_ENV }: Readonly<Record<string, string>>): boolean {
  return CONDA_PREFIX !== undefined && CONDA_DEFAULT_ENV !== 'base' && directory === join(CONDA_PREFIX, 'bin');
}

/** A shell script below `shims`, beside `versions`: it starts whatever version pyenv selects. */
function isPyenvShim(program: string): boolean {
  const directory = dirname(program);
  if (basename(directory) !== 'shims' || statSync(join(directory, '../versions'), { throwIfNoEntry: false }) === undefined) return false;
  const start = Buffer.alloc(2);
  const descriptor = openSync(program, 'r');
  try {
    readSync(descriptor, start, 0, 2, 0);
  } finally {
    closeSync(descriptor);
  }
  return start.toString('latin1') === '#!';
}

/** Of the versions that pyenv has selected, those with the program: `PYENV_VERSION`, the nearest `.python-version`, then its own `version` file. */
function* behindShim(shim: string, search: CandidateSearch): Generator<Candidate> {
  const pyenv = dirname(dirname(shim));
  for (const version of selectedVersions(pyenv, search)) {
    const program = join(pyenv, 'versions', version, 'bin', basename(shim));
    const minor = Number(/^(?:[a-z]+)?3\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
    if (minor >= 0 && !search.admitsMinor(minor)) continue;
    if (!isVirtualEnvironment(dirname(program)) && isFile(program, search)) yield { program, minor: minor >= 0 ? minor : undefined };
  }
}

function selectedVersions(pyenv: string, search: CandidateSearch): readonly string[] {
  const asked = search.environment['PYENV_VERSION'];
  if (asked !== undefined && asked !== '') return asked.split(':');
  const files = [...upwards(search.directory, search.root).map((place) => join(place, '.python-version')), join(pyenv, 'version')];
  for (const file of files) {
    search.watch(file);
    const words = readIfThere(file)
      ?.split(/\s+/)
      .filter((word) => word !== '');
    if (words !== undefined && words.length > 0) return words;
  }
  return [];
}

function isFile(path: string, { watch }: CandidateSearch): boolean {
  const state = statSync(path, { throwIfNoEntry: false });
  if (state?.isFile() !== true) return false;
  watch(path);
  return (state.mode & 0o111) !== 0;
}
