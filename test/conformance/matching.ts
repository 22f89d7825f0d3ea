import type { PlannedUnit } from '../../src/rust/planned-unit.ts';
import type { Process } from './differences.ts';

/** cargo's processes paired with planned units, and what cargo's hashes are called on our side. */
export interface Matching {
  /** Position of cargo's process to unit; a process without partner is missing. */
  readonly pairs: ReadonlyMap<number, PlannedUnit>;
  /** cargo's hash to ours, one to one. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Pairs of hashes that broke the one-to-one rule. */
  readonly conflicts: readonly string[];
}

const HASH = /(?<=[-=])[0-9a-f]{16}(?![0-9a-f])/g;

/**
 * Pairs by what the command is for (crate, source, features, platform, mode); where that leaves several, by fewest differences
 * and by hashes that already have a partner. Both sides' hashes must then map to each other one to one: equal names for us
 * exactly where cargo has equal names.
 */
export function matchProcesses(calls: readonly Process[], units: readonly PlannedUnit[]): Matching {
  const open = new Map<number, readonly PlannedUnit[]>();
  const taken = new Set<PlannedUnit>();
  const pairs = new Map<number, PlannedUnit>();
  const hashes = new HashMap();
  calls.forEach((call, position) => {
    const wanted = purpose(call);
    open.set(
      position,
      units.filter((unit) => purpose(ourProcess(unit)) === wanted),
    );
  });
  const choose = (position: number, unit: PlannedUnit): void => {
    const call = calls[position];
    if (call === undefined) return;
    pairs.set(position, unit);
    taken.add(unit);
    open.delete(position);
    for (const [theirs, ours] of alignedHashes(call, ourProcess(unit))) hashes.add(theirs, ours);
  };
  while (open.size > 0) {
    let progress = false;
    let tie: readonly [number, PlannedUnit] | undefined;
    for (const [position, candidates] of open) {
      const free = bestOf(
        calls[position],
        candidates.filter((unit) => !taken.has(unit)),
        hashes,
      );
      const [first] = free;
      if (first === undefined) open.delete(position);
      else if (free.length === 1) {
        choose(position, first);
        progress = true;
      } else tie ??= [position, first];
    }
    if (!progress && tie !== undefined) choose(...tie);
  }
  return { pairs, hashes: hashes.forward, conflicts: hashes.conflicts };
}

/** The text with cargo's hashes under our names. */
export function renameHashes(text: string, hashes: ReadonlyMap<string, string>): string {
  return text.replaceAll(HASH, (hash) => hashes.get(hash) ?? hash);
}

function bestOf(call: Process | undefined, candidates: readonly PlannedUnit[], hashes: HashMap): readonly PlannedUnit[] {
  if (call === undefined) return [];
  const scored = candidates.map((unit) => {
    const ours = ourProcess(unit);
    const clashes = alignedHashes(call, ours).filter(([left, right]) => hashes.clashes(left, right)).length;
    return { unit, score: clashes * 1000 + countDifferences(call, ours) };
  });
  const best = Math.min(...scored.map(({ score }) => score));
  return scored.filter(({ score }) => score === best).map(({ unit }) => unit);
}

/** A one-to-one map that remembers where it was not. */
class HashMap {
  readonly forward = new Map<string, string>();
  readonly #back = new Map<string, string>();
  readonly conflicts: string[] = [];

  clashes(theirs: string, ours: string): boolean {
    const known = this.forward.get(theirs);
    const back = this.#back.get(ours);
    return (known !== undefined && known !== ours) || (back !== undefined && back !== theirs);
  }

  add(theirs: string, ours: string): void {
    if (this.clashes(theirs, ours)) this.conflicts.push(`cargo ${theirs}, ours ${ours}`);
    else {
      this.forward.set(theirs, ours);
      this.#back.set(ours, theirs);
    }
  }
}

/** The unit's process without what build scripts will add: a prefix of cargo's. */
function ourProcess(unit: PlannedUnit): Process {
  const { environment } = unit;
  return unit.kind === 'compile' ? { arguments: unit.arguments, environment } : { arguments: [unit.script?.path ?? ''], environment };
}

function purpose(process: Process): string {
  const { environment } = process;
  const list = rustcWords(process);
  const owner = `${environment['CARGO_PKG_NAME'] ?? ''} ${environment['CARGO_PKG_VERSION'] ?? ''} ${environment['CARGO_MANIFEST_DIR'] ?? ''}`;
  if (environment['CARGO_CRATE_NAME'] === undefined) {
    const features = Object.keys(environment).filter((name) => name.startsWith('CARGO_FEATURE_'));
    return [owner, environment['TARGET'], ...features.toSorted()].join(' ');
  }
  const after = (flag: string): string => (list.includes(flag) ? (list[list.indexOf(flag) + 1] ?? '') : '');
  // Scripts may add features of their own, behind cargo's.
  const features = list.slice(0, list.indexOf('--check-cfg')).filter((argument) => argument.startsWith('feature='));
  const test = list.includes('--test') || list.includes('test') ? 'test' : '';
  return [owner, after('--crate-name'), list[4] ?? '', after('--crate-type'), after('--target'), test, ...features].join(' ');
}

/** argv from rustc on: a driver that takes its place stands before it. */
export function rustcWords({ arguments: list }: Process): readonly string[] {
  return list[1]?.endsWith('/rustc') === true ? list.slice(1) : list;
}

/** Hashes at the same place of both, as far as the texts around them agree. */
function alignedHashes(theirs: Process, ours: Process): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const align = (left: string, right: string): void => {
    if (left.replaceAll(HASH, '#') !== right.replaceAll(HASH, '#')) return;
    const leftHashes = left.match(HASH) ?? [];
    const rightHashes = right.match(HASH) ?? [];
    leftHashes.forEach((hash, at) => {
      const partner = rightHashes[at];
      if (partner !== undefined) found.push([hash, partner]);
    });
  };
  ours.arguments.forEach((argument, at) => align(theirs.arguments[at] ?? '', argument));
  for (const [name, value] of Object.entries(ours.environment)) align(theirs.environment[name] ?? '', value);
  return found;
}

function countDifferences(theirs: Process, ours: Process): number {
  const inArguments = ours.arguments.filter((argument, at) => masked(argument) !== masked(theirs.arguments[at])).length;
  const inEnvironment = Object.entries(ours.environment).filter(
    ([name, value]) => masked(value) !== masked(theirs.environment[name]),
  ).length;
  return inArguments + inEnvironment;
}

function masked(text: string | undefined): string | undefined {
  return text?.replaceAll(HASH, '#');
}
