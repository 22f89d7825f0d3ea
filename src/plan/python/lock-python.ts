import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Engine } from '../../engine/engine.ts';
import { actionKey } from '../../model/action.ts';
import { readAskedRequirements } from '../../python/build/build-answer.ts';
import { type BuildLock, chooseBuildRequirements } from '../../python/build/build-requirements.ts';
import { LEGACY_BUILD_SYSTEM, type ProjectManifest, tableAt } from '../../python/build/build-system.ts';
import { type BuildLockSubject, lockBuildSystems } from '../../python/build/lock-build-systems.ts';
import { projectSources } from '../../python/build/project-sources.ts';
import { requirementsAction } from '../../python/build/wheel-build-action.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import { interpreterTree } from '../../python/interpreters/interpreter-tree.ts';
import { resolveLock } from '../../python/lock/resolve-lock.ts';
import { isPackage, type Project } from '../../python/project/project.ts';
import { supportedTags } from '../../python/version/supported-tags.ts';
import { unpackWheel } from '../../python/wheel/unpack-wheel.ts';
import type { UnpackedWheel } from '../../python/wheel.ts';
import { EMPTY_LOCK, type FerruleLock, type LockedGitTree } from '../../repository/ferrule-lock.ts';
import type { Member, Repository } from '../../repository/repository.ts';
import { openSourceMemory } from '../../source/source-memory.ts';
import type { RunContext } from '../run-context.ts';
import { sourceManifest, sourceTree } from './foreign-source.ts';
import { machinePlatform } from './machine-platform.ts';
import type { PythonMembers } from './members.ts';
import { PythonPlanner } from './planner.ts';
import { findProgram } from '../find-program.ts';

export interface RepositoryLockRequest {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  readonly engine: Engine;
  /** `undefined`: there is none yet. */
  readonly previous: FerruleLock | undefined;
  /** Resolve everything anew, as if there was no lock before. */
  readonly upgrade: boolean;
}

/** What the native locks leave open of Python: the build systems of local projects and source distributions, pinned; the content of git sources. */
export async function lockPython(
  request: RepositoryLockRequest,
): Promise<Result<Pick<FerruleLock, 'buildSystems' | 'buildPackages' | 'git'>>> {
  const { context, repository, members, previous, upgrade } = request;
  const planner = new PythonPlanner({ context, repository, members, lock: undefined });
  const subjects: BuildLockSubject[] = [];
  const git: LockedGitTree[] = [];
  const projects: Project[] = [];
  let installed: InstalledInterpreter | undefined;
  for (const member of repository.members.filter(({ kind }) => kind === 'python')) {
    const found = await memberSubjects({ ...request, planner, member });
    if (!found.ok) return found;
    subjects.push(...found.value.subjects);
    git.push(...found.value.git);
    projects.push(...found.value.projects);
    installed ??= found.value.installed;
  }
  if (subjects.length === 0 || installed === undefined) return ok({ buildSystems: [], buildPackages: [], git });
  const { store, process: run } = context;
  const { environment, offline, signal } = context.request;
  context.progress('build systems');
  const scratch = store.scratch();
  try {
    const program = findProgram('uv', environment['PATH'] ?? '');
    const locked = await lockBuildSystems({
      subjects,
      rules: resolutionRules(projects, installed),
      previous: upgrade ? undefined : (previous ?? EMPTY_LOCK),
      uv: { program, python: installed.executable, environment, offline, signal, run },
      scratch: scratch.path,
    });
    return locked.ok ? ok({ ...locked.value, git }) : locked;
  } finally {
    scratch.dispose();
  }
}

/** All projects together: the first index settings and bound on time that one of them has, every constraint. */
function resolutionRules(
  projects: readonly Project[],
  { interpreter }: InstalledInterpreter,
): Parameters<typeof lockBuildSystems>[0]['rules'] {
  const ranges = new Set(projects.flatMap(({ metadata }) => metadata?.requiresPython ?? []));
  const [only] = ranges;
  const excludeNewer = projects.flatMap(({ document }) => excludeNewerOf(document)).toSorted()[0];
  const withIndexes = projects.find(({ uv }) => uv.indexes.some((index) => !index.explicit));
  return {
    requiresPython: ranges.size === 1 && only !== undefined ? only : `>=${interpreter.version.major}.${interpreter.version.minor}`,
    constraints: [...new Set(projects.flatMap(({ uv }) => uv.buildConstraints))],
    excludeNewer,
    indexes: (withIndexes?.uv.indexes ?? [])
      .filter((index) => !index.explicit)
      .map(({ name, url, default: isDefault }) => ({ name, url, isDefault })),
  };
}

/** `tool.uv.exclude-newer`, where it is a date: TOML dates are written as they stand. */
function excludeNewerOf(document: Project['document']): readonly string[] {
  const written = tableAt(document, 'tool', 'uv')?.['exclude-newer'];
  return typeof written === 'string' ? [written] : written instanceof Date ? [written.toISOString()] : [];
}

