import { parse, type TomlTable } from 'smol-toml';
import { cfgHolds, parseCfgKey } from '../cargo/cfg-expression.ts';
import type { NativeNeed, NativePlatform } from './native-libraries.ts';

/**
 * pkg-config modules a manifest declares for the `system-deps` crate in `[package.metadata.system-deps]`: the gtk-rs and
 * gstreamer families and many more. `name` defaults to the key; a module is optional when it says `optional` or `feature` names one
 * that is off; `cfg(…)` tables count on their platform. A malformed manifest declares nothing: cargo has reported it by then.
 */
export function declaredModules(options: {
  /** Text of the package's Cargo.toml. */
  readonly manifest: string;
  readonly features: readonly string[];
  readonly platform: NativePlatform;
}): readonly NativeNeed[] {
  if (!options.manifest.includes('system-deps')) return [];
  const table = tableAt(readToml(options.manifest), ['package', 'metadata', 'system-deps']);
  return table === undefined ? [] : modulesOf(table, options);
}

interface Conditions {
  readonly features: readonly string[];
  readonly platform: NativePlatform;
}

function modulesOf(table: TomlTable, conditions: Conditions): readonly NativeNeed[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const cfg = parseCfgKey(key);
    if (cfg !== undefined) return isTable(value) && cfgHolds(cfg, conditions.platform.cfg) ? modulesOf(value, conditions) : [];
    return typeof value === 'string' ? [{ name: key, required: true }] : isTable(value) ? moduleOf(key, value, conditions) : [];
  });
}

/** Names and optionality of newer versions (`v1_66 = { name = … }`) count when their feature is on. */
function moduleOf(key: string, table: TomlTable, { features }: Conditions): readonly NativeNeed[] {
  const { feature, optional } = table;
  if (typeof feature === 'string' && !features.includes(feature)) return [];
  let name = typeof table['name'] === 'string' ? table['name'] : key;
  for (const [inner, value] of Object.entries(table)) {
    if (isTable(value) && features.includes(inner) && typeof value['name'] === 'string') name = value['name'];
  }
  return [{ name, required: optional !== true }];
}

function readToml(text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof Error) return {};
    throw error;
  }
}

function tableAt(root: TomlTable, path: readonly string[]): TomlTable | undefined {
  let table: TomlTable = root;
  for (const key of path) {
    const next = table[key];
    if (!isTable(next)) return undefined;
    table = next;
  }
  return table;
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
