import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { parse, TomlError, type TomlTable, type TomlValue } from 'smol-toml';

import { type LintLevels, lintFlags, lintLevelsOf } from './manifest-lints.ts';
import type { TargetKind } from '../unit.ts';

/** What cargo knows of a manifest but does not print: neither the unit graph nor `cargo metadata` has it. */
export interface ManifestFacts {
  /** rustc flags of `[lints]`, in cargo's order. */
  readonly lintFlags: readonly string[];
  /** `harness` of a target; `true` unless the manifest says otherwise. */
  harness(kind: TargetKind, name: string): boolean;
}

/** Reads manifests of one workspace or several, each file once. */
export class ManifestReader {
  readonly #tables = new Map<string, TomlTable | undefined>();

  /**
   * Facts of a package whose manifest cargo has already accepted. `hasWorkspace` says whether lints may come from a workspace's
   * manifest in a directory above: registry crates are published with them written out.
   */
  read(manifest: string, options: { readonly hasWorkspace: boolean }): ManifestFacts {
    const text = readFileSync(manifest, 'utf8');
    // Most manifests of a registry say neither, and parsing TOML is the slow part.
    if (!text.includes('lints') && !text.includes('harness')) return PLAIN;
    const table = this.#parse(manifest, text);
    if (table === undefined) return PLAIN;
    const lints = options.hasWorkspace ? this.#inherited(manifest, table) : ownLints(table);
    return { lintFlags: lints === undefined ? [] : lintFlags(lints), harness: harnessOf(table) };
  }

  /** `[lints]` of a manifest, or the workspace's when it says `workspace = true`. */
  #inherited(manifest: string, table: TomlTable): LintLevels | undefined {
    const { lints } = table;
    if (!isTable(lints) || lints['workspace'] !== true) return ownLints(table);
    const workspace = this.#workspaceOf(manifest, table);
    return workspace === undefined ? undefined : lintLevelsOf(workspace['lints']);
  }

  /** `[workspace]` table that governs a package: its own, the one it points at, or the nearest one above (cargo `find_workspace_root`). */
  #workspaceOf(manifest: string, table: TomlTable): TomlTable | undefined {
    const own = table['workspace'];
    if (isTable(own)) return own;
    const pointer = isTable(table['package']) ? table['package']['workspace'] : undefined;
    if (typeof pointer === 'string') return this.#workspaceTable(resolve(dirname(manifest), pointer, 'Cargo.toml'));
    for (let directory = dirname(dirname(manifest)); ; directory = dirname(directory)) {
      const found = this.#workspaceTable(join(directory, 'Cargo.toml'));
      if (found !== undefined || dirname(directory) === directory) return found;
    }
  }

  #workspaceTable(manifest: string): TomlTable | undefined {
    if (!existsSync(manifest)) return undefined;
    const workspace = this.#parse(manifest, undefined)?.['workspace'];
    return isTable(workspace) ? workspace : undefined;
  }

  /** The manifest as a table; `undefined` when it is not TOML: cargo has the say on that. */
  table(manifest: string): TomlTable | undefined {
    return existsSync(manifest) ? this.#parse(manifest, undefined) : undefined;
  }

  #parse(manifest: string, text: string | undefined): TomlTable | undefined {
    if (this.#tables.has(manifest)) return this.#tables.get(manifest);
    let table: TomlTable | undefined;
    try {
      table = parse(text ?? readFileSync(manifest, 'utf8'));
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
    }
    this.#tables.set(manifest, table);
    return table;
  }
}

const PLAIN: ManifestFacts = { lintFlags: [], harness: () => true };

export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}

function ownLints(table: TomlTable): LintLevels | undefined {
  return lintLevelsOf(table['lints']);
}

function harnessOf(table: TomlTable): (kind: TargetKind, name: string) => boolean {
  const { lib } = table;
  const libHarness = !(isTable(lib) && lib['harness'] === false);
  const off = new Set<string>();
  for (const section of ['bin', 'test', 'bench', 'example'] as const) {
    const targets = table[section];
    for (const target of Array.isArray(targets) ? targets : []) {
      if (isTable(target) && target['harness'] === false && typeof target['name'] === 'string') off.add(`${section} ${target['name']}`);
    }
  }
  return (kind, name) => {
    if (kind === 'custom-build') return true;
    if (kind === 'bin' || kind === 'test' || kind === 'bench' || kind === 'example') return !off.has(`${kind} ${name}`);
    return libHarness;
  };
}
