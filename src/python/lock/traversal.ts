import type { DistributionName } from '../distribution-name.ts';
import type { ResolutionRequest } from '../resolution.ts';
import { conflictName, type MarkerAnswers } from './lock-markers.ts';
import type { LockedPackage, LockedRequirement, LockEdge, UvLock } from './lock.ts';

/** An entry that a request needs. */
export interface ReachedPackage {
  readonly entry: LockedPackage;
  /** Extras that somebody asked of it. */
  readonly extras: ReadonlySet<DistributionName>;
  /** Names of what it needs itself. */
  readonly dependencies: ReadonlySet<DistributionName>;
}

export interface LockWalk {
  readonly lock: UvLock;
  /** The entries that the request is for. */
  readonly roots: readonly LockedPackage[];
  readonly request: ResolutionRequest;
  readonly answers: MarkerAnswers;
}

/** An edge that fits no entry, or more than one. `from` undefined: the lock itself asks. */
export class LooseEdge extends Error {
  readonly from: LockedPackage | undefined;
  readonly edge: Pick<LockEdge, 'name'>;
  constructor(from: LockedPackage | undefined, edge: Pick<LockEdge, 'name'>) {
    super(`edge to ${edge.name}`);
    this.name = 'LooseEdge';
    this.from = from;
    this.edge = edge;
  }
}

export interface Traversed {
  readonly reached: readonly ReachedPackage[];
  /** Everything that was active in the end, as {@link conflictName} has it. */
  readonly activated: ReadonlySet<string>;
}

/**
 * Follows the lock's edges from the root, as uv does: with a lock that knows conflicts, markers ask which extras are active, which
 * only a walk can tell. So it is walked until no further extra becomes active; the last walk is the answer.
 *
 * Throws {@link LooseEdge} and `UnreadableMarker`.
 */
export function traverse(walk: LockWalk): Traversed {
  let activated = initiallyActive(walk);
  for (;;) {
    const pass = new Pass(walk, activated);
    pass.run();
    const grown = new Set([...activated, ...pass.activated]);
    if (walk.lock.conflicts.length === 0 || grown.size === activated.size) return { reached: pass.reached(), activated: grown };
    activated = grown;
  }
}

function initiallyActive({ request, roots }: LockWalk): ReadonlySet<string> {
  return new Set(
    roots.flatMap(({ name, extras, groups }) => [
      ...(request.withProject ? [conflictName({ package: name, extra: undefined, group: undefined })] : []),
      ...request.extras.filter((extra) => extras.has(extra)).map((extra) => conflictName({ package: name, extra, group: undefined })),
      ...request.groups.filter((group) => groups.has(group)).map((group) => conflictName({ package: name, extra: undefined, group })),
    ]),
  );
}

interface Reached {
  readonly entry: LockedPackage;
  readonly extras: Set<DistributionName>;
  readonly dependencies: Set<DistributionName>;
}

class Pass {
  /** Extras that were asked for on the way. */
  readonly activated = new Set<string>();
  readonly #walk: LockWalk;
  readonly #initial: ReadonlySet<string>;
  readonly #reached = new Map<LockedPackage, Reached>();
  readonly #queue: { readonly entry: LockedPackage; readonly edges: readonly LockEdge[] }[] = [];

  constructor(walk: LockWalk, initial: ReadonlySet<string>) {
    this.#walk = walk;
    this.#initial = initial;
  }

  run(): void {
    const { lock, roots, request } = this.#walk;
    for (const root of roots) {
      if (request.withProject) this.#reach(root, request.extras);
      for (const group of request.groups) this.#queue.push({ entry: root, edges: root.groups.get(group) ?? [] });
    }
    if (request.root === undefined) {
      const { requirements, groups } = lock.manifest;
      const named = request.groups.flatMap((group) => groups.get(group) ?? []);
      for (const requirement of request.withProject ? [...requirements, ...named] : named) this.#require(requirement);
    }
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      for (const edge of next.edges) this.#follow(next.entry, edge);
    }
  }

  reached(): readonly ReachedPackage[] {
    return [...this.#reached.values()];
  }

  /** What the lock itself asks for names no version: of several entries the one whose fork this environment is in. */
  #require({ name, extras, marker }: LockedRequirement): void {
    const { lock, answers } = this.#walk;
    if (!answers.holds(marker, this.#initial)) return;
    const fitting = (lock.byName.get(name) ?? []).filter(
      ({ forks }) => forks.length === 0 || forks.some((fork) => answers.holds(fork, this.#initial)),
    );
    const [only] = fitting;
    if (only === undefined || fitting.length > 1) throw new LooseEdge(undefined, { name });
    this.#reach(only, extras);
  }

  #follow(from: LockedPackage, edge: LockEdge): void {
    if (!this.#walk.answers.holds(edge.marker, this.#activeOn(edge))) return;
    const entry = this.#target(from, edge);
    this.#reached.get(from)?.dependencies.add(entry.name);
    this.#reach(entry, edge.extras);
  }

  /** `member[cpu]` may depend on `cpu` being active, which this very edge brings about. */
  #activeOn(edge: LockEdge): ReadonlySet<string> {
    if (edge.extras.length === 0 || this.#walk.lock.conflicts.length === 0) return this.#initial;
    return new Set([...this.#initial, ...edge.extras.map((extra) => conflictName({ package: edge.name, extra, group: undefined }))]);
  }

  #target(from: LockedPackage, edge: LockEdge): LockedPackage {
    const named = this.#walk.lock.byName.get(edge.name) ?? [];
    const fitting =
      edge.version === undefined && edge.source === undefined
        ? named
        : named.filter(
            ({ version, source }) =>
              (edge.version === undefined || edge.version === version) && (edge.source === undefined || edge.source === source.key),
          );
    const [only] = fitting;
    if (only === undefined || fitting.length > 1) throw new LooseEdge(from, edge);
    return only;
  }

  #reach(entry: LockedPackage, extras: readonly DistributionName[]): void {
    let reached = this.#reached.get(entry);
    if (reached === undefined) {
      reached = { entry, extras: new Set(), dependencies: new Set() };
      this.#reached.set(entry, reached);
      this.#queue.push({ entry, edges: entry.dependencies });
    }
    for (const extra of extras) {
      if (reached.extras.has(extra)) continue;
      reached.extras.add(extra);
      this.activated.add(conflictName({ package: entry.name, extra, group: undefined }));
      this.#queue.push({ entry, edges: entry.extras.get(extra) ?? [] });
    }
  }
}
