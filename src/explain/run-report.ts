import { fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { parseSha256 } from '../model/digest.ts';
import { IngredientNotes } from '../record/ingredient-notes.ts';
import { RunHistory } from '../record/run-history.ts';
import type { RecordedNode, RunRecord } from '../record/run-record.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { discoverRepository } from '../repository/discover.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import { areAlike, namedRun, noRun } from './earlier-runs.ts';
import { runReasons } from './run-reasons.ts';
import { recordedState } from './run-state.ts';

/** A run, with why each of its units ran and what the others would have taken. */
export interface ExplainedRun {
  readonly record: RunRecord;
  /** By position in the record. */
  readonly reasons: ReadonlyMap<number, readonly string[]>;
  /** Milliseconds a unit took when its result was made; `undefined`: not known. */
  readonly savedMs: (node: RecordedNode) => number | undefined;
  /** The last run before it that was asked the same; `undefined`: none is on record. */
  readonly earlier: RunRecord | undefined;
}

/** Finds a run of the repository around a directory, the last one unless it is named. F1081, F1082; F1087 when there is none. */
export async function explainRun(options: {
  readonly store: DirectoryStore;
  /** Absolute. */
  readonly directory: string;
  /** `undefined`: the last run. */
  readonly named: { readonly written: string; /** Absolute: the file it would be. */ readonly path: string } | undefined;
}): Promise<Result<ExplainedRun>> {
  const { store, directory, named } = options;
  const repository = await discoverRepository({ directory, directories: readDirectories });
  if (!repository.ok) return repository;
  const history = new RunHistory(store, repository.value.root);
  const found = named === undefined ? lastRun(history) : namedRun(history, named);
  if (!found.ok) return found;
  const record = found.value;
  const earlier = runBefore(history, record);
  const notes = new IngredientNotes(store);
  const reasons = earlier === undefined ? undefined : runReasons(recordedState(earlier, notes), recordedState(record, notes));
  const savedMs = ({ key }: RecordedNode): number | undefined => {
    const hash = key === undefined ? undefined : parseSha256(key);
    return hash === undefined ? undefined : store.getResult({ hash, size: 0 })?.elapsedMs;
  };
  return ok({ record, reasons: reasons ?? new Map(), savedMs, earlier });
}

function lastRun(history: RunHistory): Result<RunRecord> {
  const [latest] = history.list();
  const record = latest === undefined ? undefined : history.get(latest.run);
  return record === undefined ? fail(noRun()) : ok(record);
}

/** The nearest earlier run of the same purpose and engine that has a target in common. */
function runBefore(history: RunHistory, later: RunRecord): RunRecord | undefined {
  const { startedAt, targets } = later;
  const names = new Set(targets.map(({ name }) => name));
  for (const entry of history.list()) {
    if (entry.startedAt >= startedAt || !entry.targets.some((name) => names.has(name))) continue;
    const record = history.get(entry.run);
    if (record !== undefined && areAlike(record, later)) return record;
  }
  return undefined;
}
