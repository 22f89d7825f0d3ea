import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { gatherFacts } from '../rust/cargo/gather-facts.ts';
import { planUnits } from '../rust/units/plan-units.ts';
import type { ProcessRunner } from '../rust/cargo/process.ts';
import type { CargoSelection } from '../rust/selection.ts';
import type { Toolchain } from '../rust/toolchain.ts';
import type { Store } from '../store/store.ts';
import { recallFacts, rememberFacts } from './plan-cache.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

export interface PlanOptions {
  /** Directory of the workspace relative to the repository. */
  readonly member: string;
  /** Absolute. */
  readonly workspaceRoot: string;
  readonly repositoryRoot: string;
  readonly selection: CargoSelection;
  readonly toolchain: Toolchain;
  readonly environment: Readonly<Record<string, string>>;
  readonly offline: boolean;
  readonly store: Store;
  readonly run: ProcessRunner;
  /** Told what cargo says while it fetches. */
  readonly onProgress: (text: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Plans one selection of one workspace: from the plan cache while nothing it read has changed, else by asking cargo. */
export async function planWorkspace(options: PlanOptions): Promise<Result<WorkspacePlan>> {
  const { member, workspaceRoot, repositoryRoot, selection, toolchain, environment, store } = options;
  const key = { workspaceRoot, question: { selection, repositoryRoot, toolchain } };
  const recalled = recallFacts({ store, key, environment });
  if (recalled !== undefined) {
    const plan = planUnits(recalled.facts);
    return plan.ok ? ok({ member, ...recalled, ...plan.value }) : plan;
  }
  const startedAt = options.now();
  const gathered = await gatherFacts({
    workspaceRoot,
    repositoryRoot,
    selection,
    toolchain,
    environment,
    offline: options.offline,
    run: options.run,
    onProgress: options.onProgress,
  });
  if (!gathered.ok) return gathered;
  const { facts, read } = gathered.value;
  const plan = planUnits(facts);
  if (!plan.ok) return plan;
  rememberFacts({ store, key, environment, facts, read, startedAt });
  return ok({ member, facts, read, ...plan.value }, [...(gathered.warnings ?? []), ...(plan.warnings ?? [])]);
}
