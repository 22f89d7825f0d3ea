import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, TomlError, type TomlTable } from 'smol-toml';
import type { FerruleConfig } from '../repository/config.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { type IgnoreScope, isIgnored, parseIgnoreRules, withIgnoreFile } from '../repository/git-ignore.ts';
import { isTable } from '../rust/cargo/manifest.ts';
import { type RustScan, scanRust } from '../source/rust-scan.ts';
import { systemCode } from '../store/system-error.ts';

/** A checkout as the examinations see it: its files, read once each. Paths are relative to the root, `/`-separated, `''` for the root. */
export interface CheckedRepository {
  /** Absolute. */
  readonly root: string;
  /** What git does not ignore, sorted; without test data, what tools put there, and what `exclude` names. */
  readonly files: readonly string[];
  /** Whether a path is one of {@link files}. */
  has(path: string): boolean;
  /** Locks that are there and that git ignores. */
  readonly ignoredLocks: readonly string[];
  readonly config: FerruleConfig;
  /** `undefined` for what cannot be read. */
  text(path: string): string | undefined;
  /** A file as TOML; `undefined` also when it is none: others say so. */
  toml(path: string): TomlTable | undefined;
  /** What a Rust file says about other files. */
  rust(path: string): RustScan | undefined;
  /** Directories with a `Cargo.toml` that has a `[package]`. */
  readonly packages: readonly string[];
  /** The Rust files of a package: those of packages inside it are not among them. */
  rustFiles(directory: string): readonly string[];
}

const LOCKS: ReadonlySet<string> = new Set(['Cargo.lock', 'uv.lock', 'pylock.toml', 'ferrule.lock', 'flake.lock']);

/** Beside what is hidden: what discovery leaves out too, and what glue and tools leave behind. */
const SKIPPED: ReadonlySet<string> = new Set([
  'target',
  'node_modules',
  'testdata',
  'fixtures',
  'tests',
  'test',
  'examples',
  'benches',
  'vendor',
]);
const HIDDEN_BUT_READ: ReadonlySet<string> = new Set(['.github', '.cargo']);

/** Lists a checkout. `root` is absolute. */
export function checkRepository(options: { readonly root: string; readonly config: FerruleConfig }): CheckedRepository {
  const { root, config } = options;
  const { files, ignoredLocks } = listFiles(root, config.exclude);
  const texts = new Map<string, string | undefined>();
  const tables = new Map<string, TomlTable | undefined>();
  const scans = new Map<string, RustScan | undefined>();
  const text = (path: string): string | undefined => remembered(texts, path, () => readText(join(root, path)));
  const toml = (path: string): TomlTable | undefined => remembered(tables, path, () => parsed(text(path)));
  const rust = (path: string): RustScan | undefined =>
    remembered(scans, path, () => {
      const source = text(path);
      return source === undefined ? undefined : scanRust(source);
    });
  const manifests = files.filter((path) => path === 'Cargo.toml' || path.endsWith('/Cargo.toml'));
  const packages = manifests.filter((path) => isTable(toml(path)?.['package'])).map(directoryOf);
  const paths = new Set(files);
  const owned = ownedRustFiles(files, new Set(packages));
  return {
    root,
    files,
    has: (path) => paths.has(path),
    ignoredLocks,
    config,
    text,
    toml,
    rust,
    packages,
    rustFiles: (directory) => owned.get(directory) ?? [],
  };
}

/** Each Rust file under the nearest package around it. */
function ownedRustFiles(files: readonly string[], packages: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const owned = new Map<string, string[]>();
  for (const file of files) {
    if (!file.endsWith('.rs')) continue;
    for (let place = directoryOf(file); ; place = directoryOf(place)) {
      if (packages.has(place)) {
        const known = owned.get(place);
        if (known === undefined) owned.set(place, [file]);
        else known.push(file);
      }
      if (packages.has(place) || place === '') break;
    }
  }
  return owned;
}

/** Directory of a path that is relative to the root; `''` for the root. */
export function directoryOf(path: string): string {
  const directory = dirname(path);
  return directory === '.' ? '' : directory;
}

/** Joins paths that are relative to the root; one that climbs out of it begins with `..`. */
export function joined(directory: string, path: string): string {
  const whole = join(directory, path);
  return whole === '.' ? '' : whole.replace(/\/$/, '');
}

/** Whether a path lies in a directory, or is it; both relative to the root. */
export function isBelow(path: string, directory: string): boolean {
  return directory === '' ? !isOutside(path) : path === directory || path.startsWith(`${directory}/`);
}

export function isOutside(path: string): boolean {
  return path === '..' || path.startsWith('../');
}

/** A question about a directory of a repository, worked out once for each. */
export function oncePerDirectory<T>(
  make: (repository: CheckedRepository, directory: string) => T,
): (repository: CheckedRepository, directory: string) => T {
  const known = new WeakMap<CheckedRepository, Map<string, T>>();
  return (repository, directory) => {
    const answers = known.get(repository) ?? new Map<string, T>();
    known.set(repository, answers);
    return remembered(answers, directory, () => make(repository, directory));
  };
}

function remembered<T>(known: Map<string, T>, path: string, make: () => T): T {
  const value = known.get(path);
  if (value !== undefined || known.has(path)) return value ?? make();
  const made = make();
  known.set(path, made);
  return made;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

function parsed(text: string | undefined): TomlTable | undefined {
  try {
    return text === undefined ? undefined : parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return undefined;
  }
}

function listFiles(root: string, exclude: readonly string[]): Pick<CheckedRepository, 'files' | 'ignoredLocks'> {
  const reader = readDirectories;
  const excluded: IgnoreScope = { rules: parseIgnoreRules(exclude.join('\n')), prefixLength: 0, outer: undefined };
  const files: string[] = [];
  const ignoredLocks: string[] = [];
  const visit = (directory: string, outer: IgnoreScope | undefined): void => {
    const entries = reader.list(join(root, directory)) ?? [];
    if (entries.some(({ name }) => name === '.cargo-checksum.json')) return;
    const scope = withIgnoreFile(outer, { file: join(root, directory, '.gitignore'), directory, reader });
    for (const { name, kind } of entries) {
      const path = directory === '' ? name : `${directory}/${name}`;
      const isDirectory = kind === 'directory';
      const entry = { path, name, isDirectory };
      if (isIgnored(scope, entry) || isIgnored(excluded, entry)) {
        if (LOCKS.has(name) && !isDirectory && !isIgnored(excluded, entry)) ignoredLocks.push(path);
      } else if (!isDirectory) files.push(path);
      else if (!SKIPPED.has(name) && (!name.startsWith('.') || HIDDEN_BUT_READ.has(name))) visit(path, scope);
    }
  };
  visit('', withIgnoreFile(undefined, { file: join(root, '.git/info/exclude'), directory: '', reader }));
  return { files: files.toSorted(), ignoredLocks };
}
