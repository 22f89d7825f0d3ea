import { existsSync } from 'node:fs';
import { join } from 'node:path';

import * as v from 'valibot';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type Digest, parseSha256 } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import type { InstalledInterpreter, InterpreterTree } from '../interpreter.ts';
import { noStandardLibrary } from './interpreter-diagnostics.ts';
import { InterpreterFiles } from './interpreter-files.ts';
import { isUnchanged } from './stamp.ts';

const NOTES = 'python-interpreter-tree';

/** Raised when the tree takes in something else. */
const FORMAT = 3;

/**
 * An interpreter as a tree that runs wherever it is mounted: `bin/python3`, the standard library and the headers.
 *
 * Left out is what no build reads, or what would carry the machine into a key: installed packages, tests, byte code, IDLE, `ensurepip`'s
 * wheels, and `config-*` with its Makefile, which is only for linking Python into other programs and full of paths. What remains has
 * its prefix replaced by `PYTHON_ROOT`, in `_sysconfigdata` and in the texts of the binaries. Libraries of the system (OpenSSL, SQLite)
 * stay the system's. Run it read-only or with `-B`: it would write byte code beside its modules. Made again when one of its files
 * has changed, in about a second. Fails with F0904.
 */
export function interpreterTree(options: {
  readonly installed: InstalledInterpreter;
  readonly store: Pick<Store, 'getNote' | 'putNote' | 'putBlob' | 'copyFile' | 'makeTree' | 'treePath'>;
}): Result<InterpreterTree> {
  const { installed, store } = options;
  const { interpreter } = installed;
  const noteKey = JSON.stringify([FORMAT, installed.executable, installed.prefix, interpreter.version.full]);
  const remembered = recall(store, noteKey);
  if (remembered !== undefined) return ok({ tree: remembered, interpreter });
  const library = libraryOf(installed);
  if (library === undefined) return fail(noStandardLibrary(installed, 'its standard library was not found below its prefix'));
  const { entries, stamps } = new InterpreterFiles(installed, store).collect(library);
  const tree = store.makeTree(entries);
  store.putNote(NOTES, noteKey, JSON.stringify({ tree, stamps }));
  return ok({ tree, interpreter });
}

/** `lib/python3.12`, relative to the prefix; `lib64` on some systems, whose Python also looks there. */
function libraryOf({ prefix, interpreter }: InstalledInterpreter): string | undefined {
  const { major, minor } = interpreter.version;
  if (interpreter.implementation !== 'cpython') return undefined;
  const name = `python${major}.${minor}${interpreter.freeThreaded ? 't' : ''}`;
  return [`lib/${name}`, `lib64/${name}`].find((path) => existsSync(join(prefix, path, 'os.py')));
}

const NOTE = v.object({
  tree: v.object({ hash: v.string(), size: v.number() }),
  stamps: v.array(v.tuple([v.string(), v.string()])),
});

function recall(store: Pick<Store, 'getNote' | 'treePath'>, noteKey: string): Digest | undefined {
  const text = store.getNote(NOTES, noteKey);
  const note = text === undefined ? undefined : v.safeParse(NOTE, JSON.parse(text));
  if (note?.success !== true) return undefined;
  const hash = parseSha256(note.output.tree.hash);
  const tree = hash === undefined ? undefined : { hash, size: note.output.tree.size };
  return tree !== undefined && store.treePath(tree) !== undefined && isUnchanged(note.output.stamps) ? tree : undefined;
}
