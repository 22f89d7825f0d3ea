import { compareBytes } from '../../model/wire.ts';
import { linkableFiles } from './file-names.ts';
import { entryOf, type PlanContext } from './plan-context.ts';
import type { ArtifactInput, UnitFile } from '../planned-unit.ts';
import { dependencyDirectory } from './target-directories.ts';
import { isLinkable, isProcMacro, requiresUpstreamObjects } from './unit-traits.ts';
import type { Unit } from '../unit.ts';

/**
 * Which files of other units each rustc call reads, by index, sorted by path.
 *
 * rustc loads the metadata of every crate below the one it compiles, direct or not, and stops at proc macros, whose own
 * dependencies it never asks for. So a call that does not link gets the `.rmeta` of all library dependencies (the linkable file
 * of those that make no `.rmeta`) and the proc macros' libraries; a call that links gets the object code instead.
 */
export function artifactInputs(context: PlanContext): readonly (readonly ArtifactInput[])[] {
  const { units } = context;
  const offers = units.map((unit) => offeredFiles(context, unit));
  const order = units.map(({ index }) => index).toSorted((left, right) => compareBytes(firstPath(offers, left), firstPath(offers, right)));
  const below = librariesBelow(units, order);
  return units.map((unit) => {
    if (unit.mode === 'run-custom-build') return [];
    const role = unit.mode !== 'check' && requiresUpstreamObjects(unit) ? 'objects' : 'metadata';
    const found: ArtifactInput[] = [];
    for (const index of entryOf(below, unit.index)) for (const input of entryOf(offers, index)[role]) found.push(input);
    return found;
  });
}

/** A unit's files for those above it, by what they need. */
interface OfferedFiles {
  readonly metadata: readonly ArtifactInput[];
  readonly objects: readonly ArtifactInput[];
}

function offeredFiles(context: PlanContext, unit: Unit): OfferedFiles {
  if (!isLinkable(unit.target)) return { metadata: [], objects: [] };
  const outputs = entryOf(context.outputs, unit.index);
  const directory = dependencyDirectory(context.facts, unit.platform);
  const inputFor = ({ name }: UnitFile): ArtifactInput => ({ unit: unit.index, file: name, path: `${directory}/${name}` });
  const metadata = outputs.filter((file) => file.kind === 'rmeta').map(inputFor);
  const objects = linkableFiles(unit, outputs)
    .map(inputFor)
    .toSorted((left, right) => compareBytes(left.path, right.path));
  return { metadata: metadata.length > 0 ? metadata : objects, objects: objects.length > 0 ? objects : metadata };
}

function firstPath(offers: readonly OfferedFiles[], index: number): string {
  return offers[index]?.metadata[0]?.path ?? '';
}

/**
 * The libraries below each unit, by unit index, in a given order. As bits while they are gathered, since every unit has such a
 * set and they overlap almost wholly.
 */
function librariesBelow(units: readonly Unit[], order: readonly number[]): readonly (readonly number[])[] {
  const words = Math.ceil(units.length / 32);
  const ranks = new Uint32Array(units.length);
  order.forEach((index, rank) => {
    ranks[index] = rank;
  });
  const sets: (Int32Array | undefined)[] = [];
  const setBelow = (unit: Unit): Int32Array => {
    const known = sets[unit.index];
    if (known !== undefined) return known;
    const set = new Int32Array(words);
    for (const { index } of unit.dependencies) {
      const dependency = entryOf(units, index);
      if (!isLinkable(dependency.target)) continue;
      const rank = ranks[index] ?? 0;
      set[rank >> 5] = (set[rank >> 5] ?? 0) | (1 << (rank & 31));
      if (isProcMacro(dependency.target)) continue;
      const inherited = setBelow(dependency);
      for (let at = 0; at < words; at += 1) set[at] = (set[at] ?? 0) | (inherited[at] ?? 0);
    }
    sets[unit.index] = set;
    return set;
  };
  return units.map((unit) => members(setBelow(unit), order));
}

function members(set: Int32Array, order: readonly number[]): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < set.length; at += 1) {
    for (let bits = set[at] ?? 0; bits !== 0; bits &= bits - 1) found.push(order[at * 32 + 31 - Math.clz32(bits & -bits)] ?? 0);
  }
  return found;
}
