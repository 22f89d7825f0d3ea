import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { normalizeName } from '../../python/distribution-name.ts';
import { bringing } from '../../python/project/bringing.ts';
import type { CheckConfig } from '../../repository/config.ts';
import { meantHint } from '../../repository/did-you-mean.ts';
import type { Repository } from '../../repository/repository.ts';
import type { EnvironmentPart } from '../../python/environment.ts';
import { PROFILE_ROOT, relativeToRoot } from '../../rust/layout.ts';
import { COUNTED, UNCOUNTED } from '../../rust/units/rustc-environment.ts';
import {
  countingModules,
  measuredPytest,
  measuredSources,
  nothingMeasures,
  pytestMeasurement,
  pytestTracefile,
  WRITE_TRACEFILE,
} from '../coverage/pytest-coverage.ts';
import { exitWords } from '../exit-words.ts';
import { overridesFor } from '../python/distribution-overrides.ts';
import { type PlannedEnvironment, planEnvironmentParts } from '../python/environment-node.ts';
import type { PythonPlan } from '../python/plan.ts';
import type { PythonPlanner } from '../python/planner.ts';
import type { MemberProject, PythonRequest } from '../python/request.ts';
import { defaultRequests, findPythonOwners, pythonRequest } from '../python/select-projects.ts';
import type { RunContext } from '../run-context.ts';
import type { CheckNode, FailedCheck } from './check.ts';
import type { CheckList } from './check-list.ts';
import { CommandStep, type CommandStepOptions } from './command-step.ts';
import { ENVIRONMENT_ROOT } from './sandbox-environment.ts';
import { userTool } from './tools.ts';
import { JUNIT_PATH, PYTEST_TRACEFILE, withoutReport, withoutReportLine } from './test-report.ts';
import { confinement } from './unreadable-file.ts';

export interface PythonCheckOptions {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly planner: PythonPlanner;
  readonly projects: readonly MemberProject[];
  readonly wants: (subject: string, check: string) => boolean;
  readonly list: CheckList;
}

const EDITABLE = { kind: 'editable', groups: [] } as const;

/** Runs its arguments, on success also the commands given, and prints the report behind their errors: a command that fails leaves no files. */
function withReport(afterwards: string | undefined): string {
  const also = afterwards === undefined ? '' : ` if [ $status -eq 0 ]; then ${afterwards}; status=$?; fi;`;
  return `"$@"; status=$?;${also} if [ -f ${JUNIT_PATH} ]; then cat ${JUNIT_PATH} >&2; fi; exit $status`;
}

/**
 * Adds pytest of every project that has it, and the declared checks. Where they are planned for another machine (`host`): those that it
 * cannot have. Diagnostics of planning environments; F1062, F1069.
 */
export async function addPythonChecks(options: PythonCheckOptions): Promise<Result<PythonPlan['leftOut']>> {
  const checks = new PythonChecks(options);
  for (const project of options.projects) await checks.addPytest(project);
  for (const [name, config] of Object.entries(options.repository.config.checks)) {
    if (config.command !== undefined) await checks.addDeclared(name, config, config.command);
  }
  const { leftOut } = checks;
  const isElsewhere = options.context.request.host !== undefined;
  return leftOut.length === 0 || isElsewhere ? ok(leftOut) : fail(...leftOut.flatMap(({ diagnostics }) => diagnostics));
}

class PythonChecks {
  readonly leftOut: PythonPlan['leftOut'][number][] = [];
  readonly #options: PythonCheckOptions;

  constructor(options: PythonCheckOptions) {
    this.#options = options;
  }

