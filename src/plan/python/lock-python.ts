import { join } from 'node:path';
import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Engine } from '../../engine/engine.ts';
import { tableAt } from '../../python/build/build-system.ts';
import { type BuildLockSubject, lockBuildSystems } from '../../python/build/lock-build-systems.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import type { ResolutionRules } from '../../python/build/uv-project.ts';
import type { DistributionName } from '../../python/distribution-name.ts';
import { type Project } from '../../python/project/project.ts';
import { EMPTY_LOCK, type FerruleLock, type LockedGitTree } from '../../repository/ferrule-lock.ts';
import type { Repository } from '../../repository/repository.ts';
import type { RunContext } from '../run-context.ts';
import { ownerSubjects } from './build-subjects.ts';
import type { PythonMembers } from './members.ts';
import { PythonPlanner } from './planner.ts';
import type { MemberProject } from './request.ts';
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
  const owners = await allOwners(request);
  if (!owners.ok) return owners;
  const named = await members.indexesOf(owners.value);
  const planner = new PythonPlanner({ context, repository, members, lock: undefined, indexes: named });
  const subjects: BuildLockSubject[] = [];
  const git: LockedGitTree[] = [];
  const projects: Project[] = [];
  const indexes = new Map<DistributionName, string>();
  let installed: InstalledInterpreter | undefined;
  for (const owner of owners.value) {
    const found = await ownerSubjects({ ...request, planner, owner });
    if (!found.ok) return found;
    subjects.push(...found.value.subjects);
    git.push(...found.value.git);
    projects.push(found.value.project);
    for (const [name, index] of found.value.indexes) indexes.set(name, index);
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
      rules: { ...resolutionRules(projects, installed), sources: indexes },
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
function resolutionRules(projects: readonly Project[], { interpreter }: InstalledInterpreter): Omit<ResolutionRules, 'sources'> {
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

/** Every project, workspace and script of the repository that has a lock. */
async function allOwners({ repository, members }: RepositoryLockRequest): Promise<Result<readonly MemberProject[]>> {
  const owners: MemberProject[] = [];
  for (const member of repository.members.filter(({ kind }) => kind === 'python')) {
    const projects = await members.projectsOf(member);
    if (!projects.ok) return projects;
    owners.push(...projects.value.map((project) => ({ member, project })));
  }
  for (const path of repository.scripts) {
    const script = await members.scriptOf(join(repository.root, path));
    if (!script.ok) return script;
    owners.push(script.value);
  }
  return ok(owners);
}
