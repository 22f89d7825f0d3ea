import { parseSha256 } from '../../model/digest.ts';
import { type EntryName, REFERENCES_FILE } from '../../store/environments.ts';
import { storeLayout } from '../../store/store-layout.ts';
import type { EnvironmentPart } from '../environment.ts';
import type { PlannedDirectory, PlannedEntry } from './planned-entry.ts';

const SHA256_LENGTH = 64;

/** `/ab/HASH`, as entries are named below their directory. */
const ENTRY_LENGTH = 4 + SHA256_LENGTH;

/** Adds the list of everything in the store that an environment needs, so that garbage collection lets it be. */
export function withReferences(options: {
  readonly root: PlannedDirectory;
  readonly parts: readonly EnvironmentPart[];
  readonly storeDirectory: string;
}): PlannedDirectory {
  const { root, parts, storeDirectory } = options;
  const { trees, blobs } = storeLayout(storeDirectory);
  const names = new Set<EntryName>();
  const seen = new Set<string>();
  const add = (path: string): void => {
    const directory = path.startsWith(`${trees}/`) ? trees : blobs;
    const entry = path.slice(0, directory.length + ENTRY_LENGTH);
    if (seen.has(entry) || !path.startsWith(`${directory}/`)) return;
    seen.add(entry);
    const hash = parseSha256(entry.slice(-SHA256_LENGTH));
    if (hash !== undefined) names.add(directory === trees ? `tree ${hash}` : `blob ${hash}`);
  };
  for (const part of parts) {
    names.add(`tree ${part.wheel.tree.hash}`);
    if (part.kind === 'editable') Object.values(part.modules).forEach(add);
  }
  addTargets(root, add);
  const text = [...names]
    .toSorted()
    .map((name) => `${name}\n`)
    .join('');
  const entry: PlannedEntry = { kind: 'text', text, portable: undefined, executable: false };
  return { kind: 'directory', entries: new Map([...root.entries, [REFERENCES_FILE, entry]]) };
}

function addTargets(directory: PlannedDirectory, add: (path: string) => void): void {
  for (const entry of directory.entries.values()) {
    if (entry.kind === 'directory' && entry.known !== undefined) entry.known.sources.forEach(add);
    else if (entry.kind === 'directory') addTargets(entry, add);
    else if (entry.kind === 'link') add(entry.target);
    else if (entry.kind === 'file') add(entry.source);
  }
}
