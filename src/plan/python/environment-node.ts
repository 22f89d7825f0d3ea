import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type DistributionName, normalizeName } from '../../python/distribution-name.ts';
import type { CompositionPolicy } from '../../python/environment.ts';
import type { InstalledInterpreter, Interpreter } from '../../python/interpreter.ts';
import { checkFreshness } from '../../python/lock/freshness.ts';
import type { PythonLock } from '../../python/lock/lock.ts';
import { mergeResolutions, type MemberResolution } from '../../python/lock/merge-resolutions.ts';
import { resolveLock } from '../../python/lock/resolve-lock.ts';
import { defaultGroups, type Project } from '../../python/project/project.ts';
import type { UvSettings } from '../../python/project/uv-settings.ts';
import type { Resolution, ResolutionRequest, ResolvedDistribution } from '../../python/resolution.ts';
import { supportedTags } from '../../python/version/supported-tags.ts';
import type { FerruleConfig } from '../../repository/config.ts';
import type { Member, Repository } from '../../repository/repository.ts';
import type { RunContext } from '../run-context.ts';
import type { BuiltFor } from './build-settings.ts';
import { EnvironmentStep, type PlannedPart } from './environment-step.ts';
import type { PythonMembers } from './members.ts';
import type { PythonPlanner } from './planner.ts';
import { lockedRange } from './python-range.ts';
import type { IndexedProject, PythonRequest } from './request.ts';
import { rememberedResolution, rememberResolution } from './resolution-memory.ts';
import { planSource } from './source-nodes.ts';
import type { PythonNodeId } from './step.ts';

export interface EnvironmentQuestion {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  readonly planner: PythonPlanner;
  readonly request: PythonRequest;
}

/** Node of an environment: what the locks say is needed, each distribution by the node that brings it. */
export async function planEnvironmentNode(question: EnvironmentQuestion & { readonly label: string }): Promise<Result<PythonNodeId>> {
  const { context, planner, request, label } = question;
  const planned = await planEnvironmentParts(question);
  if (!planned.ok) return planned;
  const { projects, interpreter, parts, policy } = planned.value;
  const step = new EnvironmentStep({ store: context.store, name: request.name, projects, interpreter, parts, policy });
  return ok(planner.add({ label, verb: 'compose', needs: parts.map(({ node }) => node), units: [], step }), planned.warnings);
}

/** What an environment is composed from. */
export interface PlannedEnvironment {
  /** The projects it is for: their scripts are what it offers. */
  readonly projects: readonly DistributionName[];
  readonly interpreter: InstalledInterpreter;
  readonly parts: readonly PlannedPart[];
  readonly policy: CompositionPolicy;
}

/** What the locks say an environment needs, each distribution by the node that brings it. */
export async function planEnvironmentParts(question: EnvironmentQuestion): Promise<Result<PlannedEnvironment>> {
  const { context, repository, members, planner, request } = question;
  const owners = await readOwners(question);
  if (!owners.ok) return owners;
  const nobodys = ofNobody(request, owners.value);
  if (nobodys.length > 0) return fail(...nobodys);
  const [first] = owners.value;
  const installed = await planner.interpreterOf(first.project, lockedRange(owners.value));
  if (!installed.ok) return installed;
  const resolution = await resolveAll({ ...question, owners: owners.value, interpreter: installed.value.interpreter });
  if (!resolution.ok) return resolution;
  const editable = request.output.kind === 'editable';
  const runtime = async (): Promise<Result<Resolution>> => await Promise.resolve(resolution);
  const parts: PlannedPart[] = [];
  const warnings: Diagnostic[] = [...(resolution.warnings ?? [])];
  for (const distribution of resolution.value.distributions) {
    const builtFor: BuiltFor = { settings: settingsFor(distribution, owners.value), runtime };
    const planned = await planSource({
      planner,
      repository,
      members,
      context,
      installed: installed.value,
      distribution,
      editable,
      builtFor,
    });
    if (!planned.ok) return planned;
    warnings.push(...(planned.warnings ?? []));
    if (planned.value === undefined) continue;
    const { node, kind } = planned.value;
    const { name, version, span } = distribution;
    parts.push({ node, kind, origin: { name, version, span, directUrl: directUrl(distribution, kind) } });
  }
  const projects = projectNames(owners.value);
  return ok({ projects, interpreter: installed.value, parts, policy: compositionPolicy(repository.config) }, warnings);
}

