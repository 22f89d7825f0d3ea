import { relative } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Engine } from '../engine/engine.ts';
import type { EventSink, NodeId, Outcome } from '../engine/events.ts';
import type { NodeWork, Outcomes, ScheduledNode } from '../engine/scheduler.ts';
import type { Digest } from '../model/digest.ts';
import type { TreeFiles } from '../record/action-ingredients.ts';
import { IngredientLog } from '../record/ingredient-notes.ts';
import type { TreeMemory } from '../source/tree-memory.ts';
import type { PlannedRun } from './plan-run.ts';
import { ElapsedTimes } from './elapsed-times.ts';
import { extensionOutcome } from './extension-outcome.ts';
import { type HostEnvironment, hostEnvironment } from './host-environment.ts';
import { knownPaths } from './known-paths.ts';
import { CheckWork, scheduledChecks } from './checks/work.ts';
import type { NeededUnit } from './python/step.ts';
import { PythonWork, scheduledPython } from './python/work.ts';
import type { RunContext } from './run-context.ts';
import { RunSources } from './run-sources.ts';
import { type RustGraph, rustGraph, type RustNode } from './rust-graph.ts';
import type { ArtifactFile } from './rust-lowering.ts';
import { RustWork } from './rust-work.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** The graph of a run, and what does the work behind its nodes. */
export interface RunWorks extends NodeWork {
  readonly graph: RustGraph;
  /** The nodes of `graph`, then those of Python, then checks. */
  readonly scheduled: readonly ScheduledNode[];
  readonly sources: RunSources;
  readonly host: HostEnvironment;
  readonly elapsed: ElapsedTimes;
  readonly work: RustWork;
  readonly pythonWork: PythonWork;
  readonly ingredients: IngredientLog;
  readonly checkWork: CheckWork;
  /** Node of a unit. */
  readonly nodeOf: (unit: NeededUnit) => NodeId;
  /** Node of the first check. */
  readonly checkOffset: NodeId;
  /** Keeps what the run says, and passes it on. */
  readonly sink: EventSink;
  /** What was said of each node. */
  readonly said: ReadonlyMap<NodeId, readonly Diagnostic[]>;
}

export function runWorks(options: {
  readonly context: RunContext;
  readonly planned: PlannedRun;
  readonly engine: Engine;
  /** The attempt before this one, which found damage in the store. */
  readonly earlier: { readonly outcomes: Outcomes; readonly isLast: boolean } | undefined;
  /** Whether nodes to which nothing has happened are accepted without working out their actions. */
  readonly recalls: boolean;
}): RunWorks {
  const { context, planned, engine, earlier, recalls } = options;
  const { request, store, now } = context;
  const { repository, lock, python, checks } = planned;
  const { signal, environment, keepSandbox, verifyDeterminism } = request;
  const elapsed = ElapsedTimes.load(store, repository.root);
  const lastElapsed = (label: string): number | undefined => elapsed.of(label);
  const onElapsed = (label: string, elapsedMs: number): void => elapsed.record(label, elapsedMs);
  const allPlans = plansOf(planned);
  const graph = rustGraph({ plans: allPlans, wanted: checks.wanted, lastElapsed });
  const sources = new RunSources({ store, repository, lock, environment, now: request.now });
  const offset = graph.nodes.length;
  const nodeOf = unitPlaces(graph.nodes);
  const checkOffset = offset + python.nodes.length;
  const scheduled = [
    ...graph.scheduled,
    ...scheduledPython({ nodes: python.nodes, offset, nodeOf, lastElapsed }),
    ...scheduledChecks({ nodes: checks.nodes, offset: checkOffset, nodeOf, pythonNodeOf: (node) => offset + node, lastElapsed }),
  ];
  const host = hostEnvironment(environment);
  const paths = new Map(allPlans.map((plan) => [plan, knownPaths(plan.facts)]));
  const said = new Map<NodeId, Diagnostic[]>();
  const sink = observer({ context, said, labelOf: (node) => scheduled[node]?.label ?? '', earlier: earlier?.outcomes });
  const ingredients = new IngredientLog({ store, filesOf: checkoutFiles(sources.memory.trees, repository.root) });
  const isStopped = (): boolean => signal.aborted;
  const common = { store, engine, keepSandbox, sink, now, isStopped, onElapsed, ingredients };
  const work = new RustWork({
    ...common,
    nodes: graph.nodes,
    sources,
    host,
    passEnvironment: repository.config.build.passEnvironment,
    verifyDeterminism,
    isLastAttempt: earlier?.isLast === true,
    paths: (node) => paths.get(node.workspace) ?? ((text) => text),
    recalls,
  });
  const pythonWork = new PythonWork({
    ...common,
    nodes: python.nodes,
    offset,
    memory: sources.memory,
    extension: (extension) => {
      const nodes = graph.nodes.filter((node) => node.workspace === extension.plan);
      return extensionOutcome({ extension, nodes, work, store });
    },
  });
  const checkWork: CheckWork = new CheckWork({
    ...common,
    nodes: checks.nodes,
    offset: checkOffset,
    around: {
      store,
      engine,
      sources,
      host,
      passEnvironment: repository.config.build.passEnvironment,
      artifact: (unit, file) => artifactOf(work, nodeOf(unit), file),
      script: (unit) => work.scriptOf(nodeOf(unit)),
      wheel: (node) => pythonWork.found.wheel(node),
      editable: (node) => pythonWork.found.editable(node),
      outputOf: (check, path) => checkWork.outputOf(check, path),
    },
  });
  const workOf = (node: NodeId): NodeWork => (node < offset ? work : node < checkOffset ? pythonWork : checkWork);
  const prepare: NodeWork['prepare'] = async (node) => await workOf(node).prepare(node);
  return { graph, scheduled, sources, host, elapsed, work, pythonWork, checkWork, nodeOf, checkOffset, ingredients, sink, said, prepare };
}

