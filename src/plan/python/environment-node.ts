import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type DistributionName, normalizeName } from '../../python/distribution-name.ts';
import type { CompositionPolicy } from '../../python/environment.ts';
import type { Interpreter } from '../../python/interpreter.ts';
import { checkFreshness } from '../../python/lock/freshness.ts';
import { mergeResolutions, type MemberResolution } from '../../python/lock/merge-resolutions.ts';
import { resolveLock } from '../../python/lock/resolve-lock.ts';
import { defaultGroups } from '../../python/project/project.ts';
import type { Resolution, ResolvedDistribution } from '../../python/resolution.ts';
import { supportedTags } from '../../python/version/supported-tags.ts';
import type { FerruleConfig } from '../../repository/config.ts';
import type { Repository } from '../../repository/repository.ts';
import type { RunContext } from '../run-context.ts';
import { EnvironmentStep, type PlannedPart } from './environment-step.ts';
import type { PythonMembers } from './members.ts';
import type { PythonPlanner } from './planner.ts';
import type { MemberProject, PythonRequest } from './request.ts';
import { planSource } from './source-nodes.ts';
import type { PythonNodeId } from './step.ts';

export interface EnvironmentQuestion {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  readonly planner: PythonPlanner;
  readonly request: PythonRequest;
  /** As the node is called. */
  readonly label: string;
}

/** Node of an environment: what the locks say is needed, each distribution by the node that brings it. */
export async function planEnvironmentNode(question: EnvironmentQuestion): Promise<Result<PythonNodeId>> {
  const { context, repository, members, planner, request, label } = question;
  const [first] = request.projects;
  const project = await members.projectAt(first.project.directory);
  if (!project.ok) return project;
  const installed = await planner.interpreterOf(project.value);
  if (!installed.ok) return installed;
  const resolution = await resolveAll(question, installed.value.interpreter);
  if (!resolution.ok) return resolution;
  const editable = request.output.kind === 'editable';
  const parts: PlannedPart[] = [];
  const needs: PythonNodeId[] = [];
  const warnings: Diagnostic[] = [...(resolution.warnings ?? [])];
  for (const distribution of resolution.value.distributions) {
    const planned = await planSource({ planner, repository, members, context, installed: installed.value, distribution, editable });
    if (!planned.ok) return planned;
    warnings.push(...(planned.warnings ?? []));
    if (planned.value === undefined) continue;
    const { node, kind } = planned.value;
    const { name, version, span } = distribution;
    parts.push({ node, kind, origin: { name, version, span, directUrl: directUrl(distribution, kind) } });
    needs.push(node);
  }
  const step = new EnvironmentStep({
    store: context.store,
    name: request.name,
    projects: request.projects.map((own) => own.project.name),
    interpreter: installed.value,
    parts,
    policy: compositionPolicy(repository.config),
  });
  return ok(planner.add({ label, verb: 'compose', needs, units: [], step }), warnings);
}

/** What each project's lock gives for the interpreter, as one. */
async function resolveAll(question: EnvironmentQuestion, interpreter: Interpreter): Promise<Result<Resolution>> {
  const { request } = question;
  const resolutions: MemberResolution[] = [];
  const warnings: Diagnostic[] = [];
  for (const own of request.projects) {
    const resolution = await resolveProject(question, own, interpreter);
    if (!resolution.ok) return resolution;
    warnings.push(...(resolution.warnings ?? []));
    resolutions.push({ member: own.member.path, resolution: resolution.value });
  }
  const [only] = resolutions;
  if (only !== undefined && resolutions.length === 1) return ok(only.resolution, warnings);
  const merged = mergeResolutions({ members: resolutions, prefer: request.prefer });
  return merged.ok ? ok(merged.value, [...warnings, ...(merged.warnings ?? [])]) : merged;
}

async function resolveProject(
  { members, request }: EnvironmentQuestion,
  { member, project: indexed }: MemberProject,
  interpreter: Interpreter,
): Promise<Result<Resolution>> {
  const lock = await members.lockOf(member);
  if (!lock.ok) return lock;
  // A lock that no longer says what the projects declare is not built from. Where that cannot be told, `uv lock --check` can.
  const { problems } = await checkFreshness({ lock: lock.value, projectAt: async (directory) => await members.projectAt(directory) });
  if (problems.length > 0) return fail(...problems);
  const project = await members.projectAt(indexed.directory);
  if (!project.ok) return project;
  const named = groupsNamed(request, indexed.groups);
  const groups = request.output.kind === 'editable' ? [...new Set([...defaultGroups(project.value), ...named])] : named;
  return resolveLock({
    lock: lock.value,
    request: { root: indexed.name, extras: [], groups, withProject: true },
    interpreter,
    tags: supportedTags(interpreter),
    choice: project.value.uv.choice,
  });
}

/** Those of the output must be there; where several projects share an environment, each has those it has. */
function groupsNamed({ output, groups, projects }: PythonRequest, present: readonly DistributionName[]): readonly DistributionName[] {
  const asked = output.kind === 'env' ? output.groups.map(normalizeName) : [];
  if (projects.length === 1) return [...asked, ...groups];
  return [...asked, ...groups].filter((group) => present.includes(group));
}

/** Content of `direct_url.json` (PEP 610): only what did not come from an index has one, and nothing of this machine but where editables lie. */
function directUrl({ source }: ResolvedDistribution, kind: PlannedPart['kind']): string | undefined {
  if (source.kind === 'git') return JSON.stringify({ url: source.url, vcs_info: { vcs: 'git', commit_id: source.revision } });
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
