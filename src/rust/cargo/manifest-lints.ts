import type { TomlTable, TomlValue } from 'smol-toml';

/** A `[lints]` or `[workspace.lints]` table, read. */
export interface LintLevels {
  readonly entries: readonly LintEntry[];
  /** `check-cfg` of `rust.unexpected_cfgs`. */
  readonly checkCfgs: readonly string[];
}

interface LintEntry {
  readonly tool: string;
  readonly name: string;
  readonly level: string;
  readonly priority: number;
}

/** Reads a lints table; `undefined` when there is none. Ill-formed entries are left out: cargo has refused them already. */
export function lintLevelsOf(value: TomlValue | undefined): LintLevels | undefined {
  if (!isTable(value)) return undefined;
  const entries: LintEntry[] = [];
  let checkCfgs: readonly string[] = [];
  for (const [tool, lints] of Object.entries(value)) {
    // `cargo` lints are for cargo, not for rustc.
    if (tool === 'cargo' || !isTable(lints)) continue;
    for (const [name, config] of Object.entries(lints)) {
      const level = isTable(config) ? config['level'] : config;
      const priority = isTable(config) ? config['priority'] : 0;
      if (typeof level !== 'string') continue;
      entries.push({ tool, name, level, priority: typeof priority === 'number' ? priority : 0 });
      if (tool === 'rust' && name === 'unexpected_cfgs' && isTable(config)) checkCfgs = stringsOf(config['check-cfg']);
    }
  }
  return { entries, checkCfgs };
}

/**
 * rustc flags in cargo's order (cargo `src/cargo/util/toml/mod.rs`, `lints_to_rustflags`): by priority, then by name backwards,
 * so that the group `all` comes late and a missing priority is noticed; `--check-cfg` after them.
 */
export function lintFlags(lints: LintLevels): readonly string[] {
  const ordered = lints.entries.toSorted(
    (left, right) => left.priority - right.priority || order(right.name, left.name) || order(optionOf(left), optionOf(right)),
  );
  return [...ordered.map(optionOf), ...lints.checkCfgs.flatMap((checkCfg) => ['--check-cfg', checkCfg])];
}

function optionOf(entry: LintEntry): string {
  return entry.tool === 'rust' ? `--${entry.level}=${entry.name}` : `--${entry.level}=${entry.tool}::${entry.name}`;
}

function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}

function stringsOf(value: TomlValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
