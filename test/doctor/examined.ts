import { join } from 'node:path';
import { positionOf } from '../../src/diagnostics/position.ts';
import { sortDiagnostics } from '../../src/diagnostics/sort.ts';
import { examineRepository } from '../../src/doctor/examine.ts';
import type { NativeMachine } from '../../src/doctor/system-libraries.ts';
import { Checkout, type Files, TemporaryDirectory } from '../end-to-end/checkout.ts';

export const PINNED: Files = {
  'ferrule.toml': '',
  'rust-toolchain.toml': '[toolchain]\nchannel = "1.95.0"\n',
  '.python-version': '3.12\n',
};

/** A workspace with the crates `app` and `core`. */
export const WORKSPACE: Files = {
  ...PINNED,
  'Cargo.toml': '[workspace]\nmembers = ["crates/*"]\n',
  'Cargo.lock': 'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n\n[[package]]\nname = "core"\nversion = "0.1.0"\n',
  'crates/app/Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n\n[dependencies]\ncore = { path = "../core" }\n',
  'crates/app/src/main.rs': 'fn main() {}\n',
  'crates/core/Cargo.toml': '[package]\nname = "core"\nversion = "0.1.0"\n',
  'crates/core/src/lib.rs': '\n',
};

export interface Examined {
  /** `CODE FILE:LINE message`, sorted; the place is left out where there is none. */
  readonly found: readonly string[];
  /** Of the first finding. */
  readonly facts: readonly (readonly [string, string])[];
  readonly hints: readonly string[];
  readonly related: readonly string[];
}

/** What `ferrule doctor` says about a checkout of these files; `beside`: files around it. */
export async function examine(
  files: Files,
  options: { readonly machine?: NativeMachine; readonly beside?: Files } = {},
): Promise<Examined> {
  using place = new TemporaryDirectory();
  const checkout = new Checkout(place.join('repository'), files);
  for (const [path, text] of Object.entries(options.beside ?? {})) checkout.write(join('..', path), text);
  const examined = await examineRepository({ directory: checkout.directory, machine: options.machine });
  if (examined === undefined) throw new Error('there is a repository');
  const diagnostics = sortDiagnostics(examined.diagnostics);
  const [first] = diagnostics;
  return {
    found: diagnostics.map(({ code, severity, span, message }) => {
      const where = span === undefined ? '' : ` ${span.file}:${positionOf(span).line}`;
      return `${code}${severity === 'error' ? '!' : ''}${where} ${message}`;
    }),
    facts: first?.facts ?? [],
    hints: first?.hints ?? [],
    related: (first?.related ?? []).map(({ message, span }) => `${span.file}:${positionOf(span).line} ${message}`),
  };
}
