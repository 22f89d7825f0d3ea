import type { NodeId } from '../engine/events.ts';
import type { PlannedRun } from '../plan/plan-run.ts';
import type { RunContext } from '../plan/run-context.ts';
import type { RecordedTarget } from '../record/run-record.ts';
import { type DescribedNode, describeNodes } from './described-nodes.ts';
import { type MadePlan, makeNixPlan } from './make-plan.ts';
import { noSystem } from './nix-diagnostics.ts';
import type { NixLibrary } from './nix-library.ts';
import { NIX_SYSTEMS, nixSystem } from './systems.ts';

/** The plan of one system, with what is written down of its derivations. */
export interface DescribedPlan {
  readonly made: MadePlan;
  /** Nix's name of it. */
  readonly system: string;
  readonly nodes: ReadonlyMap<string, DescribedNode>;
}

interface PlanSurroundings {
  readonly context: RunContext;
  readonly library: NixLibrary;
  readonly machine: Pick<NodeJS.Process, 'platform' | 'arch'>;
}

/** What a planned run comes to as derivations. `undefined`: something is wrong, and the context has been told what. */
export function describePlan({ context, library, machine }: PlanSurroundings, planned: PlannedRun): DescribedPlan | undefined {
  const { store } = context;
  const { environment, now, purpose } = context.request;
  const system = nixSystem(machine.platform, machine.arch);
  if (system === undefined) {
    context.say(noSystem(machine));
    return undefined;
  }
  const { repository } = planned;
  const runs = [{ system, host: NIX_SYSTEMS[system] ?? '', planned, checked: purpose === 'check' ? planned : undefined }];
  const made = context.take(makeNixPlan({ store, runs, mayLeaveOut: false, environment, now }));
  return made === undefined ? undefined : { made, system, nodes: describeNodes({ made, repository, library, environment }) };
}

/** The nodes behind each name that was asked for. */
export function recordedTargets(described: DescribedPlan): readonly RecordedTarget[] {
  const { made, system } = described;
  const positions = positionsIn(described);
  const targets = new Map<string, NodeId[]>();
  const add = (name: string, nodes: readonly string[]): void =>
    void targets.set(name, [...(targets.get(name) ?? []), ...nodes.flatMap((node) => positions.get(node) ?? [])]);
  for (const { target, node } of Object.values(made.plan.systems[system]?.outputs ?? {})) add(target, [node]);
  for (const { subject, nodes } of made.checks[system] ?? []) add(subject, nodes);
  return Array.from(targets, ([name, nodes]) => ({ name, nodes }));
}

/** Positions of the nodes by name. */
export function positionsIn({ nodes }: DescribedPlan): ReadonlyMap<string, NodeId> {
  return new Map([...nodes.keys()].map((name, position) => [name, position]));
}
