import { RunHistory } from '../record/run-history.ts';
import { contentOf, type RecordedRequest, type RecordedTarget } from '../record/run-record.ts';
import type { NodeId } from '../engine/events.ts';
import type { BuildReport } from './build-report.ts';
import type { BuildRequest } from './build-request.ts';
import type { PlannedRun } from './plan-run.ts';
import type { RunContext } from './run-context.ts';
import type { RunWorks } from './run-works.ts';
import type { RustNode } from './rust-graph.ts';

/** Keeps the record of a run that came as far as to have a graph. */
export function recordRun(options: {
  readonly context: RunContext;
  readonly planned: PlannedRun;
  readonly works: RunWorks | undefined;
  readonly report: BuildReport;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}): void {
  const { context, planned, works, report, startedAt } = options;
  if (works === undefined || !context.recorder.hasGraph) return;
  const { run, ok, elapsedMs } = report;
  const record = context.recorder.record({
    run,
    ok,
    elapsedMs,
    startedAt,
    repository: planned.repository.root,
    request: recordedRequest(context.request),
    toolchains: toolchainsOf(planned),
    targets: requestedTargets(planned, works),
    dependenciesOf: (node) => directDependencies(works.graph.nodes[node]),
    keyOf: (node) => (node < works.graph.nodes.length ? works.work.keyOf(node)?.hash : undefined),
  });
  new RunHistory(context.store, planned.repository.root).add(record);
}

function recordedRequest(request: BuildRequest): RecordedRequest {
  const { targets, purpose, profile, target, features, allFeatures, noDefaultFeatures } = request;
  return {
    targets,
    purpose,
    ...(profile === undefined ? {} : { profile }),
    ...(target === undefined ? {} : { target }),
    features,
    allFeatures,
    noDefaultFeatures,
  };
}

/** What rustc calls itself, by the tree of the toolchain. */
export function toolchainsOf({ plans, python }: PlannedRun): Readonly<Record<string, string>> {
  const all = [...plans, ...python.extensions];
  return Object.fromEntries(all.map(({ facts: { toolchain } }) => [contentOf(toolchain.tree.hash), `rustc ${toolchain.rustcVersion}`]));
}

/** The nodes behind each name that was asked for, whether anything came of it or not. */
export function requestedTargets({ plans, python }: PlannedRun, { graph }: Pick<RunWorks, 'graph'>): readonly RecordedTarget[] {
  const targets = new Map<string, NodeId[]>();
  const add = (name: string, node: NodeId): void => void targets.set(name, [...(targets.get(name) ?? []), node]);
  for (const node of graph.nodes) {
    const isAsked = plans.includes(node.workspace) && node.workspace.roots.includes(node.unit.index);
    if (isAsked) add(node.unit.unit.package.name, node.id);
  }
  for (const { name, node } of python.outputs) add(name, graph.nodes.length + node);
  return Array.from(targets, ([name, nodes]) => ({ name, nodes }));
}

/** What a unit is directly built from; `undefined`: it is no unit. */
export function directDependencies(node: RustNode | undefined): readonly NodeId[] | undefined {
  return node?.unit.unit.dependencies.map(({ index }) => node.nodeOf(index));
}
