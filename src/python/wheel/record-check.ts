import { Buffer } from 'node:buffer';
import type { Digest } from '../../model/digest.ts';

/** A file of the archive that RECORD should list. */
export interface RecordedFile {
  readonly path: string;
  readonly digest: Digest;
}

/**
 * What a RECORD (PEP 376 as the binary distribution format has it) says wrongly, sorted by path; hashes other than sha256 are not
 * compared. Wheels that people use have wrong ones, so these are never errors.
 */
export function recordProblems(record: {
  readonly text: string | undefined;
  readonly path: string;
  readonly files: readonly RecordedFile[];
}): readonly string[] {
  const { text, path, files } = record;
  if (text === undefined) return [`${path}: missing`];
  const rows = new Map(parseRecord(text).map((row) => [row.path, row]));
  const problems: string[] = [];
  const exempt = new Set([path, `${path}.jws`, `${path}.p7s`]);
  for (const file of files) {
    const row = rows.get(file.path);
    rows.delete(file.path);
    if (exempt.has(file.path)) continue;
    if (row === undefined) problems.push(`${file.path}: not listed`);
    else if (row.hash !== undefined && row.hash !== recordHash(file.digest)) problems.push(`${file.path}: wrong hash`);
    else if (row.size !== undefined && row.size !== String(file.digest.size)) problems.push(`${file.path}: wrong size`);
  }
  for (const listed of rows.keys()) if (!exempt.has(listed)) problems.push(`${listed}: listed, but not there`);
  return problems.toSorted();
}

function recordHash(digest: Digest): string {
  return Buffer.from(digest.hash, 'hex').toString('base64url');
}

interface RecordRow {
  readonly path: string;
  /** URL-safe base64 without padding; `undefined`: none, or of another kind than sha256. */
  readonly hash: string | undefined;
  readonly size: string | undefined;
}

function parseRecord(text: string): readonly RecordRow[] {
  const rows: RecordRow[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === '') continue;
    const [path = '', hash = '', size = ''] = line.includes('"') ? quotedFields(line) : line.split(',');
    const sha256 = hash.startsWith('sha256=') ? hash.slice('sha256='.length).replace(/=+$/, '') : undefined;
    rows.push({ path, hash: sha256, size: size === '' ? undefined : size });
  }
  return rows;
}

/** Fields of a CSV line in which some are quoted. */
function quotedFields(line: string): readonly string[] {
  return Array.from(
    line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g),
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
