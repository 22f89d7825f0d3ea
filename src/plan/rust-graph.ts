import type { NodeId } from '../engine/events.ts';
import type { Need, ScheduledNode } from '../engine/scheduler.ts';
import type { CompileUnit, PlannedUnit } from '../rust/planned-unit.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** One planned unit of one workspace, as a node of the whole run's graph. */
export interface RustNode {
  readonly id: NodeId;
  readonly workspace: WorkspacePlan;
  readonly unit: PlannedUnit;
  /** Node of another unit of the same workspace. */
  readonly nodeOf: (unit: number) => NodeId;
}

export interface RustGraph {
  readonly nodes: readonly RustNode[];
  readonly scheduled: readonly ScheduledNode[];
}

/** Puts the plans of all workspaces into one graph. Units that turn out to be the same action are run once: that is decided by key, while running. */
export function rustGraph(options: {
  readonly plans: readonly WorkspacePlan[];
  /** Units that are needed of a plan, with all below them; a plan that is missing here is needed whole; absent: all are. */
  readonly wanted?: ReadonlyMap<WorkspacePlan, ReadonlySet<number>>;
  /** Milliseconds a unit took last time, by label; `undefined`: unknown. */
  readonly lastElapsed: (label: string) => number | undefined;
}): RustGraph {
  const nodes: RustNode[] = [];
  const scheduled: ScheduledNode[] = [];
  for (const workspace of options.plans) {
    const wanted = options.wanted?.get(workspace);
    const offset = nodes.length;
    const units = wanted === undefined ? workspace.units : workspace.units.filter(({ index }) => wanted.has(index));
    const nodeOf = wanted === undefined ? (unit: number): NodeId => offset + unit : placesOf(units, offset);
    for (const unit of units) {
      const id = nodeOf(unit.index);
      nodes.push({ id, workspace, unit, nodeOf });
      scheduled.push({
        id,
        label: unit.label,
        verb: unit.kind === 'run-script' ? 'run' : unit.unit.mode === 'check' ? 'check' : 'compile',
        estimateMs: options.lastElapsed(unit.label) ?? defaultEstimate(unit),
        needs: needsOf(unit, workspace.units).map((need) => ({ ...need, node: nodeOf(need.node) })),
      });
    }
  }
  return { nodes, scheduled };
}

/** The node of each unit: in their order, behind `offset` others. */
function placesOf(units: readonly PlannedUnit[], offset: NodeId): (unit: number) => NodeId {
  const places = new Map(units.map(({ index }, position) => [index, offset + position]));
  return (unit) => {
    const place = places.get(unit);
    if (place === undefined) throw new Error(`internal: unit ${unit} is not in the graph`);
    return place;
  };
}

/** What a unit waits for, by position in its workspace's plan. Metadata is enough where only metadata is read. */
function needsOf(unit: PlannedUnit, units: readonly PlannedUnit[]): readonly Need[] {
  const needs = new Map<number, boolean>();
  const add = (index: number, early: boolean): void => {
    needs.set(index, (needs.get(index) ?? true) && early);
  };
  if (unit.kind === 'run-script') {
    if (unit.script !== undefined) add(unit.script.unit, false);
    for (const script of unit.dependencyScripts) add(script.unit, false);
    for (const script of unit.pluginScripts) add(script, false);
  } else {
    for (const artifact of unit.artifacts) {
      const maker = units[artifact.unit];
      add(artifact.unit, maker?.kind === 'compile' && earlyFile(maker) === artifact.file);
    }
    for (const script of [...unit.linkScripts, ...unit.pluginScripts]) add(script, false);
    if (unit.ownScript !== undefined) add(unit.ownScript, false);
  }
  return [...needs].map(([node, early]) => ({ node, early }));
}

/** Name of the metadata file that rustc announces before it generates code; `undefined`: there is nothing to wait for early. */
export function earlyFile(unit: CompileUnit): string | undefined {
  if (unit.outputs.length < 2) return undefined;
  const makesCode = unit.outputs.some((file) => file.kind === 'rlib' || file.kind === 'dylib');
  return makesCode ? unit.outputs.find((file) => file.kind === 'rmeta')?.name : undefined;
}

/** Before anything was measured: what links and what many others build on takes longest. */
function defaultEstimate(unit: PlannedUnit): number {
  if (unit.kind === 'run-script') return 300;
  return unit.links ? 1500 : 1000;
}
