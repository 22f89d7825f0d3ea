import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import { EMPTY_TREE } from '../../src/model/tree.ts';
import { type FactsRequest, gatherFacts } from '../../src/rust/cargo/gather-facts.ts';
import { runProcess } from '../../src/rust/cargo/node-process.ts';
import type { CargoSelection } from '../../src/rust/selection.ts';
import type { Toolchain } from '../../src/rust/toolchain.ts';

/** A directory with these files, gone when the test ends. */
export function temporaryFiles(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ferrule-rust-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** The environment of the tests without what a developer's shell might set. */
export const environment: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^(?:CARGO_(?!HOME)|RUST(?!UP_HOME))/.test(name) ? [] : [[name, value]],
  ),
);

function output(program: string, words: readonly string[]): string {
  const result = spawnSync(program, words, { encoding: 'utf8', env: environment });
  if (result.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

function installedToolchain(): Toolchain {
  const sysroot = output('rustc', ['--print=sysroot']).trim();
  const rustc = join(sysroot, 'bin/rustc');
  const cargo = join(sysroot, 'bin/cargo');
  const rustcVerboseVersion = output(rustc, ['-vV']);
  return {
    sysroot,
    cargo,
    rustc,
    rustcVerboseVersion,
    rustcVersion: /release: (\S+)/.exec(rustcVerboseVersion)?.[1] ?? '',
    cargoVersion: /release: (\S+)/.exec(output(cargo, ['-vV']))?.[1] ?? '',
    host: /host: (\S+)/.exec(rustcVerboseVersion)?.[1] ?? '',
    tree: EMPTY_TREE,
  };
}

/** The machine's default toolchain; its tree is not hashed. */
export const toolchain: Toolchain = installedToolchain();

export const defaultSelection: CargoSelection = {
  command: 'build',
  packages: [],
  workspace: false,
  targets: [],
  features: [],
  allFeatures: false,
  noDefaultFeatures: false,
  profile: 'dev',
  target: undefined,
};

export interface GatherOptions extends Partial<Omit<FactsRequest, 'selection' | 'environment'>> {
  readonly selection?: Partial<CargoSelection>;
  /** Added to {@link environment}. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** `gatherFacts` on a directory, offline unless told otherwise. */
export function gather(root: string, options: GatherOptions = {}): ReturnType<typeof gatherFacts> {
  const { selection, variables, ...rest } = options;
  return gatherFacts({
    workspaceRoot: root,
    repositoryRoot: root,
    toolchain,
    offline: true,
    run: runProcess,
    onProgress: () => {},
    ...rest,
    environment: { ...environment, ...variables },
    selection: { ...defaultSelection, ...selection },
  });
}

/** Runs the real cargo in a directory; throws when it fails. */
export function cargo(
  root: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): { stdout: string; stderr: string } {
  const result = spawnSync(toolchain.cargo, words, {
    cwd: root,
    encoding: 'utf8',
    env: { ...environment, RUSTC: toolchain.rustc, CARGO_TERM_COLOR: 'never', ...variables },
  });
  if (result.status !== 0) throw new Error(`cargo ${words.join(' ')}: ${result.stderr}`);
  return { stdout: result.stdout, stderr: result.stderr };
}

/** A minimal manifest; `extra` is appended. */
export function manifest(name: string, extra = ''): string {
  return `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${extra}\n`;
}

/** A lock file for path packages without dependencies. */
export function lockOf(...names: readonly string[]): string {
  return `version = 4\n${names.map((name) => `\n[[package]]\nname = "${name}"\nversion = "0.1.0"\n`).join('')}`;
}
