import type { NixPlan, NixSystem } from './plan-file.ts';

/** The text of `nix/ferrule.json`: the same for the same plan, and one line for each derivation, so that a change is seen where it is. */
export function formatPlan(plan: NixPlan): string {
  const { version, madeFrom, toolchains, pythons, development, fetches, sources, packages, words, nodes, systems } = plan;
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
    table('packages', packages),
    table('words', words),
    table('nodes', nodes),
    `"systems": ${braced(Object.entries(systems).map(([name, system]) => `${JSON.stringify(name)}: ${systemText(system)}`))}`,
  ])}\n`;
}

function systemText({ host, ...rest }: NixSystem): string {
  return braced([`"host": ${JSON.stringify(host)}`, ...Object.entries(rest).map(([name, entries]) => table(name, entries))]);
}

/** A line for each entry. */
function table(name: string, entries: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(entries).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `${JSON.stringify(name)}: ${lines.length === 0 ? '{}' : braced(lines)}`;
}

function braced(lines: readonly string[]): string {
  return `{\n${lines.join(',\n')}\n}`;
}
