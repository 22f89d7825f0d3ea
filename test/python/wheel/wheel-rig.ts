import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic, Result } from '../../../src/diagnostics/diagnostic.ts';
import { printDiagnostic } from '../../../src/diagnostics/print.ts';
import { digestOf } from '../../../src/model/digest.ts';
import { unpackWheel } from '../../../src/python/wheel/unpack-wheel.ts';
import type { UnpackedWheel } from '../../../src/python/wheel.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import { storeRig, temporaryDirectory } from '../../store/rig.ts';
import { type MadeEntry, makeArchive } from './made-archive.ts';

export const FILENAME = 'made-1.0-py3-none-any.whl';

export const METADATA: MadeEntry = { path: 'made-1.0.dist-info/METADATA', bytes: 'Metadata-Version: 2.1\nName: made\nVersion: 1.0\n' };
export const WHEEL: MadeEntry = {
  path: 'made-1.0.dist-info/WHEEL',
  bytes: 'Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
};
export const RECORD: MadeEntry = { path: 'made-1.0.dist-info/RECORD', bytes: '' };

/** Entries of a wheel with what every wheel has. */
export function wheelOf(...entries: readonly MadeEntry[]): readonly MadeEntry[] {
  return [...entries, METADATA, WHEEL, RECORD];
}

/** Unpacks an archive into a store of the test's own. */
export async function unpackBytes(
  bytes: Uint8Array,
  options: { readonly filename?: string; readonly store?: DirectoryStore } = {},
): Promise<{ readonly result: Result<UnpackedWheel>; readonly store: DirectoryStore }> {
  const { filename = FILENAME, store = storeRig().store } = options;
  const path = join(temporaryDirectory(), 'archive');
  writeFileSync(path, bytes);
  return { result: await unpackWheel({ store, path, digest: digestOf(bytes), filename }), store };
}

/** The tree of a wheel made of the entries given. */
export async function unpacked(entries: readonly MadeEntry[], filename = FILENAME): Promise<UnpackedWheel & { readonly path: string }> {
  const { result, store } = await unpackBytes(makeArchive(entries), { filename });
  if (!result.ok) throw new Error(result.diagnostics.map(shown).join('\n'));
  return { ...result.value, path: treePath(store, result.value) };
}

/** What is said about an archive that is refused. */
export async function refusal(bytes: Uint8Array, filename = FILENAME): Promise<string> {
  const { result } = await unpackBytes(bytes, { filename });
  if (result.ok) throw new Error('it was not refused');
  return result.diagnostics.map(shown).join('\n');
}

export function treePath(store: DirectoryStore, wheel: UnpackedWheel): string {
  const path = store.treePath(wheel.tree);
  if (path === undefined) throw new Error('the tree is not in the store');
  return path;
}

export function shown(diagnostic: Diagnostic): string {
  return printDiagnostic(diagnostic, { colour: false });
}

/** Files below a directory by relative path, with `x` before what is executable. */
export function filesBelow(directory: string): ReadonlyMap<string, { readonly bytes: Buffer; readonly executable: boolean }> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = new Map<string, { readonly bytes: Buffer; readonly executable: boolean }>();
  for (const name of names) {
    const path = join(directory, name);
    const state = lstatSync(path);
    if (!state.isDirectory()) files.set(name, { bytes: readFileSync(path), executable: (state.mode & 0o111) !== 0 });
  }
  return files;
}
