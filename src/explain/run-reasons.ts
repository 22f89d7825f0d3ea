import { compareDifferences, differenceText } from './difference.ts';
import { type NodeDifferences, nodeDifferences } from './causes.ts';
import type { RunState } from './run-state.ts';

/** Names of changed dependencies that a reason lists. */
const MOST_NAMES = 3;

/** For each node of a run that is not what it was, or ran, why; by position. */
export function runReasons(before: RunState, after: RunState): ReadonlyMap<number, readonly string[]> {
  const all = nodeDifferences(before, after);
  return new Map(Array.from(all, ([id, differences]) => [id, reasonsOf(differences, after)]));
}

function reasonsOf({ own, changedBelow }: NodeDifferences, after: RunState): readonly string[] {
  const texts = own.toSorted(compareDifferences).map(differenceText);
  if (changedBelow.length === 0) return texts;
  const names = changedBelow.map((id) => after.nodes[id]?.label ?? '');
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const hidden = names.length - MOST_NAMES;
  return [...texts, `built from ${shown}${hidden > 0 ? ` and ${hidden} more` : ''}, which changed`];
}
