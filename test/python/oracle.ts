import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Programs that say what is right, installed from the package index of pip's own configuration. */
export interface OracleTools {
  /** The virtual environment; its `bin` holds every program. */
  readonly directory: string;
  /** Python with `packaging`, `installer`, `wheel`, `build`, `hatchling` and `setuptools`. */
  readonly python: string;
  readonly uv: string;
  readonly maturin: string;
  readonly wheel: string;
  readonly twine: string;
  /** `pyproject-build`, the program of `build`. */
  readonly build: string;
}

const PINS: readonly string[] = [
  'build==1.6.1',
  'hatchling==1.33.0',
  'installer==1.1.0',
  'maturin==1.16.0',
  'packaging==26.3',
  'setuptools==84.2.1',
  'twine==7.0.0',
  'uv==0.13.8',
  'wheel==0.48.0',
];

const CACHE = join(repositoryRoot(dirname(fileURLToPath(import.meta.url))), 'node_modules/.cache/ferrule/oracles');

/** The nearest directory upwards with a `package.json`: where the sources are, and also where they run bundled. */
function repositoryRoot(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : repositoryRoot(dirname(directory));
}

/**
 * The oracles, installed the first time they are asked for (about ten seconds). Any number of tests may ask at once: one
 * installs, the others wait. Throws when they cannot be had, so that a test without its oracle fails. Call it at the top level of a test
 * file: the first time takes longer than a test may.
 */
export function oracleTools(): OracleTools {
  const name = createHash('sha256').update(PINS.join('\n')).digest('hex').slice(0, 16);
  const directory = join(CACHE, name);
  const ready = join(directory, 'ready');
  while (!existsSync(ready)) {
    if (takeLock(`${directory}.lock`)) {
      try {
        if (!existsSync(ready)) install(directory, ready);
      } finally {
        rmSync(`${directory}.lock`, { force: true });
      }
    } else {
      sleep(200);
    }
  }
  const program = (file: string): string => join(directory, 'bin', file);
  return {
    directory,
    python: program('python3'),
    uv: program('uv'),
    maturin: program('maturin'),
    wheel: program('wheel'),
    twine: program('twine'),
    build: program('pyproject-build'),
  };
}

function install(directory: string, ready: string): void {
  rmSync(directory, { recursive: true, force: true });
  run('python3', ['-m', 'venv', directory]);
  run(join(directory, 'bin/python3'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PINS]);
  writeFileSync(ready, PINS.join('\n'));
}

function run(program: string, words: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`the oracles cannot be installed: \`${program} ${words.join(' ')}\`\n${error?.message ?? stderr}`);
}

/** Makes a file that holds our process number; takes over from a process that is gone. */
function takeLock(lock: string): boolean {
  mkdirSync(CACHE, { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
  }
  if (isAbandoned(lock)) rmSync(lock, { force: true });
  return false;
}

function isAbandoned(lock: string): boolean {
  const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : Number.NaN;
  if (!(holder > 0)) return (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < Date.now() - 10_000;
  try {
    process.kill(holder, 0);
    return false;
  } catch {
    // No such process.
    return true;
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
