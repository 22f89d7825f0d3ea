import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = join(repositoryRoot(dirname(fileURLToPath(import.meta.url))), 'node_modules/.cache/ferrule');

/** The nearest directory upwards with a `package.json`: where the sources are, and also where they run bundled. */
function repositoryRoot(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : repositoryRoot(dirname(directory));
}

/**
 * A directory with what tests need and the machine does not have, made by `install` the first time it is asked for; its absolute path.
 * Any number of tests may ask at once: one installs, the others wait. Throws what `install` throws; the next to ask tries again.
 *
 * @param name unique among everything installed, and another one when what it holds is to be another.
 */
export function installOnce(name: string, install: (directory: string) => void): string {
  const directory = join(CACHE, name);
  const ready = join(directory, 'ready');
  while (!existsSync(ready)) {
    if (takeLock(`${directory}.lock`)) {
      try {
        if (!existsSync(ready)) {
          rmSync(directory, { recursive: true, force: true });
          mkdirSync(directory, { recursive: true });
          install(directory);
          writeFileSync(ready, '');
        }
      } finally {
        rmSync(`${directory}.lock`, { force: true });
      }
    } else {
      sleep(200);
    }
  }
  return directory;
}

/** Makes a file that holds our process number; takes over from a process that is gone. */
function takeLock(lock: string): boolean {
  mkdirSync(dirname(lock), { recursive: true });
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
