import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Diagnostic, fail, type Result } from '../../diagnostics/diagnostic.ts';
import { parseToml } from '../../repository/config.ts';
import type { PythonLock } from './lock.ts';
import { readPylock } from './pylock.ts';
import { readUvLock } from './uv-lock.ts';

/** A lock's absolute path, and the file as it is shown to the user. */
export interface LockPlace {
  readonly path: string;
  readonly file: string;
}

/**
 * Reads `uv.lock`, or `pylock.toml` and `pylock.NAME.toml` (PEP 751): the file's name decides.
 *
 * F0919: the file cannot be read. F0102: it is no TOML. F0920: a version of the format that is not known. F0921: an entry that
 * makes no sense.
 */
export async function readLock(place: LockPlace): Promise<Result<PythonLock>> {
  let text: string;
  try {
    text = await readFile(place.path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return fail(unreadable(place.file, error));
  }
  return parseLock({ ...place, text });
}

/** Reads the text of a lock. F0102, F0920, F0921. */
export async function parseLock(source: LockPlace & { readonly text: string }): Promise<Result<PythonLock>> {
  const document = await parseToml({ file: source.file, text: source.text });
  if (!document.ok) return document;
  const whole = { ...source, document: document.value };
  return /^pylock\.(?:[^.]+\.)?toml$/.test(basename(source.path)) ? readPylock(whole) : readUvLock(whole);
}

function unreadable(file: string, error: Error): Diagnostic {
  return {
    code: 'F0919',
    severity: 'error',
    blame: 'input',
    message: `cannot read \`${file}\``,
    facts: [['reason', error.message]],
    hints: ['run `uv lock` in its directory'],
  };
}
