import type { BuildReport } from '../plan/build-report.ts';
import { keepRecord } from '../plan/record-run.ts';
import type { RunContext } from '../plan/run-context.ts';
import { IngredientNotes } from '../record/ingredient-notes.ts';
import { recordedToolchains } from './described-nodes.ts';
import { type DescribedPlan, recordedTargets } from './described-plan.ts';
import type { NixProgress } from './nix-progress.ts';

/** Keeps the record of a run by Nix. `false`: it could not be written where it was asked for, which has been told (F1084). */
export function recordNixRun(options: {
  readonly context: RunContext;
  readonly described: DescribedPlan;
  readonly progress: NixProgress;
  readonly report: Pick<BuildReport, 'run' | 'ok' | 'elapsedMs'>;
  /** Of the repository, absolute. */
  readonly root: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}): boolean {
  const { context, described, progress } = options;
  if (!context.recorder.hasGraph) return true;
  const { store } = context;
  const notes = new IngredientNotes(store);
  const nothing = store.putBlob('');
  const keys = [...described.nodes.values()].map(({ key }) => key);
  for (const { key, ingredients } of described.nodes.values()) {
    if (notes.get(key) === undefined) notes.keep({ hash: key, size: 0 }, ingredients);
  }
  // What Nix has built is Nix's: here it is only known that it was, and how long that took.
  for (const [name, { elapsedMs, lines }] of progress.built()) {
    const key = described.nodes.get(name)?.key;
    const stderr = store.putBlob(lines.join('\n'));
    if (key !== undefined) store.putResult({ hash: key, size: 0 }, { exitCode: 0, outputs: [], stdout: nothing, stderr, elapsedMs });
  }
  return keepRecord({
    ...options,
    engine: 'nix',
    toolchains: recordedToolchains(described.made.plan),
    targets: recordedTargets(described),
    dependenciesOf: () => undefined,
    keyOf: (node) => keys[node],
  });
}
