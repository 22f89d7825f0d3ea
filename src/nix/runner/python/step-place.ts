import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, type Result } from '../../../diagnostics/diagnostic.ts';
import { printDiagnostics } from '../../../diagnostics/print.ts';
import { digestOfFile } from '../../../model/digest.ts';
import type { UnpackedWheel } from '../../../python/wheel.ts';
import { unpackWheel } from '../../../python/wheel/unpack-wheel.ts';
import type { DirectoryStore } from '../../../store/directory-store.ts';
import type { NeedIndex } from '../../plan-file.ts';
import type { NixFile } from '../../python-steps.ts';
import { type BuildRoot, RunnerFailure } from '../build-root.ts';
import type { PythonAttributes } from './attributes.ts';
import { keepUnpacked } from './kept-wheel.ts';
import { patchedWheel } from './patch-wheel.ts';

/** Where the output of every step that makes a file is. */
export const FILES = 'dist';

/** What steps have of their derivation. */
export interface StepPlace {
  readonly attributes: PythonAttributes;
  readonly root: BuildRoot;
  /** A store for this derivation alone, on the file system of its output. */
  readonly store: DirectoryStore;
  /** Absolute path of the output. */
  readonly output: string;
  /** Path in the Nix store of a need. */
  readonly need: (index: NeedIndex) => string;
  /** Path in the Nix store of a part of the repository. */
  readonly source: (index: number) => string;
  readonly file: (file: NixFile) => string;
}

/** Leaves what a wheel's archive holds in the output, made to run where the package set is no ordinary Linux. */
export async function keepArchive(archive: { readonly path: string; readonly filename: string }, place: StepPlace): Promise<void> {
  const { store } = place;
  const digest = digestOfFile(archive.path);
  const wheel = taken(await unpackWheel({ store, digest, alone: true, ...archive }));
  keepWheelOf(wheel, place);
}

export function keepWheelOf(wheel: UnpackedWheel, { store, attributes, output }: StepPlace): void {
  const { patch, libraries, python } = attributes;
  keepUnpacked({ store, output, python, wheel: patch === null ? wheel : patchedWheel({ store, wheel, patch, libraries }) });
}

/** Leaves a file for users in the output. */
export function keepFile(name: string, content: Uint8Array | { readonly path: string }, { output }: StepPlace): void {
  const directory = join(output, FILES);
  mkdirSync(directory, { recursive: true });
  if (content instanceof Uint8Array) writeFileSync(join(directory, name), content);
  else copyFileSync(content.path, join(directory, name));
}

/** The value of a result; warnings are printed, and errors end the build. */
export function taken<T>(result: Result<T>): T {
  if (!result.ok) throw new RunnerFailure(printed(result.diagnostics));
  if (result.warnings !== undefined && result.warnings.length > 0) process.stderr.write(printed(result.warnings));
  return result.value;
}

function printed(diagnostics: readonly Diagnostic[]): string {
  return printDiagnostics(diagnostics, { colour: false });
}