/** A project of the request, read. */
interface Owner {
  readonly member: Member;
  readonly indexed: IndexedProject;
  readonly project: Project;
  readonly lock: PythonLock;
  readonly settings: UvSettings;
}

async function readOwners({ members, request }: EnvironmentQuestion): Promise<Result<readonly [Owner, ...Owner[]]>> {
  const owners: Owner[] = [];
  for (const { member, project: indexed } of request.projects) {
    const lock = await members.lockOf(member);
    if (!lock.ok) return lock;
    const project = await members.projectOf(indexed);
    if (!project.ok) return project;
    const settings = await members.settingsOf(member, indexed);
    if (!settings.ok) return settings;
    owners.push({ member, indexed, project: project.value, lock: lock.value, settings: settings.value });
  }
  const [first, ...rest] = owners;
  if (first === undefined) throw new Error('internal: an environment of no project');
  return ok([first, ...rest]);
}

/** Extras and groups that a shared environment asks for and none of its projects has. Of one project its lock says so. */
function ofNobody({ name, projects, extras, groups, output }: PythonRequest, owners: readonly Owner[]): readonly Diagnostic[] {
  if (projects.length === 1) return [];
  const asked = [...groups, ...('groups' in output ? output.groups.map(normalizeName) : [])];
  const parts = [
    ...extras.filter((extra) => owners.every(({ indexed }) => !indexed.extras.includes(extra))).map((extra) => `extra \`${extra}\``),
    ...asked.filter((group) => owners.every(({ indexed }) => !indexed.groups.includes(group))).map((group) => `group \`${group}\``),
  ];
  return parts.map((part): Diagnostic => ({
    code: 'F1038',
    severity: 'error',
    blame: 'input',
    message: `none of the projects of the environment \`${name}\` has the ${part}`,
    facts: owners.map(({ indexed }) => [
      indexed.displayName,
      [...indexed.extras.map((extra) => `[${extra}]`), ...indexed.groups].join(', ') || 'neither extras nor groups',
    ]),
    hints: ['correct the name in `ferrule.toml` or in the target'],
  }));
}

/** Whose scripts the environment offers: of a workspace its members'. */
function projectNames(owners: readonly Owner[]): readonly DistributionName[] {
  return owners.flatMap(({ indexed, lock }) =>
    indexed.kind === 'workspace' && lock.kind === 'uv' ? lock.manifest.members : [indexed.name],
  );
}

/** Of several locks the first that has the distribution says how it is built. */
function settingsFor({ name }: ResolvedDistribution, owners: readonly [Owner, ...Owner[]]): UvSettings {
  const [first, ...others] = owners;
  if (others.length === 0) return first.settings;
  return (owners.find(({ lock }) => lock.packages.some((entry) => entry.name === name)) ?? first).settings;
}

interface ResolvingQuestion extends EnvironmentQuestion {
  readonly owners: readonly Owner[];
  readonly interpreter: Interpreter;
}

/** What each project's lock gives for the interpreter, as one. */
async function resolveAll(question: ResolvingQuestion): Promise<Result<Resolution>> {
  const { request, owners } = question;
  const resolutions: MemberResolution[] = [];
  const warnings: Diagnostic[] = [];
  for (const owner of owners) {
    const resolution = await resolveProject(question, owner);
    if (!resolution.ok) return resolution;
    warnings.push(...(resolution.warnings ?? []));
    resolutions.push({ member: owner.member.path, resolution: resolution.value });
  }
  const [only] = resolutions;
  if (only !== undefined && resolutions.length === 1) return ok(only.resolution, warnings);
  const merged = mergeResolutions({ members: resolutions, prefer: request.prefer });
  return merged.ok ? ok(merged.value, [...warnings, ...(merged.warnings ?? [])]) : merged;
}

