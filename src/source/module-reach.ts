import { dirname, join, posix, resolve } from 'node:path';
import type { Probe } from './disk-probe.ts';
import { isWithin } from './path-within.ts';
import type { RustScan, ScannedInclude } from './rust-scan.ts';

/** What can be reached from the root file of a target by following what its files name. Absolute paths. */
export interface ModuleReach {
  /** Rust files: the root, its modules, `#[path]` files, `include!`d ones, and theirs. */
  readonly sources: ReadonlySet<string>;
  /** Other files that they name. */
  readonly assets: ReadonlySet<string>;
  /** Directories that they name, in or outside the package. */
  readonly directories: ReadonlySet<string>;
  /** Directories outside the package that a climbing literal names: only a build script is believed to read them. */
  readonly climbedDirectories: ReadonlySet<string>;
  /** Names in `env!` and `option_env!`. */
  readonly environment: ReadonlySet<string>;
  /** Directories of the files whose modules cannot all be followed: what lies below may be a source too. */
  readonly macroDirectories: ReadonlySet<string>;
  /** Files that are named and exist, but lie outside the anchor. */
  readonly outside: readonly OutsideFile[];
}

export interface OutsideFile {
  /** Absolute path of the file that names it. */
  readonly from: string;
  readonly include: ScannedInclude;
  /** Absolute. */
  readonly target: string;
}

export interface ReachContext {
  readonly packageRoot: string;
  /** Absolute: what lies outside cannot be read. */
  readonly anchor: string;
  /** Files known to exist. Absolute. */
  readonly listed: ReadonlySet<string>;
  readonly probe: Probe;
  readonly scan: (path: string) => RustScan | undefined;
}

interface Growing {
  readonly sources: Set<string>;
  readonly assets: Set<string>;
  readonly directories: Set<string>;
  readonly climbedDirectories: Set<string>;
  readonly environment: Set<string>;
  readonly outside: OutsideFile[];
  readonly macroDirectories: Set<string>;
  readonly queue: string[];
}

/** Follows modules and includes from a root file. Where Rust's rules need more than tokens (`cfg`, how a file came to be), every file that may be meant is taken. */
export function reachFrom(root: string, context: ReachContext): ModuleReach {
  const reach: Growing = {
    sources: new Set(),
    assets: new Set(),
    directories: new Set(),
    climbedDirectories: new Set(),
    environment: new Set(),
    outside: [],
    queue: [root],
    macroDirectories: new Set(),
  };
  for (let file = reach.queue.pop(); file !== undefined; file = reach.queue.pop()) {
    if (reach.sources.has(file)) continue;
    const scan = context.scan(file);
    if (scan === undefined) continue;
    reach.sources.add(file);
    if (scan.macroModules) reach.macroDirectories.add(dirname(file));
    for (const name of scan.environment) reach.environment.add(name);
    followModules(reach, context, { file, scan });
    for (const include of scan.includes) followInclude(reach, context, { file, include });
    for (const path of scan.climbing) followClimb(reach, context, { file, path });
    for (const { base, path } of scan.named) {
      addNamed(reach, context, resolve(base === 'src' ? join(context.packageRoot, 'src') : context.packageRoot, path));
    }
  }
  return reach;
}

/** Rust reference, "Module source filenames" and "The path attribute"; whether a file counts as `mod.rs` is not known here, so both places are looked at. */
function followModules(reach: Growing, context: ReachContext, from: { readonly file: string; readonly scan: RustScan }): void {
  const directory = dirname(from.file);
  const own = `${directory}/${posix.basename(from.file, '.rs')}`;
  for (const { name, inline } of from.scan.modules) {
    const below = inline.length === 0 ? name : `${inline.join('/')}/${name}`;
    const candidates = [`${directory}/${below}.rs`, `${directory}/${below}/mod.rs`, `${own}/${below}.rs`, `${own}/${below}/mod.rs`];
    const listed = candidates.filter((path) => context.listed.has(path));
    reach.queue.push(...(listed.length > 0 ? listed : candidates.filter((path) => canRead(context, path))));
  }
  for (const { path, inline } of from.scan.paths) {
    const bases = inline.length === 0 ? [directory] : [join(directory, ...inline), join(own, ...inline)];
    reach.queue.push(...bases.map((base) => resolve(base, path)).filter((file) => canRead(context, file)));
  }
}

function canRead(context: ReachContext, path: string): boolean {
  return context.listed.has(path) || (isWithin(path, context.anchor) && context.probe.kind(path) === 'file');
}

function followInclude(reach: Growing, context: ReachContext, from: { readonly file: string; readonly include: ScannedInclude }): void {
  const { file, include } = from;
  const target = include.base === 'manifest' ? join(context.packageRoot, include.path) : resolve(dirname(file), include.path);
  if (!isWithin(target, context.anchor)) {
    if (context.probe.kind(target) === 'file') reach.outside.push({ from: file, include, target });
  } else if (canRead(context, target)) {
    if (include.code) reach.queue.push(target);
    else reach.assets.add(target);
  }
}

/** A literal such as `"../proto/api.proto"` counts from the file or from the package: what it hits outside the package is taken. */
function followClimb(reach: Growing, context: ReachContext, from: { readonly file: string; readonly path: string }): void {
  for (const base of new Set([dirname(from.file), context.packageRoot])) {
    const target = resolve(base, from.path);
    if (isWithin(target, context.packageRoot) || isWithin(context.packageRoot, target) || !isWithin(target, context.anchor)) continue;
    const kind = context.probe.kind(target);
    if (kind === 'file') reach.assets.add(target);
    else if (kind === 'directory') reach.climbedDirectories.add(target);
  }
}

function addNamed(reach: Growing, context: ReachContext, target: string): void {
  if (isWithin(context.packageRoot, target) || !isWithin(target, context.anchor)) return;
  const kind = context.probe.kind(target);
  if (kind === 'file') reach.assets.add(target);
  else if (kind === 'directory') reach.directories.add(target);
}
