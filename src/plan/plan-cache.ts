import { sha256Of } from '../model/digest.ts';
import type { RustFacts } from '../rust/facts.ts';
import type { Toolchain } from '../rust/toolchain.ts';
import type { ReadSet } from '../rust/cargo/read-set.ts';
import type { Package, Unit } from '../rust/unit.ts';
import type { Store } from '../store/store.ts';
import { changedSince, type Environment, firstChange, type ReadSetStamp, stampReadSet } from './read-set-stamp.ts';
import type { PlanAnswer } from './workspace-plan.ts';

/** Raised whenever facts gain or lose a field: older entries are then forgotten. */
const FORMAT = 4;

export interface PlanCacheKey {
  /** Absolute directory of the workspace. */
  readonly workspaceRoot: string;
  /** Everything else the facts depend on that is not in files: selection, toolchain, source anchor. */
  readonly question: unknown;
}

export interface RecalledFacts {
  readonly facts: RustFacts;
  readonly read: ReadSet;
  /** Absent: these answers were not kept. */
  readonly answer?: PlanAnswer;
}

/** cargo's answers from last time, or `undefined` when anything they came from has changed. Starts no process. */
export function recallFacts(options: {
  readonly store: Store;
  readonly key: PlanCacheKey;
  readonly environment: Environment;
  /** The present one: its files may be others though it calls itself the same. */
  readonly toolchain: Toolchain;
}): RecalledFacts | undefined {
  const { store, key, environment, toolchain } = options;
  const note = store.getNote('plan', noteKey(key));
  if (note === undefined) return undefined;
  const entry = unpack(note);
  if (entry === undefined || firstChange({ readSet: entry.readSet, stamp: entry.stamp, environment }) !== undefined) return undefined;
  if (entry.facts.toolchain.tree.hash !== toolchain.tree.hash) return undefined;
  return { facts: entry.facts, read: entry.readSet, answer: answerOf(key, note) };
}

/** Keeps cargo's answers together with the stamps of what they came from; `undefined`: they are not kept, for something is changing. */
export function rememberFacts(options: {
  readonly store: Store;
  readonly key: PlanCacheKey;
  readonly environment: Environment;
  readonly facts: RustFacts;
  readonly read: ReadSet;
  /** Milliseconds since the epoch when cargo was first asked: what was touched since may not be what cargo saw, and is not remembered. */
  readonly startedAt: number;
}): PlanAnswer | undefined {
  const { store, key, environment, facts, read, startedAt } = options;
  const stamp = stampReadSet({ readSet: read, environment, readAt: startedAt });
  if (changedSince(read, startedAt)) return undefined;
  const entry: Entry = { format: FORMAT, readSet: read, stamp, facts };
  const note = pack(entry);
  store.putNote('plan', noteKey(key), note);
  return answerOf(key, note);
}

function answerOf(key: PlanCacheKey, note: string): PlanAnswer {
  return { question: noteKey(key), identity: sha256Of(note) };
}

interface Entry {
  readonly format: number;
  readonly readSet: ReadSet;
  readonly stamp: ReadSetStamp;
  readonly facts: RustFacts;
}

function noteKey(key: PlanCacheKey): string {
  return JSON.stringify([FORMAT, key.workspaceRoot, key.question]);
}

type PackedUnit = Omit<Unit, 'package'> & { readonly package: number };

/** Many units share a package: packages are written once and units point to them. */
function pack(entry: Entry): string {
  const packages: Package[] = [];
  const positions = new Map<string, number>();
  const units = entry.facts.graph.units.map((unit): PackedUnit => {
    let position = positions.get(unit.package.id);
    if (position === undefined) {
      position = packages.push(unit.package) - 1;
      positions.set(unit.package.id, position);
    }
    return { ...unit, package: position };
  });
  return JSON.stringify({ ...entry, packages, facts: { ...entry.facts, graph: { ...entry.facts.graph, units } } });
}

type PackedEntry = Omit<Entry, 'facts'> & {
  readonly packages: readonly Package[];
  readonly facts: Omit<RustFacts, 'graph'> & {
    readonly graph: { readonly units: readonly PackedUnit[]; readonly roots: readonly number[] };
  };
};

/** The store's notes are our own and carry the format's number: what this version wrote is what this version reads. */
function isPackedEntry(value: unknown): value is PackedEntry {
  return (
    typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT && 'packages' in value && 'facts' in value
  );
}

function unpack(note: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(note);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isPackedEntry(value)) return undefined;
  const { packages, facts } = value;
  const units: Unit[] = [];
  for (const unit of facts.graph.units) {
    const owner = packages[unit.package];
    if (owner === undefined) return undefined;
    units.push({ ...unit, package: owner });
  }
  return { ...value, facts: { ...facts, graph: { units, roots: facts.graph.roots } } };
}
