import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Text of files by path. */
export type Files = Readonly<Record<string, string>>;

/** A directory of our own, gone at the end of the test. */
export class TemporaryDirectory {
  readonly path: string;

  constructor() {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'ferrule-end-to-end-')));
  }

  join(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

interface SavedFile {
  readonly text: Buffer;
  readonly modified: Date;
}

/** What a checkout held at some time, file stamps included. */
export type SavedFiles = ReadonlyMap<string, SavedFile>;

/** The working tree of one repository. */
export class Checkout {
  readonly directory: string;

  /** `order` is that in which the files come to be, and so the order in which some file systems list them. */
  constructor(directory: string, files: Files, order: 'forwards' | 'backwards' = 'forwards') {
    this.directory = directory;
    const entries = Object.entries(files);
    for (const [path, text] of order === 'forwards' ? entries : entries.toReversed()) this.write(path, text);
  }

  path(path: string): string {
    return join(this.directory, path);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  append(path: string, text: string): void {
    this.write(path, this.read(path) + text);
  }

  /** Replaces text that must be there. */
  replace(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (!text.includes(from)) throw new Error(`\`${path}\` does not contain \`${from}\``);
    this.write(path, text.replaceAll(from, to));
  }

  move(from: string, to: string): void {
    mkdirSync(dirname(this.path(to)), { recursive: true });
    renameSync(this.path(from), this.path(to));
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true, force: true });
  }

  /** Gives a file a new time and nothing else. */
  touch(path: string): void {
    const now = new Date();
    utimesSync(this.path(path), now, now);
  }

  /** Rounds every stamp to what can be put back. */
  save(): SavedFiles {
    return new Map(
      this.#files().map((path) => {
        const modified = statSync(this.path(path)).mtime;
        utimesSync(this.path(path), modified, modified);
        return [path, { text: readFileSync(this.path(path)), modified }];
      }),
    );
  }

  /** Puts back what was saved, with its stamps, as a version control system that keeps times would; nothing else stays. */
  restore(saved: SavedFiles): void {
    for (const path of this.#files()) if (!saved.has(path)) rmSync(this.path(path));
    for (const [path, file] of saved) {
      mkdirSync(dirname(this.path(path)), { recursive: true });
      const state = statSync(this.path(path), { throwIfNoEntry: false });
      const same = state?.isFile() === true && readFileSync(this.path(path)).equals(file.text);
      if (!same) writeFileSync(this.path(path), file.text);
      if (!same || state.mtime.getTime() !== file.modified.getTime()) utimesSync(this.path(path), file.modified, file.modified);
    }
  }

  #files(): readonly string[] {
    const entries = readdirSync(this.directory, { recursive: true, encoding: 'utf8' });
    return entries.filter((path) => !path.startsWith('result') && lstatSync(this.path(path)).isFile());
  }
}

/** Files of a crate as `cargo vendor` leaves it in `vendor/`. */
export function vendored(crate: { readonly name: string; readonly version: string; readonly files: Files }): Files {
  const { name, version, files } = crate;
  const all: Files = { 'Cargo.toml': `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2021"\n`, ...files };
  const checksums = Object.fromEntries(Object.entries(all).map(([path, text]) => [path, sha256(text)]));
  const list = JSON.stringify({ files: checksums, package: checksumOf(crate) });
  const entries = [...Object.entries(all), ['.cargo-checksum.json', list] as const];
  return Object.fromEntries(entries.map(([path, text]) => [`vendor/${name}-${version}/${path}`, text]));
}

/** What stands in for the sha256 of a vendored crate's archive, which never was. */
export function checksumOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return sha256(`${name}-${version}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
