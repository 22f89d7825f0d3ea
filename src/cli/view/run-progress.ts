import { chainLengths, dependentsOf } from '../../engine/critical-path.ts';
import type { NodeId, NodeSummary, RunEvent } from '../../engine/events.ts';

type Stage = Extract<RunEvent, { readonly type: 'stage' }>['stage'];

export interface NodeProgress {
  readonly summary: NodeSummary;
  state: 'waiting' | 'running' | 'built' | 'reused' | 'failed' | 'skipped';
  /** When it started, in milliseconds since the start of the run; 0 before. */
  startedAt: number;
}

/** Everything the views know of a run: folded from its events by {@link advance}. */
export interface RunProgress {
  stage: Stage | undefined;
  stageAt: number;
  /** What cargo said last in this stage. */
  detail: string;
  /** By node id; empty before the graph is known. */
  nodes: readonly NodeProgress[];
  /** By node id: length of the longest chain that starts with it, in estimated milliseconds. */
  chains: readonly number[];
  dependents: readonly (readonly NodeId[])[];
  readonly counts: { built: number; reused: number; failed: number; skipped: number };
  /** Nodes that run now, and the most that ever did at once. */
  running: number;
  widest: number;
  /** How often a node was found under way in another run. */
  waits: number;
  /** Sums over the built nodes, from which estimates are corrected: what was estimated, what it took. */
  estimatedMs: number;
  measuredMs: number;
}

export function newRunProgress(): RunProgress {
  return {
    stage: undefined,
    stageAt: 0,
    detail: '',
    nodes: [],
    chains: [],
    dependents: [],
    counts: { built: 0, reused: 0, failed: 0, skipped: 0 },
    running: 0,
    widest: 0,
    waits: 0,
    estimatedMs: 0,
    measuredMs: 0,
  };
}

/** Takes one event in. */
export function advance(progress: RunProgress, event: RunEvent): void {
  switch (event.type) {
    case 'stage':
      progress.stage = event.stage;
      progress.stageAt = event.at;
      progress.detail = '';
      return;
    case 'progress':
      progress.detail = event.text;
      return;
    case 'graph':
      // A second graph: what the store had lost is made again, and everything is counted anew.
      Object.assign(progress.counts, newRunProgress().counts);
      progress.running = 0;
      progress.nodes = event.nodes.map((summary) => ({ summary, state: 'waiting', startedAt: 0 }));
      progress.chains = chainLengths(event.nodes);
      progress.dependents = dependentsOf(event.nodes);
      return;
    case 'started': {
      const node = nodeOf(progress, event.node);
      node.state = 'running';
      node.startedAt = event.at;
      progress.running += 1;
      progress.widest = Math.max(progress.widest, progress.running);
      return;
    }
    case 'ended':
      end(progress, event);
      return;
    case 'waiting':
      progress.waits += 1;
      return;
    case 'early':
    case 'diagnostic':
    case 'messages':
  }
}

export function nodeOf(progress: RunProgress, id: NodeId): NodeProgress {
  const node = progress.nodes[id];
  if (node === undefined) throw new Error(`internal: an event names node ${id}, which the graph does not have`);
  return node;
}

/** What runs now, what has run for longest first. */
export function runningNodes(progress: RunProgress): readonly NodeProgress[] {
  return progress.nodes.filter((node) => node.state === 'running').toSorted((left, right) => left.startedAt - right.startedAt);
}

export function finishedCount({ counts }: RunProgress): number {
  return counts.built + counts.reused + counts.failed + counts.skipped;
}

function end(progress: RunProgress, event: Extract<RunEvent, { readonly type: 'ended' }>): void {
  const node = nodeOf(progress, event.node);
  const { outcome } = event;
  if (node.state === 'running') progress.running -= 1;
  switch (outcome.kind) {
    case 'executed':
      node.state = 'built';
      progress.counts.built += 1;
      progress.estimatedMs += node.summary.estimateMs;
      progress.measuredMs += outcome.elapsedMs;
      return;
    case 'cached':
      node.state = 'reused';
      progress.counts.reused += 1;
      return;
    case 'failed':
      node.state = 'failed';
      progress.counts.failed += 1;
      return;
    case 'skipped':
      node.state = 'skipped';
      progress.counts.skipped += 1;
      return;
  }
}

/** The longest chain of what is still to do. */
export interface CriticalPath {
  /** First what runs or is next. */
  readonly nodes: readonly NodeSummary[];
  /** Estimated milliseconds until its end. */
  readonly leftMs: number;
}

/** The critical path as it stands; `undefined` when everything is finished. Estimates are corrected by what built nodes took. */
export function criticalPath(progress: RunProgress, now: number): CriticalPath | undefined {
  const correction = correctionOf(progress);
  let longest: { readonly id: NodeId; readonly leftMs: number } | undefined;
  for (const [id, node] of progress.nodes.entries()) {
    if (node.state !== 'waiting' && node.state !== 'running') continue;
    const behind = (progress.chains[id] ?? 0) - node.summary.estimateMs;
    const leftMs = ownLeft(node, now, correction) + behind * correction;
    if (longest === undefined || leftMs > longest.leftMs) longest = { id, leftMs };
  }
  return longest === undefined ? undefined : { nodes: chainFrom(progress, longest.id), leftMs: longest.leftMs };
}

/** Estimated milliseconds until the end of the run: the critical path, or all the work over what runs side by side. */
export function estimateLeft(progress: RunProgress, now: number): number {
  const correction = correctionOf(progress);
  let work = 0;
  for (const node of progress.nodes) {
    if (node.state === 'waiting' || node.state === 'running') work += ownLeft(node, now, correction);
  }
  return Math.max(criticalPath(progress, now)?.leftMs ?? 0, work / Math.max(1, progress.widest));
}

function ownLeft(node: NodeProgress, now: number, correction: number): number {
  const estimate = node.summary.estimateMs * correction;
  return node.state === 'running' ? Math.max(0, estimate - (now - node.startedAt)) : estimate;
}

function correctionOf({ estimatedMs, measuredMs }: RunProgress): number {
  return estimatedMs > 0 && measuredMs > 0 ? Math.min(10, Math.max(0.1, measuredMs / estimatedMs)) : 1;
}

function chainFrom(progress: RunProgress, first: NodeId): readonly NodeSummary[] {
  const chain: NodeSummary[] = [];
  for (let next: NodeId | undefined = first; next !== undefined;) {
    chain.push(nodeOf(progress, next).summary);
    const behind: readonly NodeId[] = progress.dependents[next] ?? [];
    next = behind.toSorted((left, right) => (progress.chains[right] ?? 0) - (progress.chains[left] ?? 0))[0];
  }
  return chain;
}