async function resolveProject(question: ResolvingQuestion, owner: Owner): Promise<Result<Resolution>> {
  const { context, members, interpreter } = question;
  const { indexed, project, lock } = owner;
  const compared = new Map([[project.directory, project]]);
  const projectAt = async (directory: string): Promise<Result<Project>> => {
    const found = await members.projectAt(directory);
    if (found.ok) compared.set(directory, found.value);
    return found;
  };
  const request = resolutionRequest(question, owner);
  const memory = { store: context.store, lock, request, interpreter, choice: owner.settings.choice, projectAt };
  const known = indexed.kind === 'project' ? await rememberedResolution(memory) : undefined;
  if (known !== undefined) return ok(known);
  // Its `[tool.uv]` is what counts for the lock.
  await projectAt(lock.directory);
  const resolved = await resolveAnew({ ...memory, owner });
  // Members of a workspace are found by looking around.
  const isWorkspace = Array.from(compared.values()).some(({ uv }) => uv.workspace !== undefined);
  if (resolved.ok && resolved.warnings === undefined && indexed.kind === 'project' && !isWorkspace) {
    rememberResolution(memory, { resolution: resolved.value, projects: [...compared.values()] });
  }
  return resolved;
}

/** A lock that no longer says what the projects declare is not built from. Where that cannot be told, `uv lock --check` can. */
async function resolveAnew(question: {
  readonly owner: Owner;
  readonly request: ResolutionRequest;
  readonly interpreter: Interpreter;
  readonly projectAt: (directory: string) => Promise<Result<Project>>;
}): Promise<Result<Resolution>> {
  const { owner, request, interpreter, projectAt } = question;
  const { indexed, project, lock, settings } = owner;
  const { problems } = await checkFreshness({ lock, script: indexed.kind === 'script' ? project : undefined, projectAt });
  if (problems.length > 0) return fail(...problems);
  return resolveLock({ lock, request, interpreter, tags: supportedTags(interpreter), choice: settings.choice });
}

function resolutionRequest({ request }: ResolvingQuestion, { indexed, project }: Owner): ResolutionRequest {
  const named = groupsNamed(request, indexed.groups);
  const standard = request.output.kind === 'editable' ? defaultGroups(project, indexed.groups) : [];
  const isAlone = request.projects.length === 1;
  return {
    root: indexed.kind === 'project' ? indexed.name : undefined,
    extras: isAlone ? request.extras : request.extras.filter((extra) => indexed.extras.includes(extra)),
    groups: [...new Set([...standard, ...named])],
    withProject: true,
  };
}

/** Those of the output must be there; where several projects share an environment, each has those it has. */
function groupsNamed({ output, groups, projects }: PythonRequest, present: readonly DistributionName[]): readonly DistributionName[] {
  const asked = 'groups' in output ? output.groups.map(normalizeName) : [];
  if (projects.length === 1) return [...asked, ...groups];
  return [...asked, ...groups].filter((group) => present.includes(group));
}

/** Content of `direct_url.json` (PEP 610): only what did not come from an index has one, and nothing of this machine but where editables lie. */
function directUrl({ source }: ResolvedDistribution, kind: PlannedPart['kind']): string | undefined {
  if (source.kind === 'git') {
    const { url, revision, subdirectory } = source;
    return JSON.stringify({ url, vcs_info: { vcs: 'git', commit_id: revision }, ...(subdirectory === undefined ? {} : { subdirectory }) });
  }
  if (source.kind !== 'directory' || kind !== 'editable') return undefined;
  return JSON.stringify({ url: `file://${source.directory}`, dir_info: { editable: true } });
}

function compositionPolicy({ collisions, overrides }: FerruleConfig): CompositionPolicy {
  const distributions = overrides.flatMap(({ subject, remove, libraries }) =>
    subject.kind === 'distribution' ? [{ name: normalizeName(subject.name), remove, libraries }] : [],
  );
  return {
    collisions: collisions.map(({ paths, take }) => ({ paths, take: take === 'first' ? 'first' : normalizeName(take) })),
    removals: distributions.flatMap(({ name, remove }) =>
      remove.map((paths) => ({ distribution: name, paths: `lib/python*/site-packages/${paths}` })),
    ),
    libraries: distributions.flatMap(({ libraries }) => libraries),
  };
}
