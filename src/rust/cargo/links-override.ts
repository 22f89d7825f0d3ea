import type { ConfigLookup } from './cargo-config-lookup.ts';
import type { ConfigValue } from './cargo-config.ts';

/** Keys of `[target.<triple>]` that are settings of the platform, not names of native libraries. */
const PLATFORM_KEYS: ReadonlySet<string> = new Set(['ar', 'linker', 'runner', 'rustflags', 'rustdocflags']);

/**
 * `target.<triple>.<links>` tables: canned output of the build script whose package says `links = "<links>"`
 * (cargo `src/util/context/target.rs`, `parse_links_overrides`), by name, as `key=value` lines in the old directive syntax.
 */
export function linksOverridesFor(config: ConfigLookup, triple: string): Readonly<Record<string, readonly string[]>> {
  const key = ['target', ...triple.split('.')];
  const overrides: Record<string, readonly string[]> = {};
  for (const name of config.names(key)) {
    const table = PLATFORM_KEYS.has(name) ? undefined : config.file([...key, name]);
    if (table?.kind !== 'table') continue;
    const entries = [...table.entries].toSorted(([left], [right]) => (left < right ? -1 : 1));
    overrides[name] = entries.flatMap(([directive, value]) => linesOf(directive, value));
  }
  return overrides;
}

function linesOf(directive: string, value: ConfigValue): readonly string[] {
  if (value.kind === 'list') return value.items.flatMap((item) => linesOf(directive, item));
  if (value.kind !== 'table') return [`${directive}=${value.value}`];
  return [...value.entries].flatMap(([name, inner]) => linesOf(directive, inner).map((line) => line.replace('=', `=${name}=`)));
}
