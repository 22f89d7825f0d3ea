import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { machineCargoHome, machineToolchain } from '../conformance/oracle.ts';
import { unpackProgram } from '../conformance/registry-programs.ts';
import type { Subject, WrittenSource } from './subject.ts';

/** A subject's sources in `directory`, with a lock, and everything they depend on fetched. Throws with the tool's words. */
export function checkOut(subject: Subject, directory: string): void {
  const { name, source } = subject;
  if (source.kind === 'registry') {
    const place = { toolchain: machineToolchain(), cargoHome: machineCargoHome() };
    unpackProgram({ program: { name, version: source.version, runs: [] }, directory, place });
  } else write(source, directory);
}

/** A second checkout of the same sources, lock included. */
export function copyCheckout(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, filter: (path) => !/\/(?:target|result[^/]*)$/.test(path), verbatimSymlinks: true });
}

function write(source: WrittenSource, directory: string): void {
  const root = dirname(directory);
  rmSync(directory, { recursive: true, force: true });
  if (source.repository !== undefined) makeRepository(source.repository, join(root, 'repository'));
  writeFiles(source.files, directory);
  run(directory, 'cargo', ['generate-lockfile', '--quiet']);
  if (source.vendored === true) {
    const config = run(directory, 'cargo', ['vendor', '--quiet', 'vendor']);
    writeFiles({ '.cargo/config.toml': config }, directory);
  } else run(directory, 'cargo', ['fetch', '--quiet', '--locked']);
}

function makeRepository(files: Readonly<Record<string, string>>, directory: string): void {
  if (existsSync(join(directory, '.git'))) return;
  writeFiles(files, directory);
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  run(directory, 'git', ['init', '--quiet']);
  run(directory, 'git', ['add', '--all']);
  run(directory, 'git', [...identity, 'commit', '--quiet', '--message=all of it']);
}

/** Writes files; `$ROOT` in a content is the directory above. */
export function writeFiles(files: Readonly<Record<string, string>>, directory: string): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content.replaceAll('$ROOT', dirname(directory)));
  }
}

function run(directory: string, program: string, words: readonly string[]): string {
  const done = spawnSync(program, words, { cwd: directory, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${program} ${words.join(' ')} failed in ${directory}:\n${done.stderr}`);
  return done.stdout;
}
