import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Action, ActionKey, ActionResult } from '../../model/action.ts';
import type { Store } from '../../store/store.ts';
import type { StepSurroundings } from './step.ts';

/** A finished action of the Python half. */
export interface RanAction {
  readonly result: ActionResult;
  /** How to run it again in what was kept of it; empty: nothing was. */
  readonly hints: readonly string[];
}

/** Runs an action, and keeps its result if it succeeded. */
export async function runKept(options: {
  readonly store: Store;
  readonly action: Action;
  readonly key: ActionKey;
  readonly label: string;
  readonly surroundings: Pick<StepSurroundings, 'engine' | 'keepSandbox'>;
}): Promise<Result<RanAction>> {
  const { store, action, key, label } = options;
  const { engine, keepSandbox } = options.surroundings;
  const hints: string[] = [];
  const onSandboxKept = (sandbox: { readonly script: string }): number => hints.push(`run it again with \`${sandbox.script}\``);
  const result = await engine.run({ action, key, label, keepSandbox, onSandboxKept });
  if (!result.ok) return result;
  if (result.value.exitCode === 0) store.putResult(key, result.value);
  return ok({ result: result.value, hints });
}

/** A failure that also says how to run its action again. */
export function withHints<T>(finished: Result<T>, hints: readonly string[]): Result<T> {
  if (finished.ok || hints.length === 0) return finished;
  return {
    ok: false,
    diagnostics: finished.diagnostics.map((diagnostic) => ({ ...diagnostic, hints: [...(diagnostic.hints ?? []), ...hints] })),
  };
}
