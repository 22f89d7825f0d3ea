import type { NixPlan } from './plan-file.ts';

/** The text of `nix/ferrule.json`: the same for the same plan, and one line for each derivation, so that a change is seen where it is. */
export function formatPlan({ version, madeFrom, toolchains, pythons, development, fetches, sources, nodes, systems }: NixPlan): string {
  const { contents, listings, presence } = madeFrom;
  const origin = braced([table('contents', contents), table('listings', listings), table('presence', presence)]);
  return `${braced([
    `"version": ${version}`,
    `"madeFrom": ${origin}`,
    table('toolchains', toolchains),
    table('pythons', pythons),
    table('development', development),
    table('fetches', fetches),
    table('sources', sources),
    table('nodes', nodes),
    table('systems', systems),
  ])}\n`;
}

/** A line for each entry. */
function table(name: string, entries: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(entries).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `${JSON.stringify(name)}: ${lines.length === 0 ? '{}' : braced(lines)}`;
}

function braced(lines: readonly string[]): string {
  return `{\n${lines.join(',\n')}\n}`;
}
