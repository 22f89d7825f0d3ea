import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';

/** A wheel as its archive has it. */
export interface ReadWheel {
  readonly filename: string;
  /** In the archive's order. */
  readonly files: ReadonlyMap<string, ReadFile>;
}

export interface ReadFile {
  readonly content: Buffer;
  readonly mode: string;
}

const SCRIPT = [
  'import base64, json, sys, zipfile',
  'z = zipfile.ZipFile(sys.argv[1])',
  'print(json.dumps([[i.filename, oct(i.external_attr >> 16), base64.b64encode(z.read(i)).decode()] for i in z.infolist()]))',
].join('\n');

/** Reads an archive with Python's own reader. */
export function readWheel(path: string): ReadWheel {
  const output = execFileSync('python3', ['-c', SCRIPT, path], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const entries: readonly (readonly [string, string, string])[] = JSON.parse(output);
  return {
    filename: basename(path),
    files: new Map(entries.map(([name, mode, content]) => [name, { mode, content: Buffer.from(content, 'base64') }])),
  };
}
