import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { printDiagnostics } from '../../diagnostics/print.ts';
import { withCrateFiles } from '../../store/archive.ts';
import type { TreeContent } from '../../store/trees.ts';
import type { ResolvedInput } from './named-inputs.ts';

/** What ends the build with a message of its own. */
export class RunnerFailure extends Error {}

/**
 * The directory that actions know as `/build`. Nix's sandbox has it there; elsewhere (macOS, no sandbox) it is some temporary directory,
 * and whatever an action is told or says is translated.
 */
export class BuildRoot {
  /** Absolute: `/build`, or what stands for it. */
  readonly #directory: string;
  readonly #laid = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Whether actions run where their paths say. */
  get isExact(): boolean {
    return this.#directory === '/build';
  }

  /** Absolute path on this machine of a path relative to the action's root. */
  locate(path: string): string {
    return path === 'build' ? this.#directory : join(this.#directory, path.slice('build/'.length));
  }

  /** Text as an action must be told it here. */
  translate(text: string): string {
    return this.isExact || !text.includes('/build') ? text : text.replaceAll(/(?<![\w.-])\/build(?=\/|$)/g, this.#directory);
  }

  /** Text of an action with the paths that every action knows. */
  normalise(text: string): string {
    return this.isExact ? text : text.replaceAll(this.#directory, '/build');
  }

  /** Puts a tree into its place, unless it is there already. */
  async lay(input: ResolvedInput): Promise<void> {
    const { from } = input;
    const name = `${input.path}\0${JSON.stringify(from)}`;
    if (this.#laid.has(name)) return;
    this.#laid.add(name);
    const target = this.locate(input.path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof from !== 'string') for (const piece of from) copyTree(piece.path, join(target, piece.at));
    else if (input.kind === 'crate') await unpack({ archive: from, expectedTopDirectory: input.top ?? '' }, target);
    else if (input.link) relink(from, target);
    else copyTree(from, target);
    for (const patch of input.patches) applyPatch(patch, target);
  }

  link(source: string, path: string): void {
    const target = this.locate(path);
    mkdirSync(dirname(target), { recursive: true });
    relink(source, target);
  }

  write(path: string, text: string): void {
    const target = this.locate(path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  makeDirectory(path: string): void {
    mkdirSync(this.locate(path), { recursive: true });
  }

  /** Removes what stands at a path and makes an empty directory of it. */
  clear(path: string): void {
    rmSync(this.locate(path), { recursive: true, force: true });
    this.makeDirectory(path);
  }
}

function relink(source: string, target: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) symlinkSync(source, target);
}

/** Copies into what is there already: the sources of several units may share a root. What comes from the store may be read only. */
function copyTree(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target, { recursive: true, verbatimSymlinks: true, mode: 0 });
  makeWritable(target);
}

function makeWritable(path: string): void {
  const state = lstatSync(path);
  if (state.isSymbolicLink()) return;
  if ((state.mode & 0o200) === 0) chmodSync(path, state.mode | 0o200);
  if (state.isDirectory()) for (const name of readdirSync(path)) makeWritable(join(path, name));
}

/** Nix has checked the archive against the lock. */
async function unpack(crate: { readonly archive: string; readonly expectedTopDirectory: string }, target: string): Promise<void> {
  const written = await withCrateFiles(crate, undefined, (files) => writeFiles(files, target));
  if (!written.ok) throw new RunnerFailure(printDiagnostics(written.diagnostics, { colour: false }));
}

function writeFiles(files: ReadonlyMap<string, TreeContent>, target: string): void {
  mkdirSync(target, { recursive: true });
  const made = new Set<string>();
  for (const [path, content] of files) {
    const place = join(target, path);
    const parent = content.kind === 'directory' ? place : dirname(place);
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    if (content.kind === 'file') writeFileSync(place, content.bytes, { mode: content.executable ? 0o755 : 0o644 });
    else if (content.kind === 'symlink') symlinkSync(content.target, place);
  }
}

function applyPatch(patch: string, directory: string): void {
  const { status, stderr, error } = spawnSync('patch', ['--quiet', '--strip=1', '--no-backup-if-mismatch', `--input=${patch}`], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (error !== undefined) throw new RunnerFailure(`\`patch\` could not be started: ${error.message}`);
  if (status !== 0) throw new RunnerFailure(`${patch} does not apply\n${stderr}`);
}
