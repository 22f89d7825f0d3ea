import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Of } from '../model/digest.ts';
import { makeDirectory } from '../store/make-directory.ts';
import { systemCode } from '../store/system-error.ts';

/** Hexadecimal digits of the checksum at the end of the file. */
const CHECKSUM_LENGTH = 64;

/** Compiled code as it was written; `undefined` when there is none or it is damaged: V8 itself would not notice and crash. */
export function readCodeCache(path: string): Buffer | undefined {
  const content = quietly(() => readFileSync(path));
  if (content === undefined || content.length <= CHECKSUM_LENGTH) return undefined;
  const data = content.subarray(0, -CHECKSUM_LENGTH);
  return sha256Of(data) === content.toString('latin1', data.length) ? data : undefined;
}

/** How long the code of programs and Nodes that are no longer used is kept. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Keeps compiled code for the next start, and drops what was not rewritten for a month. A disk that fails is no reason to complain. */
export function writeCodeCache(path: string, data: Buffer): void {
  quietly(() => {
    const directory = dirname(path);
    makeDirectory(directory);
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, Buffer.concat([data, Buffer.from(sha256Of(data), 'latin1')]));
    renameSync(temporary, path);
    const newest = statSync(path).mtimeMs;
    for (const name of readdirSync(directory)) {
      const other = join(directory, name);
      if (newest - statSync(other).mtimeMs > KEPT_MS) rmSync(other, { force: true });
    }
  });
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
