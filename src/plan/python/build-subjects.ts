import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Engine } from '../../engine/engine.ts';
import { actionKey } from '../../model/action.ts';
import { readAskedRequirements } from '../../python/build/build-answer.ts';
import { type BuildLock, chooseBuildRequirements } from '../../python/build/build-requirements.ts';
import { LEGACY_BUILD_SYSTEM, type ProjectManifest } from '../../python/build/build-system.ts';
import type { BuildLockSubject } from '../../python/build/lock-build-systems.ts';
import { projectSources } from '../../python/build/project-sources.ts';
import { requirementsAction } from '../../python/build/wheel-build-action.ts';
import type { DistributionName } from '../../python/distribution-name.ts';
import type { InstalledInterpreter, Interpreter } from '../../python/interpreter.ts';
import { interpreterTree } from '../../python/interpreters/interpreter-tree.ts';
import type { PythonLock } from '../../python/lock/lock.ts';
import { resolveLock } from '../../python/lock/resolve-lock.ts';
import { isExtension, isPackage, type Project } from '../../python/project/project.ts';
import type { UvSettings } from '../../python/project/uv-settings.ts';
import type { Resolution, ResolutionRequest, ResolvedDistribution } from '../../python/resolution.ts';
import { supportedTags } from '../../python/version/supported-tags.ts';
import type { UnpackedWheel } from '../../python/wheel.ts';
import type { LockedGitTree } from '../../repository/ferrule-lock.ts';
import type { Repository } from '../../repository/repository.ts';
import { openSourceMemory } from '../../source/source-memory.ts';
import { requiredWheels } from '../required-wheels.ts';
import type { RunContext } from '../run-context.ts';
import { subjectOf } from './backend-node.ts';
import { type BuiltFor, buildSettings, runtimeIndexes } from './build-settings.ts';
import { sourceManifest, sourceTree } from './foreign-source.ts';
import { machinePlatform } from './machine-platform.ts';
import type { PythonMembers } from './members.ts';
import type { PythonPlanner } from './planner.ts';
import { lockedRange } from './python-range.ts';
import type { IndexedProject, MemberProject } from './request.ts';

export interface OwnerQuestion {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  readonly engine: Engine;
  readonly planner: PythonPlanner;
  readonly owner: MemberProject;
}

/** What a project, a workspace or a script makes necessary to pin. */
export interface OwnerSubjects {
  readonly subjects: readonly BuildLockSubject[];
  readonly git: readonly LockedGitTree[];
  readonly project: Project;
  readonly installed: InstalledInterpreter;
  /** Where what must match at run time comes from. */
  readonly indexes: ReadonlyMap<DistributionName, string>;
}

/** Everything that is built for one owner of a lock, in whichever environment of it. Diagnostics of reading, resolving, fetching. */
export async function ownerSubjects(question: OwnerQuestion): Promise<Result<OwnerSubjects>> {
  const { members, planner, owner } = question;
  const { member, project: indexed } = owner;
  const lock = await members.lockOf(member);
  if (!lock.ok) return lock;
  const project = await members.projectOf(indexed);
  if (!project.ok) return project;
  const settings = await members.settingsOf(member, indexed);
  if (!settings.ok) return settings;
  const range = lockedRange([{ lock: lock.value, project: project.value }]);
  const installed = await planner.interpreterOf(project.value, range);
  if (!installed.ok) return installed;
  const resolutions = everyResolution(indexed, { lock: lock.value, interpreter: installed.value.interpreter, settings: settings.value });
  if (!resolutions.ok) return resolutions;
  const found: FoundSubjects = { subjects: [], git: [], seen: new Set() };
  if (isPackage(project.value)) {
    const runtime = async (): Promise<Result<Resolution>> => await Promise.resolve(resolutions.value.plain);
    const builtFor: BuiltFor = { settings: settings.value, runtime };
    const { name } = indexed;
    const added = await addProject(found, { ...question, installed: installed.value, builtFor, name, project: project.value });
    if (!added.ok) return added;
  }
  const indexes = new Map<DistributionName, string>();
  for (const resolution of resolutions.value.all) {
    for (const [name, index] of runtimeIndexes(settings.value, resolution)) indexes.set(name, index);
    const builtFor: BuiltFor = { settings: settings.value, runtime: async () => await Promise.resolve(ok(resolution)) };
    for (const distribution of resolution.distributions) {
      const added = await addDistribution(found, { ...question, installed: installed.value, builtFor, distribution });
      if (!added.ok) return added;
    }
  }
  return ok({ ...found, project: project.value, installed: installed.value, indexes });
}

