import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type DistributionName, normalizeName } from '../../python/distribution-name.ts';
import type { PythonLock } from '../../python/lock/lock.ts';
import { isPackage, type Project } from '../../python/project/project.ts';
import type { Member, Repository } from '../../repository/repository.ts';
import type { IndexedProject } from './request.ts';

/** The Python members of a repository: their locks and projects, each read once. What reads them is loaded when there is something to read. */
export class PythonMembers {
  readonly #repository: Repository;
  readonly #locks = new Map<string, Promise<Result<PythonLock>>>();
  readonly #projects = new Map<string, Promise<Result<Project>>>();
  readonly #watched = new Set<string>();

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Absolute paths of the files that were read. */
  get watched(): readonly string[] {
    return [...this.#watched];
  }

  lockOf(member: Member): Promise<Result<PythonLock>> {
    const path = join(member.directory, member.lock);
    return once(this.#locks, path, async () => {
      this.#watched.add(path);
      const { readLock } = await import('../../python/lock/read-lock.ts');
      return await readLock({ path, file: this.#shown(path) });
    });
  }

  /** The project of an absolute directory. */
  projectAt(directory: string): Promise<Result<Project>> {
    const path = join(directory, 'pyproject.toml');
    return once(this.#projects, directory, async () => {
      this.#watched.add(path);
      const { readProject } = await import('../../python/project/read-project.ts');
      return await readProject({ directory, file: this.#shown(path) });
    });
  }

  /** The projects that a member's lock covers: its own, and those of its uv workspace. */
  async projectsOf(member: Member): Promise<Result<readonly IndexedProject[]>> {
    const lock = await this.lockOf(member);
    if (!lock.ok) return lock;
    const projects: IndexedProject[] = [];
    for (const directory of projectDirectories(lock.value, member)) {
      const project = await this.projectAt(directory);
      if (!project.ok) return project;
      const { metadata, groups } = project.value;
      const displayName = metadata?.writtenName ?? directory.slice(directory.lastIndexOf('/') + 1);
      projects.push({
        name: metadata?.name ?? normalizeName(displayName),
        displayName,
        version: metadata?.version,
        directory,
        isPackage: isPackage(project.value),
        groups: groups.map((group) => group.name),
      });
    }
    return ok(projects);
  }

  /** Absolute directories of every project of the repository's Python members, those whose lock cannot be read left out. */
  async allDirectories(): Promise<readonly string[]> {
    const directories: string[] = [];
    for (const member of this.#repository.members.filter(({ kind }) => kind === 'python')) {
      const lock = await this.lockOf(member);
      if (lock.ok) directories.push(...projectDirectories(lock.value, member));
    }
    return [...new Set(directories)];
  }

  #shown(path: string): string {
    return relative(this.#repository.root, path);
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

/** Where the lock's own projects lie: the workspace's members, else the directory of the lock. */
function projectDirectories(lock: PythonLock, member: Member): readonly string[] {
  if (lock.kind === 'pylock' || lock.manifest.members.length === 0) return [member.directory];
  const members = new Set<DistributionName>(lock.manifest.members);
  const directories = lock.packages.flatMap(({ name, source }) => {
    if (!members.has(name) || (source.kind !== 'editable' && source.kind !== 'virtual' && source.kind !== 'directory')) return [];
    const directory = resolve(member.directory, source.path);
    return existsSync(join(directory, 'pyproject.toml')) ? [directory] : [];
  });
  return directories.length === 0 ? [member.directory] : [...new Set(directories)];
}