  async addPytest(member: MemberProject): Promise<void> {
    const { planner, wants, list, repository } = this.#options;
    const subject = member.project.displayName;
    if (!wants(subject, 'pytest')) return;
    const project = await planner.members.projectOf(member.project);
    if (!project.ok) return this.#leaveOut(subject, 'pytest', project.diagnostics);
    const settings = repository.config.checks['pytest'];
    const isSet = settings !== undefined && settings.groups.length > 0;
    const brought = isSet ? { groups: settings.groups.map(normalizeName), extras: [] } : bringing(project.value, 'pytest');
    if (brought === undefined) return;
    const environment = await this.#environment({
      name: subject,
      label: subject,
      projects: [member],
      output: EDITABLE,
      ...brought,
      prefer: undefined,
    });
    if (!environment.ok) return this.#leaveOut(subject, 'pytest', environment.diagnostics);
    const overrides = overridesFor(repository.config, { name: member.project.name, version: member.project.version });
    const { directory } = member.project;
    const isMeasured = this.#options.context.request.checks?.coverage !== undefined;
    const measurement = isMeasured ? pytestMeasurement(environment.value) : undefined;
    if (isMeasured && measurement === undefined) return this.#leaveOut(subject, 'pytest', [nothingMeasures(subject)]);
    const counting = isMeasured ? countingModules(planner, environment.value, member.project) : [];
    const programs = `${ENVIRONMENT_ROOT}/bin`;
    const started = (parts: readonly EnvironmentPart[]): readonly string[] => {
      if (measurement === undefined) return [`${programs}/pytest`];
      const { root: repositoryRoot } = repository;
      const sources = measuredSources({ project: project.value, indexed: member.project, parts, repositoryRoot });
      return measuredPytest({ measurement, programs, sources });
    };
    const step = new CommandStep({
      ...this.#surroundings(member, environment.value),
      command: (parts) => [
        '/bin/sh',
        '-c',
        withReport(measurement === 'coverage' ? WRITE_TRACEFILE : undefined),
        'sh',
        ...started(parts),
        '-p',
        'no:cacheprovider',
        '--color=yes',
        `--junit-xml=${JUNIT_PATH}`,
        ...(settings?.arguments ?? []),
      ],
      directory,
      additions: {
        inputs: [...(settings?.inputs ?? []), ...overrides.flatMap(({ inputs }) => inputs)],
        // Beside the sources, where coverage.py has it, nothing can be written.
        environment: {
          COVERAGE_FILE: '/tmp/coverage',
          ...(counting.length === 0 ? {} : COUNTED),
          ...settings?.variables,
        },
        passEnvironment: settings?.passEnvironment ?? [],
      },
      outputs: [
        ...(measurement === undefined ? [] : [relativeToRoot(PYTEST_TRACEFILE)]),
        ...(counting.length === 0 ? [] : [relativeToRoot(PROFILE_ROOT)]),
      ],
      explain: (failed, paths) => explainPytest({ subject, failed, paths, directory, anchor: repository.root }),
    });
    list.add({
      subject,
      name: 'pytest',
      units: [],
      nodes: [
        {
          ...node({ label: `${subject} (pytest)`, verb: 'test', environment: environment.value, step }),
          ...(counting.length === 0 ? {} : { counting }),
          ...(measurement === undefined ? {} : { tracefile: pytestTracefile(member.project, repository.root) }),
        },
      ],
    });
  }

  async addDeclared(name: string, config: CheckConfig, command: readonly string[]): Promise<void> {
    if (config.projects.length > 0) return await this.#addForProjects(name, config, command);
    const { wants, repository } = this.#options;
    const subject = config.environment ?? name;
    if (!wants(subject, name)) return;
    const directory = join(repository.root, config.directory ?? '.');
    if (config.environment === undefined)
      return this.#add({ subject, name, config, command, directory, member: undefined, environment: undefined });
    const request = await this.#namedEnvironment(name, config.environment, config.groups);
    if (!request.ok) return this.#leaveOut(subject, name, request.diagnostics);
    const environment = await this.#environment(request.value);
    if (!environment.ok) return this.#leaveOut(subject, name, environment.diagnostics);
    const [first] = request.value.projects;
    return this.#add({ subject, name, config, command, directory, member: first, environment: environment.value });
  }

  async #addForProjects(name: string, config: CheckConfig, command: readonly string[]): Promise<void> {
    const { repository, projects, wants, planner } = this.#options;
    const all = await defaultRequests(repository.members, async (member) => await planner.members.projectsOf(member));
    if (!all.ok) return this.#leaveOut(name, name, all.diagnostics);
    const known = all.value.flatMap(({ projects: [first] }) => first.project);
    const isAll = config.projects.includes('*');
    const unknown = isAll ? undefined : config.projects.find((wanted) => !known.some((project) => project.name === normalizeName(wanted)));
    if (unknown !== undefined) {
      const names = known.map(({ displayName }) => displayName);
      return this.#leaveOut(name, name, [unknownProject(name, unknown, names)]);
    }
    for (const member of projects) {
      const { displayName: subject, name: own, directory: place } = member.project;
      if (!isAll && !config.projects.some((wanted) => normalizeName(wanted) === own)) continue;
      if (!wants(subject, name)) continue;
      const groups = config.groups.map(normalizeName).filter((group) => !isAll || member.project.groups.includes(group));
      const environment = await this.#environment({
        name: subject,
        label: subject,
        projects: [member],
        output: EDITABLE,
        groups,
        extras: [],
        prefer: undefined,
      });
      if (!environment.ok) this.#leaveOut(subject, name, environment.diagnostics);
      else {
        const directory = config.directory === undefined ? place : join(repository.root, config.directory);
        this.#add({ subject, name, config, command, directory, member, environment: environment.value });
      }
    }
  }

  #leaveOut(name: string, output: string, diagnostics: readonly Diagnostic[]): void {
    this.leftOut.push({ name, output, diagnostics });
  }

  #add(check: {
    readonly subject: string;
    readonly name: string;
    readonly config: CheckConfig;
    readonly command: readonly string[];
    /** Absolute. */
    readonly directory: string;
    readonly member: MemberProject | undefined;
    readonly environment: PlannedEnvironment | undefined;
  }): void {
    const { subject, name, config, command, directory, member, environment } = check;
    const { context, list, repository, planner } = this.#options;
    const isCounting =
      environment !== undefined && member !== undefined && countingModules(planner, environment, member.project).length > 0;
    const [program = ''] = command;
    const tool = userTool({ name: program, searchPath: context.request.environment['PATH'] ?? '', store: context.store });
    if (tool !== undefined) list.watch([tool.path]);
    const step = new CommandStep({
      ...this.#surroundings(member, environment),
      // What the environment has goes first: it is on the path before the user's own programs.
      tools: tool === undefined ? [] : [tool],
      command: () => command,
      directory,
      directories: member === undefined || config.directory !== undefined ? [directory] : [member.project.directory],
      additions: {
        inputs: config.inputs,
        environment: { ...(isCounting ? UNCOUNTED : {}), ...config.variables },
        passEnvironment: config.passEnvironment,
      },
      outputs: [],
      explain: (failed, paths) => explainDeclared({ subject, name, command, failed, paths, directory, anchor: repository.root }),
    });
    const label = subject === name ? name : `${subject} (${name})`;
    list.add({ subject, name, units: [], nodes: [node({ label, verb: 'check', environment, step })] });
  }

  #surroundings(
    member: MemberProject | undefined,
    environment: PlannedEnvironment | undefined,
  ): Pick<CommandStepOptions, 'store' | 'name' | 'environment' | 'tools' | 'directories' | 'repositoryRoot'> {
    const { context, repository } = this.#options;
    return {
      store: context.store,
      name: member?.project.displayName ?? repository.root,
      environment,
      tools: [],
      directories: member === undefined ? [] : [member.project.directory],
      repositoryRoot: repository.root,
    };
  }

  async #environment(request: PythonRequest): Promise<Result<PlannedEnvironment>> {
    const { context, repository, planner } = this.#options;
    return await planEnvironmentParts({ context, repository, members: planner.members, planner, request });
  }

  async #namedEnvironment(check: string, name: string, groups: readonly string[]): Promise<Result<PythonRequest>> {
    const { repository, planner } = this.#options;
    const projectsOf = async (member: MemberProject['member']) => await planner.members.projectsOf(member);
    const { environments } = repository.config;
    const found = await findPythonOwners({ name, members: [], environments, projectsOf });
    if (!found.ok) return found;
    const owner = found.value.owners.find(({ kind }) => kind === 'environment');
    if (owner === undefined) return fail(unknownEnvironment(check, name, Object.keys(repository.config.environments)));
    const request = await pythonRequest({ owner, output: EDITABLE, extras: [], wanted: 'env', repository, projectsOf });
    return request.ok ? ok({ ...request.value, groups: [...request.value.groups, ...groups.map(normalizeName)] }) : request;
  }
}

