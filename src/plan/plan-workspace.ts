import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { planUnits } from '../rust/units/plan-units.ts';
import { workspaceFacts, type WorkspaceQuestion } from './workspace-facts.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

export interface PlanOptions extends WorkspaceQuestion {
  /** Directory of the workspace relative to the repository. */
  readonly member: string;
}

/** Plans one selection of one workspace. */
export async function planWorkspace(options: PlanOptions): Promise<Result<WorkspacePlan>> {
  const { member } = options;
  const known = await workspaceFacts(options);
  if (!known.ok) return known;
  const plan = planUnits(known.value.facts);
  return plan.ok ? ok({ member, ...known.value, ...plan.value }, [...(known.warnings ?? []), ...(plan.warnings ?? [])]) : plan;
}