/** Every Cargo workspace of a run, as far as it is planned: its units are the first nodes. */
export function plansOf({ plans, checks, python }: Pick<PlannedRun, 'plans' | 'checks' | 'python'>): readonly WorkspacePlan[] {
  return [...plans, ...checks.plans, ...python.extensions];
}

function artifactOf(work: RustWork, node: NodeId, file: string): ArtifactFile {
  const found = work.fileOf(node, file);
  if (found === undefined) throw new Error(`internal: there is no \`${file}\` yet`);
  return found;
}

/** The files of trees that were made from the checkout in this run, by their paths in the repository. */
export function checkoutFiles(trees: TreeMemory, repositoryRoot: string): TreeFiles {
  return (tree) => {
    const listed = trees.listed(tree);
    if (listed === undefined) return undefined;
    const prefix = relative(repositoryRoot, listed.anchor);
    return listed.files.map(({ path, state }): readonly [string, Digest] => [prefix === '' ? path : `${prefix}/${path}`, state.digest]);
  };
}

/** Keeps what a run says, and passes it on. What fails once the run was stopped failed because it was stopped. */
function observer(options: {
  readonly context: RunContext;
  readonly said: Map<NodeId, Diagnostic[]>;
  readonly labelOf: (node: number) => string;
  readonly earlier: Outcomes | undefined;
}): EventSink {
  const { context, said, labelOf, earlier } = options;
  const { sink, signal } = context.request;
  return (event) => {
    if (event.type === 'diagnostic' && signal.aborted) return;
    if (event.type === 'diagnostic') {
      context.diagnostics.push(event.diagnostic);
      if (event.node !== undefined) said.set(event.node, [...(said.get(event.node) ?? []), event.diagnostic]);
    }
    if (event.type === 'messages') {
      const { rendered, warnings, node } = event;
      if (isDone(earlier?.[node])) return;
      context.messages.push({ rendered, warnings, label: labelOf(node) });
    }
    sink(event);
  };
}

/** Whether what a node makes is there. */
export function isDone(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'executed' || outcome?.kind === 'cached';
}

/** Finds the node of a unit. */
export function unitPlaces(nodes: readonly RustNode[]): (unit: NeededUnit) => NodeId {
  const places = new Map<WorkspacePlan, RustNode['nodeOf']>();
  for (const { workspace, nodeOf } of nodes) if (!places.has(workspace)) places.set(workspace, nodeOf);
  return ({ workspace, unit }) => {
    const nodeOf = places.get(workspace);
    if (nodeOf === undefined) throw new Error(`internal: no unit of \`${workspace.member}\` is in the graph`);
    return nodeOf(unit);
  };
}