function node(options: {
  readonly label: string;
  readonly verb: CheckNode['verb'];
  readonly environment: PlannedEnvironment | undefined;
  readonly step: CommandStep;
}): CheckNode {
  const { label, verb, environment, step } = options;
  return { label, verb, units: [], needs: environment?.parts.map((part) => part.node) ?? [], step };
}

interface ExplainedCommand {
  readonly subject: string;
  readonly failed: FailedCheck;
  readonly paths: (text: string) => string;
  /** Absolute. */
  readonly directory: string;
  readonly anchor: string;
}

function explainPytest(explained: ExplainedCommand): readonly Diagnostic[] {
  const { subject, failed, paths } = explained;
  const { exitCode } = failed.result;
  const nothing = exitCode === 5;
  return [
    {
      code: 'F1053',
      severity: 'error',
      blame: 'build',
      message: nothing ? `pytest found no tests in \`${subject}\`` : `tests of \`${subject}\` failed (pytest, ${exitWords(exitCode)})`,
      output: paths(withoutReportLine(failed.stdout) + withoutReport(failed.stderr)),
      hints: [...(nothing ? ['add tests, or leave pytest out with `enabled = false` in `[checks.pytest]`'] : []), ...failed.hints],
    },
    ...confined('pytest', explained),
  ];
}

