import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { resolveLock } from '../../python/lock/resolve-lock.ts';
import type { Resolution } from '../../python/resolution.ts';
import { supportedTags } from '../../python/version/supported-tags.ts';
import { isExtension } from '../../python/project/project.ts';
import type { FerruleLock } from '../../repository/ferrule-lock.ts';
import type { Repository } from '../../repository/repository.ts';
import type { RunContext } from '../run-context.ts';
import { planEnvironmentNode } from './environment-node.ts';
import type { PythonMembers } from './members.ts';
import type { PythonOutputNode, PythonPlan } from './plan.ts';
import { PythonPlanner } from './planner.ts';
import type { PythonRequest } from './request.ts';
import type { PythonNodeId } from './step.ts';

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
  const indexes = await question.members.indexesOf(question.requests.flatMap(({ projects }) => projects));
  const planner = new PythonPlanner({ ...question, indexes });
  const name = JSON.stringify(question.requests.map((request) => [request.name, outputText(request)]));
  question.context.store.openBundle(name, WHEEL_NOTES);
  const outputs: PythonOutputNode[] = [];
  const problems: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  const leftOut: PythonPlan['leftOut'][number][] = [];
  for (const request of question.requests) {
    const planned = await planRequest({ ...question, planner, request });
    if (planned.ok) {
      outputs.push(outputNode(request, planned.value));
      warnings.push(...(planned.warnings ?? []));
    } else if (question.context.request.host === undefined) problems.push(...planned.diagnostics);
    else leftOut.push({ name: request.label, output: outputText(request), diagnostics: planned.diagnostics });
  }
  if (problems.length > 0) return fail(...problems);
  return ok({ ...pythonPlan(planner, outputs), leftOut }, warnings);
}

/** What a planner has collected, as the Python half of a run. */
export function pythonPlan(planner: PythonPlanner, outputs: readonly PythonOutputNode[]): PythonPlan {
  const { members, nodes, extensions } = planner;
  const watched = (): ReturnType<PythonPlan['watched']> => ({
    paths: [...members.watched, ...planner.watched],
    variables: planner.variables,
    variablePrefixes: [],
  });
  return { nodes, extensions, outputs, leftOut: [], begin: () => planner.prefetch(), end: async () => await planner.end(), watched };
}

function outputNode(request: PythonRequest, node: PythonNodeId): PythonOutputNode {
  const { projects } = request;
  const output = outputText(request);
  const standard = projects.some(({ project }) => project.isPackage) && projects.length === 1 ? 'wheel' : 'env';
  const scripts = projects.flatMap(({ project }) => project.scripts);
  return { name: request.label, output, node, scripts, isDefault: output === standard };
}

/** Namespaces of what is remembered of each wheel. */
const WHEEL_NOTES = ['wheel', 'listing'];

interface RequestQuestion extends PythonQuestion {
  readonly planner: PythonPlanner;
  readonly request: PythonRequest;
}

async function planRequest(question: RequestQuestion): Promise<Result<PythonNodeId>> {
  const { request } = question;
  switch (request.output.kind) {
    case 'wheel':
      return await planWheelFile(question);
    case 'sdist':
      return await planProject(question, 'sdist');
    case 'env':
    case 'editable':
      return await planEnvironmentNode({ ...question, label: `${request.label} (${outputText(request)})` });
  }
}

async function planWheelFile(question: RequestQuestion): Promise<Result<PythonNodeId>> {
  const { context, planner, request } = question;
  const node = await planProject(question, 'published wheel');
  if (!node.ok) return node;
  const project = await question.members.projectOf(request.projects[0].project);
  const isAudited = project.ok && isExtension(project.value);
  const { WheelFileStep } = await import('./wheel-file-step.ts');
  const step = new WheelFileStep({ store: context.store, wheel: node.value, isAudited });
  return ok(planner.add({ label: `${request.name} (wheel file)`, verb: 'pack', needs: [node.value], units: [], step }), node.warnings);
}

async function planProject(
  { members, planner, request }: RequestQuestion,
  form: 'published wheel' | 'sdist',
): Promise<Result<PythonNodeId>> {
  const [{ member, project: indexed }] = request.projects;
  const project = await members.projectOf(indexed);
  if (!project.ok) return project;
  const settings = await members.settingsOf(member, indexed);
  if (!settings.ok) return settings;
  const installed = await planner.interpreterOf(project.value);
  if (!installed.ok) return installed;
  const runtime = async (): Promise<Result<Resolution>> => {
    const lock = await members.lockOf(member);
    if (!lock.ok) return lock;
    const { interpreter } = installed.value;
    const wanted = { root: indexed.name, extras: [], groups: [], withProject: true };
    return resolveLock({ lock: lock.value, request: wanted, interpreter, tags: supportedTags(interpreter), choice: settings.value.choice });
  };
  const builtFor = { settings: settings.value, runtime };
  const { localProjectNode } = await import('./project-node.ts');
  return await localProjectNode(planner, { name: indexed.name, directory: indexed.directory, installed: installed.value, form, builtFor });
}

function outputText({ output }: PythonRequest): string {
  return 'groups' in output ? [output.kind, ...output.groups].join('/') : output.kind;
}
