import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UnpackedWheel } from '../../../python/wheel.ts';
import { decodeWheel } from '../../../python/wheel/wheel-memory.ts';
import type { DirectoryStore } from '../../../store/directory-store.ts';
import { LISTING_NOTES } from '../../../store/listings.ts';
import type { PythonAttributes } from './attributes.ts';
import { compileModules } from './byte-code.ts';

const FACTS = 'wheel.json';
const TREE = 'tree';
const NOTES = 'listing';

/**
 * Leaves an unpacked wheel in a derivation's output: `tree/` is what environments link to, `wheel.json` and `listing/` what is known of
 * it, so that nobody has to look again.
 */
export function keepUnpacked(options: {
  readonly store: DirectoryStore;
  readonly wheel: UnpackedWheel;
  readonly output: string;
  /** Compile its modules for it; `null`: nobody imports them. */
  readonly python: PythonAttributes['python'];
}): void {
  const { store, wheel, output, python } = options;
  const directory = store.treePath(wheel.tree);
  if (directory === undefined) throw new Error('internal: the wheel is not in the store');
  store.listTree(wheel.tree);
  mkdirSync(join(output, NOTES));
  for (const name of LISTING_NOTES) {
    const note = store.getNote(name, wheel.tree.hash);
    if (note !== undefined) writeFileSync(join(output, NOTES, name), note);
  }
  writeFileSync(join(output, FACTS), JSON.stringify(wheel));
  chmodSync(directory, 0o755);
  renameSync(directory, join(output, TREE));
  if (python !== null) compileModules(python, join(output, TREE));
}

/** A wheel that another derivation left, for use in a store. */
export function adoptUnpacked(store: DirectoryStore, path: string): UnpackedWheel {
  const wheel = decodeWheel(readFileSync(join(path, FACTS), 'utf8'));
  if (wheel === undefined) throw new Error(`${path} holds no unpacked wheel`);
  store.adoptTree(wheel.tree, join(path, TREE));
  for (const name of LISTING_NOTES) {
    const file = join(path, NOTES, name);
    if (existsSync(file)) store.putNote(name, wheel.tree.hash, readFileSync(file, 'utf8'));
  }
  return wheel;
}
