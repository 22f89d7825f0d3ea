import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type DistributionName, normalizeName } from '../../python/distribution-name.ts';
import type { PythonLock } from '../../python/lock/lock.ts';
import { isExtension, isPackage, type Project, UV_TOML } from '../../python/project/project.ts';
import { isTable, type TomlTable } from '../../python/project/toml-reader.ts';
import type { UvIndex, UvSettings } from '../../python/project/uv-settings.ts';
import type { Member, Repository } from '../../repository/repository.ts';
import type { Store } from '../../store/store.ts';
import type { IndexedProject, MemberProject } from './request.ts';

/** The Python members of a repository: their locks and projects, each read once. What reads them is loaded when there is something to read. */
export class PythonMembers {
  readonly #repository: Repository;
  readonly #store: Pick<Store, 'getNote' | 'putNote'> | undefined;
  readonly #locks = new Map<string, Promise<Result<PythonLock>>>();
  readonly #projects = new Map<string, Promise<Result<Project>>>();
  readonly #watched = new Set<string>();

  /** `store` remembers locks; `undefined`: nothing does. */
  constructor(repository: Repository, store?: Pick<Store, 'getNote' | 'putNote'>) {
    this.#repository = repository;
    this.#store = store;
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
      return await readLock({ path, file: this.#shown(path) }, this.#store);
    });
  }

  /** The project of an absolute directory; of one that has a `setup.py` alone, what a `pyproject.toml` without a word would say. */
  projectAt(directory: string): Promise<Result<Project>> {
    const path = join(directory, 'pyproject.toml');
    return once(this.#projects, path, async () => {
      this.#watched.add(path).add(join(directory, UV_TOML));
      const { parseProject, readProject } = await import('../../python/project/read-project.ts');
      const place = { directory, file: this.#shown(path) };
      const isOld = !existsSync(path) && ['setup.py', 'setup.cfg'].some((name) => existsSync(join(directory, name)));
      return isOld ? await parseProject({ ...place, text: '' }) : await readProject(place);
    });
  }

  /** What the manifest of a project, a workspace or a script says. */
  projectOf({ kind, directory, manifest }: IndexedProject): Promise<Result<Project>> {
    return kind === 'script' ? this.#scriptAt(manifest) : this.projectAt(directory);
  }

  /** `[tool.uv]` as it counts for a whole lock: that of the project in its directory, which in a workspace is the root, or of the script. */
  async settingsOf(member: Member, project: IndexedProject): Promise<Result<UvSettings>> {
    const owner = await (project.kind === 'script' ? this.projectOf(project) : this.projectAt(member.directory));
    return owner.ok ? ok(owner.value.uv) : owner;
  }

  /** Every index that the settings of some projects' locks name, once; those that cannot be read name none. */
  async indexesOf(owners: readonly MemberProject[]): Promise<readonly UvIndex[]> {
    const found = new Map<string, UvIndex>();
    for (const { member, project } of owners) {
      const [whole, own] = [await this.settingsOf(member, project), await this.projectOf(project)];
      const indexes = [...(whole.ok ? whole.value.indexes : []), ...(own.ok ? own.value.uv.indexes : [])];
      for (const index of indexes) found.set(`${index.name ?? ''} ${index.url}`, index);
    }
    return [...found.values()];
  }

  /** Of all members, those that cannot be read left out. */
  async allIndexes(): Promise<readonly UvIndex[]> {
    const owners: MemberProject[] = [];
    for (const member of this.#repository.members.filter(({ kind }) => kind === 'python')) {
      const projects = await this.projectsOf(member);
      if (projects.ok) owners.push(...projects.value.map((project) => ({ member, project })));
    }
    return await this.indexesOf(owners);
  }

  #scriptAt(path: string): Promise<Result<Project>> {
    return once(this.#projects, path, async () => {
      this.#watched.add(path);
      const { readScript } = await import('../../python/project/read-script.ts');
      return await readScript({ path, file: this.#shown(path) });
    });
  }

  /** The script of an absolute path, with the lock beside it. F1031, F1032, F1033: there is no such lock. */
  async scriptOf(path: string): Promise<Result<MemberProject>> {
    const script = await this.#scriptAt(path);
    if (!script.ok) return script;
    const [directory, name, shown] = [dirname(path), basename(path), this.#shown(path)];
    const member: Member = { kind: 'python', path: shown, directory, lock: `${name}.lock` };
    this.#watched.add(join(directory, member.lock));
    if (!existsSync(join(directory, member.lock))) return fail(noScriptLock(shown));
    const project: IndexedProject = {
      kind: 'script',
      name: normalizeName(name),
      displayName: name,
      version: undefined,
      description: undefined,
      requiresPython: script.value.metadata?.requiresPython,
      scripts: [],
      directory,
      manifest: path,
      isPackage: false,
      isExtension: false,
      groups: [],
      extras: [],
    };
    return ok({ member, project });
  }

  /** The projects that a member's lock covers: its own, and those of its uv workspace; last its root, where that is no project. */
  async projectsOf(member: Member): Promise<Result<readonly IndexedProject[]>> {
    const lock = await this.lockOf(member);
    if (!lock.ok) return lock;
    const projects: IndexedProject[] = [];
    for (const directory of projectDirectories(lock.value, member)) {
      const project = await this.projectAt(directory);
      if (!project.ok) return project;
      const own = indexed(project.value);
      // Of such a lock the project's own groups and extras say nothing.
      projects.push(lock.value.kind === 'pylock' ? { ...own, groups: lock.value.groups, extras: lock.value.extras } : own);
    }
    const root = await this.projectAt(member.directory);
    if (!root.ok || root.value.metadata !== undefined || lock.value.kind === 'pylock') return ok(projects);
    return ok([...projects.filter(({ directory }) => directory !== member.directory), indexedWorkspace(root.value, projects)]);
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

function indexed(project: Project): IndexedProject {
  const { metadata, directory, groups } = project;
  const displayName = metadata?.writtenName ?? basename(directory);
  return {
    kind: 'project',
    name: metadata?.name ?? normalizeName(displayName),
    displayName,
    version: metadata?.version,
    description: descriptionIn(project.document),
    requiresPython: metadata?.requiresPython,
    scripts: Object.keys(metadata?.scripts ?? {}).toSorted(),
    directory,
    manifest: join(directory, 'pyproject.toml'),
    isPackage: isPackage(project),
    isExtension: isExtension(project),
    groups: groups.map(({ name }) => name),
    extras: (metadata?.optionalDependencies ?? []).map(({ name }) => name),
  };
}

function descriptionIn(document: TomlTable): string | undefined {
  const { project } = document;
  const description = isTable(project) ? project['description'] : undefined;
  return typeof description === 'string' ? description : undefined;
}

/** A workspace's root that has no name is called like its directory. */
function indexedWorkspace(root: Project, members: readonly IndexedProject[]): IndexedProject {
  const own = indexed(root);
  const all = members.filter(({ directory }) => directory !== root.directory);
  return {
    ...own,
    kind: 'workspace',
    groups: [...new Set([...own.groups, ...all.flatMap(({ groups }) => groups)])].toSorted(),
    extras: [...new Set(all.flatMap(({ extras }) => extras))].toSorted(),
  };
}

function noScriptLock(file: string): Diagnostic {
  return {
    code: 'F1033',
    severity: 'error',
    blame: 'input',
    message: `the script \`${file}\` has no lock`,
    facts: [['looked for', `${file}.lock`]],
    hints: [`run \`uv lock --script ${file}\``],
  };
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