interface FoundSubjects {
  readonly subjects: BuildLockSubject[];
  readonly git: LockedGitTree[];
  /** What was looked at. */
  readonly seen: Set<string>;
}

/**
 * What a project can be asked for: itself, with each of its extras, with each of its groups. One at a time, for they may conflict; a group
 * that conflicts with its project is there without it.
 */
function everyResolution(
  { kind, name, extras, groups }: IndexedProject,
  of: { readonly lock: PythonLock; readonly interpreter: Interpreter; readonly settings: UvSettings },
): Result<{ readonly plain: Result<Resolution>; readonly all: readonly Resolution[] }> {
  const { lock, interpreter, settings } = of;
  const tags = supportedTags(interpreter);
  const root = kind === 'project' ? name : undefined;
  const plain: ResolutionRequest = { root, extras: [], groups: [], withProject: true };
  const resolve = (request: ResolutionRequest): Result<Resolution> =>
    resolveLock({ lock, request, interpreter, tags, choice: settings.choice });
  const all: Resolution[] = [];
  const requests = [
    plain,
    ...extras.map((extra) => ({ ...plain, extras: [extra] })),
    ...groups.map((group) => ({ ...plain, groups: [group] })),
  ];
  for (const request of requests) {
    const resolution = resolve(request);
    const alone = isConflict(resolution) && request.groups.length > 0 ? resolve({ ...request, withProject: false }) : resolution;
    if (alone.ok) all.push(alone.value);
    // All members of a workspace need not go together.
    else if (!isConflict(alone)) return alone;
  }
  return ok({ plain: resolve(plain), all });
}

function isConflict(resolution: Result<Resolution>): boolean {
  return !resolution.ok && resolution.diagnostics.every(({ code }) => code === 'F0923');
}

interface BuiltQuestion extends OwnerQuestion {
  readonly installed: InstalledInterpreter;
  readonly builtFor: BuiltFor;
}

/** A source distribution, a git checkout, or a project beside the lock. */
async function addDistribution(
  found: FoundSubjects,
  question: BuiltQuestion & { readonly distribution: ResolvedDistribution },
): Promise<Result<undefined>> {
  const { planner, context, members, installed, builtFor, distribution } = question;
  const { name, version, source } = distribution;
  if (source.kind === 'directory') {
    const project = await members.projectAt(source.directory);
    if (!project.ok) return ok(undefined);
    return await addProject(found, { ...question, name, project: project.value });
  }
  if (source.kind !== 'sdist' && source.kind !== 'git') return ok(undefined);
  const label = `${name} ${version ?? ''}`.trim();
  const settings = await buildSettings({
    name,
    layers: [builtFor.settings],
    runtime: builtFor.runtime,
    subject: { label, span: distribution.span() },
  });
  if (!settings.ok) return settings;
  const key = JSON.stringify([label, source, settings.value.extraRequires]);
  if (found.seen.has(key)) return ok(undefined);
  found.seen.add(key);
  context.progress(`${label} (sources)`);
  const tree = await sourceTree({ planner, context, source, label });
  if (!tree.ok) return tree;
  if (source.kind === 'git') found.git.push({ url: source.url, revision: source.revision, tree: tree.value.hash });
  const { subdirectory } = source;
  const manifest = await sourceManifest({ store: context.store, tree: tree.value, subdirectory, label });
  if (!manifest.ok) return manifest;
  const sources = { tree: tree.value, subdirectory };
  found.subjects.push({
    requires: [...manifest.value.buildSystem.requires, ...settings.value.extraRequires],
    ask: asker({ ...question, label, manifest: manifest.value, installed, sources: () => ok(sources) }),
  });
  return ok(undefined);
}

