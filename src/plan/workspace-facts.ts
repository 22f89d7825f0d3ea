import { ok, type Result } from '../diagnostics/diagnostic.ts';
import type { Digest } from '../model/digest.ts';
import { gatherFacts } from '../rust/cargo/gather-facts.ts';
import type { ProcessRunner } from '../rust/cargo/process.ts';
import type { CargoSelection } from '../rust/selection.ts';
import type { Toolchain } from '../rust/toolchain.ts';
import type { Store } from '../store/store.ts';
import { type RecalledFacts, recallFacts, rememberFacts } from './plan-cache.ts';

export interface WorkspaceQuestion {
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

/** What cargo says about one selection of one workspace: from the plan cache while nothing it read has changed, else by asking. */
export async function workspaceFacts(question: WorkspaceQuestion): Promise<Result<RecalledFacts>> {
  const { workspaceRoot, repositoryRoot, selection, toolchain, environment, store } = question;
  const { sysroot, cargo, rustc, rustcVerboseVersion, cargoVersion } = toolchain;
  const key = {
    workspaceRoot,
    question: { selection, repositoryRoot, toolchain: { sysroot, cargo, rustc, rustcVerboseVersion, cargoVersion } },
  };
  const recalled = recallFacts({ store, key, environment, toolchain });
  if (recalled !== undefined) return ok(recalled);
  const startedAt = question.now();
  const gathering = gatherFacts(question);
  hashMeanwhile(toolchain);
  const gathered = await gathering;
  if (!gathered.ok) return gathered;
  const answer = rememberFacts({ store, key, environment, ...gathered.value, startedAt });
  return ok({ ...gathered.value, ...(answer === undefined ? {} : { answer }) }, gathered.warnings);
}

/** A toolchain that was never hashed takes as long as cargo does, whose processes have been started. */
function hashMeanwhile(toolchain: Toolchain): Digest {
  return toolchain.tree;
}
