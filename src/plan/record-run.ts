import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { RunHistory } from '../record/run-history.ts';
import { contentOf, type RecordedRequest, type RecordedTarget, type RunRecord } from '../record/run-record.ts';
import type { RunCircumstances } from '../record/run-recorder.ts';
import type { NodeId } from '../engine/events.ts';
import type { BuildReport } from './build-report.ts';
import type { BuildRequest } from './build-request.ts';
import type { PlannedRun } from './plan-run.ts';
import type { RunContext } from './run-context.ts';
import { plansOf, type RunWorks } from './run-works.ts';
import type { RustNode } from './rust-graph.ts';

/** Keeps the record of a run that came as far as to have a graph. `false`: it could not be written where it was asked for, which has been told (F1084). */
export function recordRun(options: {
  readonly context: RunContext;
  readonly planned: PlannedRun;
  readonly works: RunWorks | undefined;
  readonly report: BuildReport;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}): boolean {
  const { planned, works } = options;
  if (works === undefined) return true;
  return keepRecord({
    ...options,
    root: planned.repository.root,
    toolchains: toolchainsOf(planned),
    targets: requestedTargets(planned, works),
    dependenciesOf: (node) => directDependencies(works.graph.nodes[node]),
    keyOf: (node) => (node < works.graph.nodes.length ? works.work.keyOf(node)?.hash : undefined),
  });
}

/** The same for whichever engine. */
export function keepRecord(
  options: Pick<RunCircumstances, 'engine' | 'startedAt' | 'toolchains' | 'targets' | 'dependenciesOf' | 'keyOf'> & {
    readonly context: RunContext;
    readonly report: Pick<BuildReport, 'run' | 'ok' | 'elapsedMs'>;
    /** Of the repository, absolute. */
    readonly root: string;
  },
): boolean {
  const { context, report, root, engine, startedAt, toolchains, targets, dependenciesOf, keyOf } = options;
  if (!context.recorder.hasGraph) return true;
  const { run, ok, elapsedMs } = report;
  const record = context.recorder.record({
    run,
    ok,
    elapsedMs,
    startedAt,
    ...(engine === undefined ? {} : { engine }),
    repository: root,
    request: recordedRequest(context.request, root),
    toolchains,
    targets,
    dependenciesOf,
    keyOf,
  });
  const history = new RunHistory(context.store, root);
  history.add(record);
  const { record: path } = context.request;
  const unwritten = path === undefined ? undefined : writeRecord(path, history.complete(record));
  if (unwritten !== undefined) context.say(unwritten);
  return unwritten === undefined;
}

function writeRecord(path: string, record: RunRecord): Diagnostic | undefined {
  try {
    writeFileSync(path, `${JSON.stringify(record)}\n`);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return {
      code: 'F1084',
      severity: 'error',
      blame: 'infrastructure',
      message: `the record of the run cannot be written to \`${path}\``,
      facts: [['system error', String(error.code)]],
      hints: ['what was built is there; choose another place with `--record PATH`'],
    };
  }
}

function recordedRequest(request: BuildRequest, root: string): RecordedRequest {
  const { targets, directory, purpose, profile, target, features, allFeatures, noDefaultFeatures } = request;
  return {
    targets,
    directory: relative(root, directory),
    purpose,
    ...(profile === undefined ? {} : { profile }),
    ...(target === undefined ? {} : { target }),
    features,
    allFeatures,
    noDefaultFeatures,
    ...(request.checks === undefined ? {} : { checks: request.checks.only }),
  };
}

/** What rustc calls itself, by the tree of the toolchain. */
export function toolchainsOf(planned: PlannedRun): Readonly<Record<string, string>> {
  const all = plansOf(planned);
  return Object.fromEntries(all.map(({ facts: { toolchain } }) => [contentOf(toolchain.tree.hash), `rustc ${toolchain.rustcVersion}`]));
}

/** The nodes behind each name that was asked for, whether anything came of it or not. */
export function requestedTargets(
  { plans, python, checks }: PlannedRun,
  { graph, nodeOf, checkOffset }: Pick<RunWorks, 'graph' | 'nodeOf' | 'checkOffset'>,
): readonly RecordedTarget[] {
  const targets = new Map<string, NodeId[]>();
  const add = (name: string, node: NodeId): void => void targets.set(name, [...(targets.get(name) ?? []), node]);
  for (const node of graph.nodes) {
    const isAsked = plans.includes(node.workspace) && node.workspace.roots.includes(node.unit.index);
    if (isAsked) add(node.unit.unit.package.name, node.id);
  }
  for (const { name, node } of python.outputs) add(name, graph.nodes.length + node);
  for (const { subject, units, nodes } of checks.checks) {
    for (const node of [...units.map(nodeOf), ...nodes.map((place) => checkOffset + place)]) add(subject, node);
  }
  return Array.from(targets, ([name, nodes]) => ({ name, nodes }));
}

/** What a unit is directly built from; `undefined`: it is no unit. */
export function directDependencies(node: RustNode | undefined): readonly NodeId[] | undefined {
  return node?.unit.unit.dependencies.map(({ index }) => node.nodeOf(index));
}
