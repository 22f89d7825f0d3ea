import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oracleTools } from '../oracle.ts';

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/ferrule/wheels', import.meta.url));

/** Wheels that pip has chosen for CPython 3.11 on x86-64 Linux. */
export interface WantedWheels {
  /** `numpy==2.4.6`; no dependencies. */
  readonly requirements: readonly string[];
  /** `manylinux_2_28_x86_64`, `musllinux_1_2_x86_64`. */
  readonly platforms: readonly string[];
}

/** Directory with the wheels wanted, fetched by pip from the index it is configured with; kept for the next time. Throws when they cannot be had. */
export function downloadedWheels(wanted: WantedWheels): string {
  const name = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 16);
  const directory = join(CACHE, name);
  if (existsSync(directory)) return directory;
  mkdirSync(CACHE, { recursive: true });
  const beside = mkdtempSync(join(CACHE, 'new-'));
  try {
    const platforms = wanted.platforms.flatMap((platform) => ['--platform', platform]);
    const words = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:'];
    const place = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'abi3', '--abi', 'none', ...platforms];
    const done = spawnSync(oracleTools().python, [...words, ...place, '--dest', beside, ...wanted.requirements], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`pip cannot fetch the wheels of this test:\n${done.stderr}`);
    if (readdirSync(beside).length !== wanted.requirements.length) throw new Error('pip has not fetched every wheel of this test');
    if (!existsSync(directory)) renameSync(beside, directory);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return directory;
}
