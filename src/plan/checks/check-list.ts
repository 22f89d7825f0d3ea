import type { NeededUnit } from '../python/step.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import type { CheckNode, PlannedCheck, PlannedChecks } from './check.ts';

/** Collects the checks of a run while they are planned. */
export class CheckList {
  readonly #nodes: CheckNode[] = [];
  readonly #checks: PlannedCheck[] = [];
  readonly #watched = new Set<string>();
  readonly #wanted = new Map<WorkspacePlan, Set<number>>();

  /** Adds a check: its commands, and the units that have to compile. */
  add(check: {
    readonly subject: string;
    readonly name: string;
    readonly units: readonly NeededUnit[];
    readonly nodes: readonly CheckNode[];
    readonly skipped?: string;
  }): void {
    const { nodes, ...about } = check;
    const first = this.#nodes.length;
    this.#nodes.push(...nodes);
    this.#checks.push({ ...about, nodes: nodes.map((_, index) => first + index) });
  }

  /** Names files and directories outside of the repository that decide what the checks are, there or not. Absolute. */
  watch(paths: readonly string[]): void {
    for (const path of paths) this.#watched.add(path);
  }

  /** Names a plan whose units are needed as far as checks need them. */
  uses(plan: WorkspacePlan): void {
    if (!this.#wanted.has(plan)) this.#wanted.set(plan, new Set());
  }

  get checks(): readonly PlannedCheck[] {
    return this.#checks;
  }

  get plans(): readonly WorkspacePlan[] {
    return [...this.#wanted.keys()];
  }

  /** `isOurs` is asked for each piece: a test program, or a check of another kind. */
  finish(isOurs: () => boolean): Omit<PlannedChecks, 'lacks'> {
    const checks = this.#checks.flatMap((check) => sharedCheck(check, isOurs) ?? []);
    const kept = checks.flatMap((check) => check.nodes);
    const places = new Map(kept.map((node, place) => [node, place]));
    const nodes = kept.flatMap((node) => this.#nodes[node] ?? []);
    for (const { workspace, unit } of [...checks.flatMap(({ units }) => units), ...nodes.flatMap(({ units }) => units)]) {
      const wanted = this.#wanted.get(workspace);
      if (wanted !== undefined) addWithNeeds(workspace, unit, wanted);
    }
    const placed = checks.map((check) => ({ ...check, nodes: check.nodes.map((node) => places.get(node) ?? 0) }));
    return { plans: [...this.#wanted.keys()], wanted: this.#wanted, nodes, checks: placed, watched: [...this.#watched] };
  }
}

/** A check of several programs is shared out program by program; what else has to compile goes with the first. */
function sharedCheck(check: PlannedCheck, isOurs: () => boolean): PlannedCheck | undefined {
  if (check.nodes.length < 2) return isOurs() ? check : undefined;
  const kept = check.nodes.map((node, place) => ({ node, unit: check.units[place] })).filter(() => isOurs());
  return kept.length === 0 ? undefined : { ...check, nodes: kept.map(({ node }) => node), units: kept.flatMap(({ unit }) => unit ?? []) };
}

function addWithNeeds(plan: WorkspacePlan, unit: number, wanted: Set<number>): void {
  if (wanted.has(unit)) return;
  wanted.add(unit);
  for (const { index } of plan.units[unit]?.unit.dependencies ?? []) addWithNeeds(plan, index, wanted);
}
