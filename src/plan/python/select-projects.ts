import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { normalizeName } from '../../python/distribution-name.ts';
import type { EnvironmentConfig } from '../../repository/config.ts';
import { meantHint } from '../../repository/did-you-mean.ts';
import type { Member, Repository } from '../../repository/repository.ts';
import type { PythonOutput } from '../../repository/target-name.ts';
import type { IndexedProject, MemberProject, PythonRequest } from './request.ts';

/** What a project means without an output. */
export type WantedOutput = 'wheel' | 'env' | 'editable';

/** Projects of one Python member. */
export type ProjectsOf = (member: Member) => Promise<Result<readonly IndexedProject[]>>;

/** What a name can mean: a project of a member, or an environment of `ferrule.toml`. */
export type PythonOwner =
  | { readonly kind: 'python'; readonly at: string; readonly project: MemberProject }
  | { readonly kind: 'environment'; readonly at: string; readonly name: string; readonly config: EnvironmentConfig };

/** Who has a name, and every name that there is. */
export interface FoundOwners {
  readonly owners: readonly PythonOwner[];
  readonly known: readonly string[];
}

export async function findPythonOwners(options: {
  readonly name: string;
  readonly members: readonly Member[];
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  readonly projectsOf: ProjectsOf;
}): Promise<Result<FoundOwners>> {
  const { members, projectsOf } = options;
  const name = normalizeName(options.name);
  const all = await allProjects(members, projectsOf);
  if (!all.ok) return all;
  const environments = Object.entries(options.environments);
  return ok({
    owners: [
      ...all.value
        .filter(({ project }) => project.name === name)
        .map((project): PythonOwner => ({ kind: 'python', at: project.member.path, project })),
      ...environments
        .filter(([key]) => key === options.name)
        .map(([key, config]): PythonOwner => ({ kind: 'environment', at: 'ferrule.toml', name: key, config })),
    ],
    known: [...all.value.map(({ project }) => project.displayName), ...environments.map(([key]) => key)],
  });
}

async function allProjects(members: readonly Member[], projectsOf: ProjectsOf): Promise<Result<readonly MemberProject[]>> {
  const found: MemberProject[] = [];
  for (const member of members.filter(({ kind }) => kind === 'python')) {
    const projects = await projectsOf(member);
    if (!projects.ok) return projects;
    found.push(...projects.value.map((project) => ({ member, project })));
  }
  return ok(found);
}

/** The default output of every project of the members. */
export async function defaultRequests(members: readonly Member[], projectsOf: ProjectsOf): Promise<Result<readonly PythonRequest[]>> {
  const all = await allProjects(members, projectsOf);
  if (!all.ok) return all;
  // A workspace that is no project is the sum of the others: it counts where there are none.
  const own = all.value.filter(({ member, project }) => project.kind === 'project' || !all.value.some(isProjectOf(member)));
  return ok(own.map((project) => requestOf(project, defaultOutput(project.project, 'wheel'))));
}

function isProjectOf(owner: Member): (candidate: MemberProject) => boolean {
  return ({ member, project }) => member === owner && project.kind === 'project';
}

/** `output` undefined: the default one. F0113: an environment of `ferrule.toml` that names what is not there. F0755: an output that it does not have. */
export async function pythonRequest(options: {
  readonly owner: PythonOwner;
  readonly output: PythonOutput | undefined;
  /** Extras that the target names: then an environment is meant. */
  readonly extras: readonly string[];
  readonly wanted: WantedOutput;
  readonly repository: Repository;
  readonly projectsOf: ProjectsOf;
}): Promise<Result<PythonRequest>> {
  const { owner, output, wanted, repository, projectsOf } = options;
  const extras = options.extras.map(normalizeName);
  if (owner.kind === 'python') {
    const { project } = owner;
    if (!project.project.isPackage && (output?.kind === 'wheel' || output?.kind === 'sdist')) {
      return fail(nothingToInstall(project, output.kind));
    }
    return ok(requestOf(project, output ?? defaultOutput(project.project, extras.length > 0 ? 'env' : wanted), extras));
  }
  if (output?.kind === 'wheel' || output?.kind === 'sdist') return fail(onlyEnvironment(owner.name, output.kind));
  const all = await allProjects(repository.members, projectsOf);
  if (!all.ok) return all;
  const projects: MemberProject[] = [];
  for (const name of owner.config.projects) {
    const project = all.value.find((candidate) => candidate.project.name === normalizeName(name));
    if (project === undefined) return fail(unknownProject(owner.name, name, all.value));
    projects.push(project);
  }
  const [first, ...rest] = projects;
  if (first === undefined) return fail(unknownProject(owner.name, '', all.value));
  return ok({
    name: owner.name,
    label: labelOf(owner.name, extras),
    projects: [first, ...rest],
    output: output ?? { kind: 'env', groups: [] },
    groups: owner.config.groups.map(normalizeName),
    extras: [...extras, ...owner.config.extras.map(normalizeName)],
    prefer: owner.config.prefer,
  });
}

function requestOf(project: MemberProject, output: PythonOutput, extras: PythonRequest['extras'] = []): PythonRequest {
  const { displayName: name } = project.project;
  return { name, label: labelOf(name, extras), projects: [project], output, groups: [], extras, prefer: undefined };
}

function labelOf(name: string, extras: PythonRequest['extras']): string {
  return extras.length === 0 ? name : `${name}[${extras.join(',')}]`;
}

/** A wheel; of a project that has no build system, the environment it describes. */
function defaultOutput(project: IndexedProject, wanted: WantedOutput): PythonOutput {
  if (wanted === 'editable') return { kind: 'editable', groups: [] };
  return project.isPackage && wanted === 'wheel' ? { kind: 'wheel' } : { kind: 'env', groups: [] };
}

function nothingToInstall({ project }: MemberProject, output: 'wheel' | 'sdist'): Diagnostic {
  const { kind, displayName } = project;
  const subject = kind === 'project' ? `\`${displayName}\` has no build system, and so` : `the workspace \`${displayName}\``;
  return {
    code: 'F1034',
    severity: 'error',
    blame: 'input',
    message: `${subject} has no \`${output}\``,
    hints: [
      `\`${displayName}:env\` and \`${displayName}:editable\` can be built`,
      ...(kind === 'project' ? ['a `[build-system]` in its `pyproject.toml` makes a package of it'] : []),
    ],
  };
}

function unknownProject(environment: string, name: string, projects: readonly MemberProject[]): Diagnostic {
  const names = projects.map(({ project }) => project.displayName);
  const meant = meantHint(name, names);
  return {
    code: 'F0113',
    severity: 'error',
    blame: 'input',
    message:
      name === ''
        ? `environment \`${environment}\` names no project`
        : `environment \`${environment}\` names \`${name}\`, which is no Python project here`,
    hints: meant.length > 0 ? meant : [`known projects are ${names.map((known) => `\`${known}\``).join(', ')}`],
  };
}

function onlyEnvironment(name: string, output: string): Diagnostic {
  return {
    code: 'F0755',
    severity: 'error',
    blame: 'input',
    message: `\`${name}\` is an environment of \`ferrule.toml\` and has no \`${output}\``,
    hints: [`\`${name}:env\` and \`${name}:editable\` can be built`],
  };
}