/** What Ferrule packs by itself counts as well: source distributions, and what only maturin can pack, are made by its backend. */
async function addProject(
  found: FoundSubjects,
  question: BuiltQuestion & { readonly name: DistributionName; readonly project: Project },
): Promise<Result<undefined>> {
  const { name, project, context, repository, installed, builtFor } = question;
  const manifest: ProjectManifest = { buildSystem: project.buildSystem ?? LEGACY_BUILD_SYSTEM, document: project.document };
  const subject = subjectOf(project);
  const settings = await buildSettings({ name, layers: [project.uv, builtFor.settings], runtime: builtFor.runtime, subject });
  if (!settings.ok) return settings;
  const extra = isExtension(project) ? [] : settings.value.extraRequires;
  const requires = [...manifest.buildSystem.requires, ...extra];
  const key = JSON.stringify([project.directory, requires]);
  if (found.seen.has(key)) return ok(undefined);
  found.seen.add(key);
  const { store, request } = context;
  const sources = (): Result<Sources> => {
    const memory = openSourceMemory({ store, repositoryRoot: repository.root, now: request.now });
    const { directory } = project;
    const { root: repositoryRoot } = repository;
    const tree = projectSources({ store, memory, repositoryRoot, directory, name, manifest, otherProjects: [], extent: 'everything' });
    return tree.ok ? ok({ tree: tree.value.tree, subdirectory: undefined }) : tree;
  };
  found.subjects.push({
    requires,
    ask: asker({ ...question, label: project.metadata?.writtenName ?? project.file, manifest, installed, sources }),
  });
  return ok(undefined);
}

type Sources = { readonly tree: Parameters<typeof requirementsAction>[0]['sources']; readonly subdirectory: string | undefined };

/** Asks a backend in the sandbox what else it needs, with what is resolved so far. */
function asker(options: {
  readonly planner: PythonPlanner;
  readonly context: RunContext;
  readonly engine: Engine;
  readonly label: string;
  readonly manifest: ProjectManifest;
  readonly installed: InstalledInterpreter;
  readonly sources: () => Result<Sources>;
}): NonNullable<BuildLockSubject['ask']> {
  const { planner, context, engine, label, manifest, installed } = options;
  const { store } = context;
  return async (lock, wanted) => {
    const requires = await lockedWheels({ planner, context, lock, label, wanted, installed });
    if (!requires.ok) return requires;
    const interpreter = interpreterTree({ installed, store });
    if (!interpreter.ok) return interpreter;
    const sources = options.sources();
    if (!sources.ok) return sources;
    const call = {
      store,
      interpreter: interpreter.value,
      buildSystem: manifest.buildSystem,
      requires: requires.value,
      sources: sources.value.tree,
      subdirectory: sources.value.subdirectory,
      configSettings: {},
      environment: {},
      platform: { ...machinePlatform(store, { compiles: true }), ...engine.platform },
    };
    const action = requirementsAction(call, ['wheel', 'editable', 'sdist']);
    const key = actionKey(action);
    const known = store.getResult(key);
    const result = known === undefined ? await engine.run({ action, key, label, keepSandbox: false }) : ok(known);
    if (!result.ok) return result;
    if (result.value.exitCode === 0) store.putResult(key, result.value);
    return readAskedRequirements({ store, subject: { label, span: undefined }, result: result.value });
  };
}

async function lockedWheels(options: {
  readonly planner: PythonPlanner;
  readonly context: RunContext;
  readonly lock: BuildLock;
  readonly label: string;
  /** Requirements that the lock has an entry for. */
  readonly wanted: readonly string[];
  readonly installed: InstalledInterpreter;
}): Promise<Result<readonly UnpackedWheel[]>> {
  const { planner, context, lock, label, wanted, installed } = options;
  const { store } = context;
  const chosen = chooseBuildRequirements({
    lock,
    requires: wanted,
    interpreter: installed.interpreter,
    subject: { label, span: undefined },
  });
  if (!chosen.ok) return chosen;
  return await requiredWheels(chosen.value, { fetcher: planner.fetcher, store });
}
