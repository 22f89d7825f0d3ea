import type { NodeId } from './events.ts';

export interface WeightedNode {
  readonly estimateMs: number;
  readonly dependencies: readonly NodeId[];
}

/**
 * For each node the length in milliseconds of the longest chain that starts with it and ends with something nothing waits for:
 * the node with the longest chain goes first. Node ids are positions in `nodes`. Throws on a cycle: planners produce none.
 */
export function chainLengths(nodes: readonly WeightedNode[]): readonly number[] {
  const dependents = dependentsOf(nodes);
  const lengths = nodes.map(() => 0);
  for (const id of topologicalOrder(nodes, dependents).toReversed()) {
    let longest = 0;
    for (const dependent of dependents[id] ?? []) longest = Math.max(longest, lengths[dependent] ?? 0);
    lengths[id] = longest + (nodes[id]?.estimateMs ?? 0);
  }
  return lengths;
}

/** Who waits for each node. */
export function dependentsOf(nodes: readonly { readonly dependencies: readonly NodeId[] }[]): readonly (readonly NodeId[])[] {
  const dependents: NodeId[][] = nodes.map(() => []);
  for (const [id, node] of nodes.entries()) {
    for (const dependency of node.dependencies) {
      const list = dependents[dependency];
      if (list === undefined) throw new Error(`internal: node ${id} depends on ${dependency}, which does not exist`);
      list.push(id);
    }
  }
  return dependents;
}

function topologicalOrder(nodes: readonly WeightedNode[], dependents: readonly (readonly NodeId[])[]): readonly NodeId[] {
  const waiting = nodes.map((node) => node.dependencies.length);
  const sorted: NodeId[] = [...nodes.keys()].filter((id) => waiting[id] === 0);
  for (let next = 0; next < sorted.length; next += 1) {
    const id = sorted[next];
    if (id === undefined) break;
    for (const dependent of dependents[id] ?? []) {
      const left = (waiting[dependent] ?? 0) - 1;
      waiting[dependent] = left;
      if (left === 0) sorted.push(dependent);
    }
  }
  if (sorted.length !== nodes.length) throw new Error('internal: the action graph has a cycle');
  return sorted;
}
