import { join } from 'node:path';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { compareBytes } from '../../model/wire.ts';
import type { LockedBuildPackage } from '../../repository/ferrule-lock.ts';
import { type BuildLock, normalRequirements } from './build-requirements.ts';
import { readPylockPackages, type ResolvedBuild } from './pylock-packages.ts';
import { type ResolutionRules, uvFailed, type UvProgram, UvProject } from './uv-project.ts';

/** A project or source distribution that somebody will build. */
export interface BuildLockSubject {
  /** As its `[build-system]` has them, with what `extra-build-dependencies` adds. */
  readonly requires: readonly string[];
  /**
   * Asks its backend what else it needs, given a lock that has its `requires`: `requirementsAction` on an engine. `undefined`: it is not asked.
   */
  readonly ask: ((lock: BuildLock, requires: readonly string[]) => Promise<Result<readonly string[]>>) | undefined;
}

export interface BuildLockRequest {
  /** Those whose wheels no backend makes (extensions that Ferrule packs itself) are left out. */
  readonly subjects: readonly BuildLockSubject[];
  readonly rules: ResolutionRules;
  /** What was locked before: its versions stay wherever they still fit. `undefined`: everything is resolved anew. */
  readonly previous: BuildLock | undefined;
  readonly uv: UvProgram;
  /** Absolute path of a directory for what uv reads and writes; the caller removes it. */
  readonly scratch: string;
}

/**
 * Resolves and pins what everything is built with: all sets of requirements together where there is a common solution, so that a package
 * has one version in the repository, and each for itself where there is none. Only wheels are taken. The same index gives the
 * same text. F0990, F0991, and the diagnostics of `ask`.
 */
export async function lockBuildSystems(request: BuildLockRequest): Promise<Result<BuildLock>> {
  const sets = new Map<string, BuildSet>();
  for (const subject of request.subjects) {
    const requires = normalRequirements(subject.requires);
    const known = sets.get(requires.join('\n'));
    sets.set(requires.join('\n'), {
      requires,
      asked: [],
      askers: [...(known?.askers ?? []), ...(subject.ask === undefined ? [] : [subject.ask])],
    });
  }
  const plain = [...sets.values()].toSorted((left, right) => compareBytes(left.requires.join('\n'), right.requires.join('\n')));
  const first = await resolveSets(request, plain);
  if (!first.ok) return first;
  const complete: BuildSet[] = [];
  for (const set of plain) {
    const asked = await askAll(set, first.value);
    if (!asked.ok) return asked;
    complete.push({ ...set, asked: asked.value });
  }
  return complete.every(({ asked }) => asked.length === 0) ? first : resolveSets({ ...request, previous: first.value }, complete);
}

interface BuildSet {
  readonly requires: readonly string[];
  readonly asked: readonly string[];
  readonly askers: readonly NonNullable<BuildLockSubject['ask']>[];
}

async function askAll(set: BuildSet, lock: BuildLock): Promise<Result<readonly string[]>> {
  const asked: string[] = [];
  for (const ask of set.askers) {
    const answer = await ask(lock, set.requires);
    if (!answer.ok) return answer;
    asked.push(...answer.value);
  }
  return ok(normalRequirements(asked).filter((requirement) => !set.requires.includes(requirement)));
}

async function resolveSets(request: BuildLockRequest, sets: readonly BuildSet[]): Promise<Result<BuildLock>> {
  const wanted = sets.filter((set) => set.requires.length + set.asked.length > 0);
  const builds = await resolveTogetherOrApart(request, wanted);
  if (!builds.ok) return builds;
  const packages = new Map<string, LockedBuildPackage>();
  for (const found of builds.value.flatMap((build) => build.packages)) packages.set(`${found.name} ${found.version}`, found);
  return ok({
    buildSystems: wanted.map(({ requires, asked }, index) => ({ requires, asked, packages: builds.value[index]?.choices ?? [] })),
    buildPackages: [...packages.values()],
  });
}

async function resolveTogetherOrApart(request: BuildLockRequest, sets: readonly BuildSet[]): Promise<Result<readonly ResolvedBuild[]>> {
  if (sets.length === 0) return ok([]);
  const together = await resolvePinnedOrFree(request, sets, 'all');
  if (!together.ok) return together;
  if ('builds' in together.value) return ok(together.value.builds);
  const builds: ResolvedBuild[] = [];
  for (const [index, set] of sets.entries()) {
    const alone = await resolvePinnedOrFree(request, [set], String(index));
    if (!alone.ok) return alone;
    if (!('builds' in alone.value)) return fail(uvFailed(alone.value.unsolvable, 'input'));
    builds.push(...alone.value.builds);
  }
  return ok(builds);
}

type Solution = { readonly builds: readonly ResolvedBuild[] } | { readonly unsolvable: string };

/** With the versions of the lock before if they still fit, else without. */
async function resolvePinnedOrFree(request: BuildLockRequest, sets: readonly BuildSet[], name: string): Promise<Result<Solution>> {
  // What must match at run time says its version itself.
  const exact = new Set(sets.flatMap(({ requires }) => requires.flatMap((text) => /^(\S+?)(?:\[.*\])?==[^*]*$/.exec(text)?.[1] ?? [])));
  const pins = request.previous === undefined ? [] : pinsOf(request.previous, exact);
  if (pins.length > 0) {
    const pinned = await resolve(request, { sets, pins, name: `${name}-pinned` });
    if (!pinned.ok || 'builds' in pinned.value) return pinned;
  }
  return resolve(request, { sets, pins: [], name });
}

async function resolve(
  request: BuildLockRequest,
  { sets, pins, name }: { readonly sets: readonly BuildSet[]; readonly pins: readonly string[]; readonly name: string },
): Promise<Result<Solution>> {
  const project = new UvProject({
    uv: request.uv,
    directory: join(request.scratch, name),
    rules: { ...request.rules, constraints: [...request.rules.constraints, ...pins] },
    groups: sets.map(({ requires, asked }) => [...requires, ...asked]),
  });
  const locked = await project.lock();
  if (!locked.ok) return locked;
  if (locked.value !== 'solved') return ok(locked.value);
  const builds: ResolvedBuild[] = [];
  for (const index of sets.keys()) {
    const text = await project.exported(index);
    if (!text.ok) return text;
    const build = readPylockPackages(text.value);
    if (!build.ok) return build;
    builds.push(build.value);
  }
  return ok({ builds });
}

/** Packages that had one version throughout. */
function pinsOf({ buildSystems }: BuildLock, without: ReadonlySet<string>): readonly string[] {
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of buildSystems.flatMap((system) => system.packages)) {
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  return [...versions]
    .flatMap(([name, found]) => (found.size === 1 && !without.has(name) ? [`${name}==${[...found].join('')}`] : []))
    .toSorted(compareBytes);
}
