import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files that only this user may read, for secrets that another program takes from a file. */
export interface PrivateFiles {
  /** Absolute. */
  readonly directory: string;
  /** Writes a file at a relative path; its absolute path. */
  readonly write: (path: string, text: string) => string;
  /** A directory of its own below this one, gone with it. */
  readonly within: (name: string) => PrivateFiles;
}

/**
 * Gone, with all that was written, when disposed of.
 *
 * @param parent such as the system's directory for temporary files.
 */
export function makePrivateFiles(parent: string): PrivateFiles & Disposable {
  // `mkdtemp` lets nobody else in.
  const directory = mkdtempSync(join(parent, 'ferrule-'));
  return { ...filesIn(directory), [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

function filesIn(directory: string): PrivateFiles {
  return {
    directory,
    within: (name) => filesIn(join(directory, name)),
    write: (path, text) => {
      const file = join(directory, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
  };
}
