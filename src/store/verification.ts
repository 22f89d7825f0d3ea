import { lstatSync } from 'node:fs';
import { digestOfFile } from '../model/digest.ts';
import { verifiedText } from './checked-file.ts';
import { digestOfTree } from './damage.ts';
import { digestOfEnvironment, hasItsReferences } from './environments.ts';
import { type Entry, type EntryKind, listEntries } from './inventory.ts';
import { removeTree } from './removal.ts';
import { parseResult } from './result-text.ts';
import { setAside, type Shelf } from './shelf.ts';
import { systemCode } from './system-error.ts';
import { TreeRefused } from './tree-refused.ts';

/** An entry whose content is not what its name says. */
export interface CorruptEntry {
  readonly kind: EntryKind;
  /** Absolute; nothing is there any more when it was repaired. */
  readonly path: string;
  readonly reason: 'wrong-content' | 'wrong-mode' | 'unreadable';
}

export interface VerificationReport {
  readonly checked: number;
  readonly corrupt: readonly CorruptEntry[];
  /** Corrupt entries were removed. */
  readonly repaired: boolean;
}

/** Reads everything kept and compares it with its name. Entries that other processes remove meanwhile are passed over. */
export function verifyStore(shelf: Shelf, options: { readonly repair: boolean }): VerificationReport {
  const corrupt: CorruptEntry[] = [];
  const entries = listEntries(shelf.layout);
  for (const entry of entries) {
    const reason = damage(shelf, entry);
    if (reason === undefined) continue;
    corrupt.push({ kind: entry.kind, path: entry.path, reason });
    if (options.repair) remove(shelf, entry.path);
  }
  return { checked: entries.length, corrupt, repaired: options.repair };
}

function damage(shelf: Shelf, entry: Entry): CorruptEntry['reason'] | undefined {
  try {
    return damageOfReadable(shelf, entry);
  } catch (error) {
    if (error instanceof TreeRefused) return 'wrong-content';
    const code = systemCode(error);
    if (code === 'ENOENT') return lstatSync(entry.path, { throwIfNoEntry: false }) === undefined ? undefined : 'wrong-content';
    if (code === 'ELOOP' || code === 'ENXIO') return 'wrong-content';
    if (code === 'EIO' || code === 'EISDIR' || code === 'ENOTDIR' || code === 'EACCES') return 'unreadable';
    throw error;
  }
}

function damageOfReadable(shelf: Shelf, entry: Entry): CorruptEntry['reason'] | undefined {
  if (entry.kind === 'blob' && isExecutable(entry.path) !== entry.path.endsWith('.x')) return 'wrong-mode';
  return isSound(shelf, entry) ? undefined : 'wrong-content';
}

function isSound(shelf: Shelf, entry: Entry): boolean {
  if (entry.kind === 'blob') return digestOfFile(entry.path).hash === entry.hash;
  if (entry.kind === 'tree') return digestOfTree(entry.path).hash === entry.hash;
  if (entry.kind === 'environment')
    return digestOfEnvironment(entry.path).hash === entry.hash && hasItsReferences(shelf.layout, entry.path);
  const text = verifiedText({ shelf, path: entry.path });
  if (text === undefined) return true;
  return text !== 'damaged' && (entry.kind === 'note' || parseResult(text.body) !== undefined);
}

function isExecutable(path: string): boolean {
  return (lstatSync(path).mode & 0o111) !== 0;
}

function remove(shelf: Shelf, path: string): void {
  const aside = setAside(shelf, path);
  if (aside !== undefined) removeTree(aside);
}
