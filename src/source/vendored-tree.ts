import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { type Digest, parseSha256, type Sha256, sha256Of } from '../model/digest.ts';
import type { Store, TreeEntry } from '../store/store.ts';
import { formatTree, parseTree } from './tree-memory.ts';

export interface VendoredTreeOptions {
  readonly store: Store;
  /** Absolute directory of the package in a directory source. */
  readonly root: string;
  /** `serde v1.0.228`, for messages. */
  readonly label: string;
  /** sha256 of the `.crate` from `Cargo.lock`; `undefined` when the lock has none. */
  readonly checksum: Sha256 | undefined;
}

const CHECKSUM_FILE = '.cargo-checksum.json';

/** Whether a package's directory belongs to a directory source (`cargo vendor`; cargo `src/sources/directory.rs`). */
export function isVendored(root: string): boolean {
  return existsSync(`${root}/${CHECKSUM_FILE}`);
}

interface Checksums {
  readonly files: readonly (readonly [path: string, hash: string])[];
  /** Of the `.crate`; `undefined` for what was vendored from git. */
  readonly package: string | undefined;
}

/**
 * A vendored package as a tree: exactly the files that its checksum file lists, each verified. Remembered by the content of
 * that file. F0315: a file was edited, is missing, or has a path that climbs out. F0316: the checksum file is damaged or is of another package.
 */
export function vendoredTree(options: VendoredTreeOptions): Result<Digest> {
  const text = readFileSync(`${options.root}/${CHECKSUM_FILE}`, 'utf8');
  const checksums = parseChecksums(text);
  if (checksums === undefined) return fail(damaged(options, 'it is not what `cargo vendor` writes'));
  if (options.checksum !== undefined && checksums.package !== undefined && checksums.package !== options.checksum) {
    return fail(damaged(options, 'it is of another package than the one in `Cargo.lock`'));
  }
  const key = sha256Of(text);
  const note = options.store.getNote('vendored-trees', key);
  const known = note === undefined ? undefined : parseTree(note);
  if (known !== undefined && options.store.treePath(known) !== undefined) return ok(known);
  const entries = new Map<string, TreeEntry>();
  const problems: Diagnostic[] = [];
  for (const [path, expected] of checksums.files) {
    const copied = copyVerified(options, path, expected);
    if ('code' in copied) problems.push(copied);
    else entries.set(path, copied);
  }
  if (problems.length > 0) return fail(...problems);
  const tree = options.store.makeTree(entries);
  options.store.putNote('vendored-trees', key, formatTree(tree));
  return ok(tree);
}

function copyVerified(options: VendoredTreeOptions, path: string, expected: string): TreeEntry | Diagnostic {
  if (posix.isAbsolute(path) || posix.normalize(path) !== path || path.startsWith('../'))
    return wrongFile(options, path, 'leaves the package');
  const absolute = `${options.root}/${path}`;
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return wrongFile(options, path, 'is missing');
  const executable = (stats.mode & 0o100) !== 0;
  const digest = options.store.copyFile(absolute, { executable });
  if (digest.hash !== expected)
    return wrongFile(options, path, 'has changed', [
      ['listed', `sha256:${expected}`],
      ['found', `sha256:${digest.hash}`],
    ]);
  return { kind: 'file', digest, executable };
}

function parseChecksums(text: string): Checksums | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null || !('files' in value) || typeof value.files !== 'object' || value.files === null)
    return undefined;
  const files: [string, string][] = [];
  for (const [path, hash] of Object.entries(value.files)) {
    if (typeof hash !== 'string' || parseSha256(hash) === undefined) return undefined;
    files.push([path, hash]);
  }
  const whole: unknown = 'package' in value ? value.package : undefined;
  return { files, package: typeof whole === 'string' ? whole : undefined };
}

function wrongFile(options: VendoredTreeOptions, path: string, what: string, facts: Diagnostic['facts'] = []): Diagnostic {
  return {
    code: 'F0315',
    severity: 'error',
    blame: 'input',
    message: `\`${path}\` of the vendored \`${options.label}\` ${what}`,
    facts: [['directory', options.root], ...facts],
    hints: ['run `cargo vendor` again; to change a dependency, use `[patch]` with a path instead of editing the vendored copy'],
  };
}

function damaged(options: VendoredTreeOptions, reason: string): Diagnostic {
  return {
    code: 'F0316',
    severity: 'error',
    blame: 'input',
    message: `the checksum file of the vendored \`${options.label}\` cannot be used: ${reason}`,
    facts: [['file', `${options.root}/${CHECKSUM_FILE}`]],
    hints: ['run `cargo vendor` again'],
  };
}
