import { join } from 'node:path';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type DistributionName, normalizeName } from '../../python/distribution-name.ts';
import type { CompositionPolicy } from '../../python/environment.ts';
import { checkFreshness } from '../../python/lock/freshness.ts';
import type { PythonLock } from '../../python/lock/lock.ts';
import { resolveLock } from '../../python/lock/resolve-lock.ts';
import { defaultGroups, type Project } from '../../python/project/project.ts';
import { supportedTags } from '../../python/version/supported-tags.ts';
import type { ResolvedDistribution } from '../../python/resolution.ts';
import type { FerruleLock } from '../../repository/ferrule-lock.ts';
import type { FerruleConfig } from '../../repository/config.ts';
import type { Repository } from '../../repository/repository.ts';
import type { RunContext } from '../run-context.ts';
import { EnvironmentStep, type PlannedPart } from './environment-step.ts';
import type { PythonMembers } from './members.ts';
import type { PythonOutputNode, PythonPlan } from './plan.ts';
import { PythonPlanner } from './planner.ts';
import type { PythonRequest } from './request.ts';
import { planSource } from './source-nodes.ts';
import type { PythonNodeId } from './step.ts';
import { WheelFileStep } from './wheel-file-step.ts';

export interface PythonQuestion {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  readonly requests: readonly PythonRequest[];
  /** `undefined`: there is no `ferrule.lock`. */
  readonly lock: FerruleLock | undefined;
}

/** Plans the Python outputs that were asked for. Diagnostics of reading, resolving and planning, all requests' together. */
export async function planPython(question: PythonQuestion): Promise<Result<PythonPlan>> {
  const planner = new PythonPlanner(question);
  const outputs: PythonOutputNode[] = [];
  const problems = [];
  const warnings = [];
  for (const request of question.requests) {
    const planned = await planRequest({ ...question, planner, request });
    if (planned.ok) {
      outputs.push({ name: request.project.displayName, output: outputText(request), node: planned.value });
      warnings.push(...(planned.warnings ?? []));
    } else problems.push(...planned.diagnostics);
  }
  if (problems.length > 0) return fail(...problems);
  const { members } = question;
  const watched = (): ReturnType<PythonPlan['watched']> => ({
    paths: [...members.watched, ...planner.watched],
    variables: planner.variables,
    variablePrefixes: [],
  });
  return ok({ nodes: planner.nodes, extensions: planner.extensions, outputs, watched }, warnings);
}

interface RequestQuestion extends PythonQuestion {
  readonly planner: PythonPlanner;
  readonly request: PythonRequest;
}

async function planRequest(question: RequestQuestion): Promise<Result<PythonNodeId>> {
  const { context, members, planner, request } = question;
  const { directory } = request.project;
  const project = await members.projectAt(directory);
  if (!project.ok) return project;
  const installed = await planner.interpreterOf(project.value);
  if (!installed.ok) return installed;
  const { output } = request;
  switch (output.kind) {
    case 'wheel': {
      const node = await planner.local({ directory, installed: installed.value, form: 'published wheel' });
      if (!node.ok) return node;
      const step = new WheelFileStep({ store: context.store, wheel: node.value });
      return ok(
        planner.add({ label: `${request.project.displayName} (wheel file)`, verb: 'pack', needs: [node.value], units: [], step }),
        node.warnings,
      );
    }
    case 'sdist':
      return await planner.local({ directory, installed: installed.value, form: 'sdist' });
    case 'env':
      return await planEnvironmentNode(question, { project: project.value, groups: output.groups.map(normalizeName), editable: false });
    case 'editable':
      return await planEnvironmentNode(question, { project: project.value, groups: defaultGroups(project.value), editable: true });
  }
}

interface WantedEnvironment {
  readonly project: Project;
  readonly groups: readonly DistributionName[];
  /** Projects of the checkout are used where they lie. */
  readonly editable: boolean;
}

async function planEnvironmentNode(question: RequestQuestion, wanted: WantedEnvironment): Promise<Result<PythonNodeId>> {
  const { context, repository, members, planner, request } = question;
  const { project, groups, editable } = wanted;
  const lock = await members.lockOf(request.member);
  if (!lock.ok) return lock;
  const stale = await staleness(question, lock.value);
  if (!stale.ok) return stale;
  const installed = await planner.interpreterOf(project);
  if (!installed.ok) return installed;
  const { interpreter } = installed.value;
  const resolution = resolveLock({
    lock: lock.value,
    request: { root: request.project.name, extras: [], groups, withProject: true },
    interpreter,
    tags: supportedTags(interpreter),
    choice: project.uv.choice,
  });
  if (!resolution.ok) return resolution;
  const parts: PlannedPart[] = [];
  const needs: PythonNodeId[] = [];
  for (const distribution of resolution.value.distributions) {
    const planned = await planSource({ planner, repository, members, context, installed: installed.value, distribution, editable });
    if (!planned.ok) return planned;
    if (planned.value === undefined) continue;
    const { node, kind } = planned.value;
    const { name, version, span } = distribution;
    parts.push({ node, kind, origin: { name, version, span: span(), directUrl: directUrl(distribution, kind) } });
    needs.push(node);
  }
  const { displayName: name, name: own } = request.project;
  const policy = compositionPolicy(repository.config);
  const step = new EnvironmentStep({ store: context.store, name, project: own, interpreter: installed.value, parts, policy });
  return ok(planner.add({ label: `${name} (${outputText(request)})`, verb: 'compose', needs, units: [], step }), [
    ...(resolution.warnings ?? []),
  ]);
}

/** A lock that no longer says what the projects declare is not built from. What cannot be compared is not complained about: `uv lock --check` can. */
async function staleness({ members }: RequestQuestion, lock: PythonLock): Promise<Result<undefined>> {
  const { problems } = await checkFreshness({ lock, projectAt: async (directory) => await members.projectAt(directory) });
  return problems.length > 0 ? fail(...problems) : ok(undefined);
}

/** Content of `direct_url.json` (PEP 610): only what did not come from an index has one, and nothing of this machine but where editables lie. */
function directUrl({ source }: ResolvedDistribution, kind: PlannedPart['kind']): string | undefined {
  if (source.kind === 'git') {
    return JSON.stringify({ url: source.url, vcs_info: { vcs: 'git', commit_id: source.revision } });
  }
  if (source.kind === 'directory' && kind === 'editable') {
    return JSON.stringify({ url: `file://${source.directory}`, dir_info: { editable: true } });
  }
  return undefined;
}

function compositionPolicy({ collisions, overrides }: FerruleConfig): CompositionPolicy {
  const distributions = overrides.flatMap(({ subject, remove, libraries }) =>
    subject.kind === 'distribution' ? [{ name: normalizeName(subject.name), remove, libraries }] : [],
  );
  return {
    collisions: collisions.map(({ paths, take }) => ({ paths, take: take === 'first' ? 'first' : normalizeName(take) })),
    removals: distributions.flatMap(({ name, remove }) =>
      remove.map((paths) => ({ distribution: name, paths: join('lib/python*/site-packages', paths) })),
    ),
    libraries: distributions.flatMap(({ libraries }) => libraries),
  };
}

function outputText({ output }: PythonRequest): string {
  return output.kind === 'env' ? ['env', ...output.groups].join('/') : output.kind;
}