interface MemberQuestion extends RepositoryLockRequest {
  readonly planner: PythonPlanner;
  readonly member: Member;
}

interface MemberSubjects {
  readonly subjects: readonly BuildLockSubject[];
  readonly git: readonly LockedGitTree[];
  readonly projects: readonly Project[];
  readonly installed: InstalledInterpreter | undefined;
}

async function memberSubjects(question: MemberQuestion): Promise<Result<MemberSubjects>> {
  const { members, member, planner, context } = question;
  const lock = await members.lockOf(member);
  const indexed = await members.projectsOf(member);
  if (!lock.ok) return lock;
  if (!indexed.ok) return indexed;
  const subjects: BuildLockSubject[] = [];
  const git: LockedGitTree[] = [];
  const projects: Project[] = [];
  let installed: InstalledInterpreter | undefined;
  for (const { directory, name, groups } of indexed.value) {
    const project = await members.projectAt(directory);
    if (!project.ok) return project;
    projects.push(project.value);
    const found = await planner.interpreterOf(project.value);
    if (!found.ok) return found;
    installed ??= found.value;
    if (isBuiltByBackend(project.value)) subjects.push(projectSubject({ ...question, project: project.value, installed: found.value }));
    const { interpreter } = found.value;
    const tags = supportedTags(interpreter);
    const request = { root: name, extras: [], groups, withProject: true };
    const resolution = resolveLock({ lock: lock.value, request, interpreter, tags, choice: project.value.uv.choice });
    if (!resolution.ok) return resolution;
    for (const distribution of resolution.value.distributions) {
      const { source } = distribution;
      if (source.kind !== 'sdist' && source.kind !== 'git') continue;
      const label = `${distribution.name} ${distribution.version ?? ''}`.trim();
      context.progress(`${label} (sources)`);
      const tree = await sourceTree({ planner, context, source, label });
      if (!tree.ok) return tree;
      if (source.kind === 'git') git.push({ url: source.url, revision: source.revision, tree: tree.value.hash });
      const manifest = await sourceManifest({ store: context.store, tree: tree.value, subdirectory: source.subdirectory, label });
      if (!manifest.ok) return manifest;
      const extra = project.value.uv.extraBuildDependencies.get(distribution.name) ?? [];
      const requires = [...manifest.value.buildSystem.requires, ...extra.map(({ requirement }) => requirement)];
      const { subdirectory } = source;
      const sources = { tree: tree.value, subdirectory };
      subjects.push({
        requires,
        ask: asker({ ...question, label, manifest: manifest.value, installed: found.value, sources: () => ok(sources) }),
      });
    }
  }
  return ok({ subjects, git, projects, installed });
}

/** What Ferrule packs by itself needs no backend. */
function isBuiltByBackend(project: Project): boolean {
  return isPackage(project) && project.metadata !== undefined && project.buildSystem?.backend !== 'maturin';
}

function projectSubject(
  question: MemberQuestion & { readonly project: Project; readonly installed: InstalledInterpreter },
): BuildLockSubject {
  const { project, context, repository, installed } = question;
  const manifest: ProjectManifest = { buildSystem: project.buildSystem ?? LEGACY_BUILD_SYSTEM, document: project.document };
  const name = project.metadata?.name;
  const extra = name === undefined ? [] : (project.uv.extraBuildDependencies.get(name) ?? []);
  const { store, request } = context;
  return {
    requires: [...manifest.buildSystem.requires, ...extra.map(({ requirement }) => requirement)],
    ask: asker({
      ...question,
      label: project.metadata?.writtenName ?? project.file,
      manifest,
      installed,
      sources: () => {
        if (name === undefined) throw new Error('internal: a project without a name is not built');
        const memory = openSourceMemory({ store, repositoryRoot: repository.root, now: request.now });
        const { directory } = project;
        const { root: repositoryRoot } = repository;
        const sources = projectSources({
          store,
          memory,
          repositoryRoot,
          directory,
          name,
          manifest,
          otherProjects: [],
          extent: 'everything',
        });
        return sources.ok ? ok({ tree: sources.value.tree, subdirectory: undefined }) : sources;
      },
    }),
  };
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
    const requires = await requiredWheels({ planner, context, lock, label, wanted, installed });
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

async function requiredWheels(options: {
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
  const wheels: UnpackedWheel[] = [];
  const problems: Diagnostic[] = [];
  for (const { wheel } of chosen.value) {
    const fetched = await planner.fetcher.fetch(wheel);
    const unpacked = fetched.ok ? await unpackWheel({ store, ...fetched.value, filename: wheel.filename }) : fetched;
    if (unpacked.ok) wheels.push(unpacked.value);
    else problems.push(...unpacked.diagnostics);
  }
  return problems.length === 0 ? ok(wheels) : fail(...problems);
}
