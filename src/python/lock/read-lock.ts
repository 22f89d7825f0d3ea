import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Diagnostic, fail, type Result } from '../../diagnostics/diagnostic.ts';
import { parseToml } from '../../repository/config.ts';
import { type LockStore, rememberedLock, rememberLock } from './lock-memory.ts';
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
 *
 * `store` remembers what uv's locks parse to, by their text; `undefined`: nothing does.
 */
export async function readLock(place: LockPlace, store?: LockStore): Promise<Result<PythonLock>> {
  let text: string;
  try {
    text = await readFile(place.path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return fail(unreadable(place.file, error));
  }
  return await parseLock({ ...place, text }, store);
}

/** Reads the text of a lock. F0102, F0920, F0921. */
export async function parseLock(source: LockPlace & { readonly text: string }, store?: LockStore): Promise<Result<PythonLock>> {
  const isPylock = /^pylock\.(?:[^.]+\.)?toml$/.test(basename(source.path));
  const known = store === undefined || isPylock ? undefined : rememberedLock(source, store);
  if (known !== undefined) return { ok: true, value: known };
  const document = await parseToml({ file: source.file, text: source.text });
  if (!document.ok) return document;
  const whole = { ...source, document: document.value };
  if (isPylock) return readPylock(whole);
  const lock = readUvLock(whole);
  if (lock.ok && store !== undefined) rememberLock(whole, store);
  return lock;
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
