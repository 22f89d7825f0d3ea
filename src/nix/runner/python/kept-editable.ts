import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What of a project is used where it lies. */
export interface KeptEditable {
  /** Directories for the path, relative to the repository's root. */
  readonly sources: readonly string[];
  /** Extension modules by dotted name: absolute path in the Nix store. */
  readonly modules: Readonly<Record<string, string>>;
}

const FILE = 'editable.json';

export function keepEditable(output: string, editable: KeptEditable): void {
  writeFileSync(join(output, FILE), JSON.stringify(editable));
}

/** What another derivation left beside an editable project's metadata. Throws when there is nothing. */
export function readEditable(path: string): KeptEditable {
  const file = join(path, FILE);
  const value: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  if (!isKeptEditable(value)) throw new Error(`${path} holds no editable project`);
  return value;
}

function isKeptEditable(value: unknown): value is KeptEditable {
  return typeof value === 'object' && value !== null && 'sources' in value && 'modules' in value;
}

/**
 * A line of a `.pth` file that puts directories of the checkout on the path. Where that is, the shell says: `FERRULE_ROOT`. Without it
 * there is nothing to import.
 */
export function checkoutLine(sources: readonly string[]): string {
  const places = `[os.path.join(os.environ["FERRULE_ROOT"], each) for each in ${JSON.stringify(sources)}]`;
  return `import os, sys; sys.path += ${places} if "FERRULE_ROOT" in os.environ else []`;
}
