import type { PlannedUnit } from '../rust/planned-unit.ts';

/**
 * Units that one derivation runs, each group in an order in which it can be run. A crate of a registry or of git never changes in
 * place, so its script, the script's run and its library are one derivation: nothing is rebuilt for it that would not be anyway, and
 * Nix's price for a derivation is paid once. Units of the repository have one each.
 */
export function unitGroups(units: readonly PlannedUnit[]): readonly (readonly number[])[] {
  const users = new Map<number, number>();
  for (const unit of units) {
    const used = unit.kind === 'compile' ? unit.ownScript : unit.script?.unit;
    if (used !== undefined) users.set(used, (users.get(used) ?? 0) + 1);
  }
  const joined = new Set<number>();
  const before = (index: number): readonly number[] => {
    const unit = units[index];
    const used = unit?.kind === 'compile' ? unit.ownScript : unit?.script?.unit;
    const isOwn = used !== undefined && users.get(used) === 1 && units[used]?.unit.package.id === unit?.unit.package.id;
    if (!isOwn || unit?.unit.package.source.kind === 'path') return [index];
    joined.add(used);
    return [...before(used), index];
  };
  const groups = units.map((unit) => before(unit.index));
  return groups.filter((group) => !joined.has(group.at(-1) ?? -1));
}
