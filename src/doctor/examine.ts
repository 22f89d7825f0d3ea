import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { PythonMembers } from '../plan/python/members.ts';
import type { MemberLock } from '../python/lock/skew.ts';
import { EMPTY_CONFIG, readConfig } from '../repository/config.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { discoverRepository, repositoryRoot } from '../repository/discover.ts';
import { EMPTY_LOCK, readFerruleLock } from '../repository/ferrule-lock.ts';
import type { Repository } from '../repository/repository.ts';
import { examineBuildScripts } from './build-scripts.ts';
import { examineBuildSystems } from './build-systems.ts';
import { examineCacheKeys } from './cache-keys.ts';
import { checkRepository } from './checked-repository.ts';
import { examineGeneratedNix } from './generated-nix.ts';
import { examineGitDependencies } from './git-dependencies.ts';
import { examineLocks } from './locks.ts';
import { writtenNixFiles } from './nix-files.ts';
import { examineNixGlue } from './nix-glue.ts';
import { examineOutsideFiles } from './outside-files.ts';
import { examineOutputHashes } from './output-hashes.ts';
import { examineOverlayOrder } from './overlay-order.ts';
import { examineSourceFilters } from './source-filters.ts';
import { examineSystemLibraries, type NativeMachine, type SystemLibraries } from './system-libraries.ts';
import { examineToolchains } from './toolchains.ts';

export interface RepositoryExamination {
  /** Absolute. */
  readonly root: string;
  /** Errors are what a build fails on. */
  readonly diagnostics: readonly Diagnostic[];
  /** See {@link SystemLibraries}; empty where the machine is not known. */
  readonly needed: SystemLibraries['needed'];
}

/** That there is nothing to build is said better by what is missing, with its place. */
const NOTHING_HERE: ReadonlySet<string> = new Set(['F0107', 'F0108']);

const MARKS = ['.git', 'ferrule.toml', 'Cargo.toml', 'pyproject.toml', 'flake.nix'];

/**
 * Looks at the repository around a directory (absolute) before anything of it is built, and at what it has of Nix and CI glue. Runs
 * nothing and fetches nothing. `machine`: `undefined` where there is no toolchain to ask. `undefined`: there is no repository here.
 */
export async function examineRepository(options: {
  readonly directory: string;
  readonly machine: NativeMachine | undefined;
}): Promise<RepositoryExamination | undefined> {
  const { directory, machine } = options;
  const outermost = repositoryRoot(directory);
  if (!MARKS.some((name) => existsSync(join(outermost, name)))) return undefined;
  const discovered = await discoverRepository({ directory, directories: readDirectories });
  const root = discovered.ok ? discovered.value.root : outermost;
  const config = await readConfig({ path: join(root, 'ferrule.toml'), file: 'ferrule.toml' });
  const lock = await readFerruleLock({ path: join(root, 'ferrule.lock'), file: 'ferrule.lock' });
  const python = discovered.ok ? await pythonLocks(discovered.value) : { locks: [], diagnostics: [] };
  const repository = checkRepository({ root, config: config.ok ? config.value : EMPTY_CONFIG });
  const pinned = lock.ok ? (lock.value ?? EMPTY_LOCK) : EMPTY_LOCK;
  const nix = writtenNixFiles(repository);
  const system = machine === undefined ? { needed: [], diagnostics: [] } : examineSystemLibraries(repository, machine);
  const isNothingBuilt = !discovered.ok && discovered.diagnostics.some(({ code }) => NOTHING_HERE.has(code));
  const locks = examineLocks(repository, { isNothingBuilt });
  const saysWhy = locks.some(({ severity }) => severity === 'error');
  const diagnostics = [
    ...(discovered.ok ? [] : discovered.diagnostics.filter(({ code }) => !(saysWhy && NOTHING_HERE.has(code)))),
    ...(lock.ok ? [] : lock.diagnostics),
    ...python.diagnostics,
    ...locks,
    ...examineOutsideFiles(repository),
    ...examineToolchains(repository),
    ...examineGitDependencies(repository, pinned),
    ...examineBuildSystems(repository, pinned),
    ...examineBuildScripts(repository),
    ...system.diagnostics,
    ...examineNixGlue(nix),
    ...examineGeneratedNix(repository),
    ...examineOutputHashes(repository, nix),
    ...examineOverlayOrder(nix, python.locks),
    ...examineSourceFilters(repository, nix),
    ...examineCacheKeys(repository),
  ];
  return { root, diagnostics, needed: system.needed };
}

async function pythonLocks(
  repository: Repository,
): Promise<{ readonly locks: readonly MemberLock[]; readonly diagnostics: readonly Diagnostic[] }> {
  const members = new PythonMembers(repository);
  const locks: MemberLock[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const member of repository.members.filter(({ kind }) => kind === 'python')) {
    const lock = await members.lockOf(member);
    if (lock.ok) locks.push({ member: member.path, lock: lock.value });
    else diagnostics.push(...lock.diagnostics);
  }
  return { locks, diagnostics };
}