function explainDeclared(
  explained: ExplainedCommand & { readonly name: string; readonly command: readonly string[] },
): readonly Diagnostic[] {
  const { subject, name, command, failed, paths } = explained;
  return [
    {
      code: 'F1054',
      severity: 'error',
      blame: 'build',
      message: subject === name ? `check \`${name}\` failed` : `\`${name}\` of \`${subject}\` failed`,
      facts: [
        ['command', command.join(' ')],
        ['ended with', exitWords(failed.result.exitCode)],
      ],
      output: paths(failed.stdout + failed.stderr),
      ...(failed.hints.length === 0 ? {} : { hints: failed.hints }),
    },
    ...confined(name, explained),
  ];
}

function confined(name: string, { subject, failed, paths, directory, anchor }: ExplainedCommand): readonly Diagnostic[] {
  const { action, store, stdout, stderr } = failed;
  return confinement({
    subject,
    action,
    store,
    printed: paths(`${stderr}\n${stdout}`),
    sources: [],
    directory,
    anchor,
    visible: [],
    declaration: (input) => `[checks.${name}]\ninputs = [${JSON.stringify(input)}]`,
  });
}

function unknownProject(check: string, name: string, known: readonly string[]): Diagnostic {
  const meant = meantHint(name, known);
  return {
    code: 'F1069',
    severity: 'error',
    blame: 'input',
    message: `check \`${check}\` names \`${name}\`, which is no Python project here`,
    hints: meant.length > 0 ? meant : [`known projects are ${known.map((project) => `\`${project}\``).join(', ')}`],
  };
}

function unknownEnvironment(check: string, name: string, known: readonly string[]): Diagnostic {
  const meant = meantHint(name, known);
  return {
    code: 'F1069',
    severity: 'error',
    blame: 'input',
    message: `check \`${check}\` names the environment \`${name}\`, which \`ferrule.toml\` does not have`,
    hints: meant.length > 0 ? meant : [`write \`[environments.${name}]\`, or name a \`project\``],
  };
}
