import type { RecordedNode, RunRecord } from '../record/run-record.ts';
import { longestChain } from './longest-chain.ts';

/** What the page shows of a run. Times are milliseconds since its start. */
export interface ReportData {
  /** `app, tools`: what was asked for. */
  readonly title: string;
  readonly run: string;
  /** `build`, `run`, `check`. */
  readonly purpose: string;
  readonly repository: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly elapsedMs: number;
  readonly ok: boolean;
  /** As a person would type it. */
  readonly request: string;
  readonly toolchains: readonly string[];
  readonly stages: RunRecord['stages'];
  /** How many ran at once at most. */
  readonly slots: number;
  readonly units: readonly ReportUnit[];
  readonly chain: readonly ChainLink[];
  /** How long the chain takes by itself, and so the run at least. */
  readonly chainMs: number;
  /** Positions of the units that were asked for. */
  readonly asked: readonly number[];
  /** The run that `reasons` compare with; `undefined`: there is none. */
  readonly comparedWith: { readonly run: string; readonly startedAt: number } | undefined;
}

export interface ReportUnit extends RecordedNode {
  /** Why it ran, or what is not as it was; empty: nothing. */
  readonly reasons: readonly string[];
  /** What it took when it ran, for a unit that was reused; `undefined`: not known. */
  readonly savedMs: number | undefined;
}

/** A unit on the chain that the run cannot be shorter than. */
export interface ChainLink {
  readonly unit: number;
  /** When everything it needed was there; what it then waited for was a free worker. */
  readonly readyAt: number;
}

export interface ReportSource {
  readonly record: RunRecord;
  readonly reasons: ReadonlyMap<number, readonly string[]>;
  readonly savedMs: (node: RecordedNode) => number | undefined;
  readonly comparedWith: ReportData['comparedWith'];
}

export function reportData({ record, reasons, savedMs, comparedWith }: ReportSource): ReportData {
  const { run, repository, startedAt, elapsedMs, ok, request, stages, targets, nodes } = record;
  const chain = longestChain(nodes);
  return {
    title: titleOf([...new Set(targets.map((target) => target.name))]),
    run,
    purpose: request.purpose,
    repository,
    startedAt,
    elapsedMs,
    ok,
    request: requestWords(record),
    toolchains: Object.values(record.toolchains),
    stages,
    slots: nodes.reduce((most, node) => Math.max(most, (node.slot ?? -1) + 1), 0),
    units: nodes.map((node, id) => ({
      ...node,
      reasons: reasons.get(id) ?? [],
      savedMs: node.outcome === 'cached' ? savedMs(node) : undefined,
    })),
    chain: chain.links,
    chainMs: chain.elapsedMs,
    asked: targets.flatMap((target) => target.nodes),
    comparedWith,
  };
}

const NAMED = 4;

/** What was built, by name as long as that is a line. */
function titleOf(names: readonly string[]): string {
  if (names.length <= NAMED + 1) return names.join(', ');
  return `${names.slice(0, NAMED).join(', ')} and ${(names.length - NAMED).toLocaleString('en')} more`;
}

function requestWords({ request }: RunRecord): string {
  const { purpose, targets, profile, target, features, allFeatures, noDefaultFeatures } = request;
  return [
    'ferrule',
    purpose,
    ...targets,
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(target === undefined ? [] : ['--target', target]),
    ...(features.length === 0 ? [] : ['--features', features.join(',')]),
    ...(allFeatures ? ['--all-features'] : []),
    ...(noDefaultFeatures ? ['--no-default-features'] : []),
  ].join(' ');
}
