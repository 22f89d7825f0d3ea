import { dirname, relative } from 'node:path';
import { fail, ok, type Diagnostic, type Result } from '../../diagnostics/diagnostic.ts';
import type { Artifact } from '../../python/artifact.ts';
import { chooseBuildRequirements } from '../../python/build/build-requirements.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import { type BuildSystem, LEGACY_BUILD_SYSTEM, type ProjectManifest } from '../../python/build/build-system.ts';
import { compilesNothing } from '../../python/build/compiles-nothing.ts';
import { gitVersion, versionTeller } from '../../python/build/git-version.ts';
import { projectSources } from '../../python/build/project-sources.ts';
import type { DistributionName } from '../../python/distribution-name.ts';
import { ArtifactFetcher } from '../../python/fetch/artifact-fetcher.ts';
import type { Interpreter, InstalledInterpreter } from '../../python/interpreter.ts';
import { findInterpreter, INTERPRETER_VARIABLES } from '../../python/interpreters/find-interpreter.ts';
import { type CompileRequest, compileRequest } from '../../python/maturin/compile-request.ts';
import { type PackingProject, readPackingProject } from '../../python/maturin/packing-project.ts';
import type { Project } from '../../python/project/project.ts';
import { readProject } from '../../python/project/read-project.ts';
import { parseSpecifiers } from '../../python/version/specifier.ts';
import type { FerruleLock } from '../../repository/ferrule-lock.ts';
import { readDirectories, RecordedDirectories } from '../../repository/directory-listings.ts';
import type { Repository } from '../../repository/repository.ts';
import { DiskProbe } from '../../source/disk-probe.ts';
import { buildPythonFor } from '../extension-build-python.ts';
import { type ExtensionPlan, planExtension } from '../extension-plan.ts';
import type { BuildPython } from '../extension-python.ts';
import type { RunContext } from '../run-context.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import { BuildStep, type BuildStepOptions } from './build-step.ts';
import { FetchStep } from './fetch-step.ts';
import type { PythonMembers } from './members.ts';
import { PackStep } from './pack-step.ts';
import type { PythonNode, PythonNodeId } from './step.ts';

/** What a project of the repository is made into. */
export type ProjectForm = 'wheel' | 'published wheel' | 'editable' | 'sdist';

export interface PlannerOptions {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  /** `undefined`: there is no `ferrule.lock`. */
  readonly lock: FerruleLock | undefined;
}

/** Collects the nodes of the Python half, each piece of work once. */
export class PythonPlanner {
  readonly nodes: PythonNode[] = [];
  readonly extensions: WorkspacePlan[] = [];
  readonly #options: PlannerOptions;
  readonly fetcher: ArtifactFetcher;
  readonly #known = new Map<string, Promise<Result<PythonNodeId>>>();
  readonly #interpreters = new Map<string, Promise<Result<InstalledInterpreter>>>();
  readonly #watched = new Set<string>();

  constructor(options: PlannerOptions) {
    const { context } = options;
    const { store, request } = context;
    this.#options = options;
    const { environment, offline, signal } = request;
    this.fetcher = new ArtifactFetcher({ store, environment, offline, signal, now: request.now, onProgress: fetchProgress(context) });
  }

  /** Absolute paths that planning looked at, present or not. */
  get watched(): readonly string[] {
    return [...this.#watched];
  }

  /** Variables that planning read. */
  get variables(): readonly string[] {
    return INTERPRETER_VARIABLES;
  }

  get lock(): FerruleLock | undefined {
    return this.#options.lock;
  }

  add(node: PythonNode): PythonNodeId {
    return this.nodes.push(node) - 1;
  }

  /** The Python of a project, looked for once. */
  interpreterOf(project: Project): Promise<Result<InstalledInterpreter>> {
    const found = this.#interpreters.get(project.directory) ?? this.#findInterpreter(project);
    this.#interpreters.set(project.directory, found);
    return found;
  }

  async #findInterpreter(project: Project): Promise<Result<InstalledInterpreter>> {
    const { context, repository } = this.#options;
    const text = project.metadata?.requiresPython;
    const set = text === undefined ? undefined : parseSpecifiers(text);
    const found = await findInterpreter({
      directory: project.directory,
      root: repository.root,
      requiresPython:
        text === undefined || set === undefined ? undefined : { set, text, span: project.spanOf(['project', 'requires-python']) },
      setting: repository.config.python.interpreter,
      environment: context.request.environment,
      run: context.process,
      store: context.store,
    });
    if (found.ok) for (const path of found.value.watched) this.#watched.add(path);
    return found;
  }

  /** Node of a locked wheel. */
  fetched(artifact: Artifact, label: string): PythonNodeId {
    const name = artifact.hash === undefined ? JSON.stringify(artifact.location) : `${artifact.hash.algorithm}:${artifact.hash.hex}`;
    const key = `fetch ${name}`;
    const step = new FetchStep({ artifact, fetcher: this.fetcher, store: this.#options.context.store });
    return this.#once(key, () => this.add({ label, verb: 'fetch', needs: [], units: [], step }));
  }

  #onceKnown = new Map<string, PythonNodeId>();

  #once(key: string, make: () => PythonNodeId): PythonNodeId {
    const id = this.#onceKnown.get(key) ?? make();
    this.#onceKnown.set(key, id);
    return id;
  }

  /** Node of a project in the checkout. */
  local(options: LocalProject): Promise<Result<PythonNodeId>> {
    const key = `${options.form} ${options.directory} ${options.installed.executable}`;
    const found = this.#known.get(key) ?? this.#planLocal(options);
    this.#known.set(key, found);
    return found;
  }

  async #planLocal(options: LocalProject): Promise<Result<PythonNodeId>> {
    const project = await this.#options.members.projectAt(options.directory);
    if (!project.ok) return project;
    if (project.value.buildSystem?.backend === 'maturin') {
      if (options.form === 'sdist') return fail(noSourcesOfExtensions(project.value));
      return await this.#planExtension(project.value, options);
    }
    return await this.#planBackend(project.value, options);
  }

  /** Node of a maturin project in sources that are none of the repository's: `root` is their top, in the store. */
  async foreignExtension(options: {
    readonly directory: string;
    readonly root: string;
    readonly installed: InstalledInterpreter;
    readonly label: string;
  }): Promise<Result<PythonNodeId>> {
    const { directory, root, installed, label } = options;
    const project = await readProject({ directory, file: `pyproject.toml of ${label}` });
    return project.ok ? await this.#planExtension(project.value, { directory, installed, form: 'wheel' }, root) : project;
  }

  async #planExtension(
    project: Project,
    { installed, form }: LocalProject,
    repositoryRoot: string = this.#options.repository.root,
  ): Promise<Result<PythonNodeId>> {
    const { context, repository } = this.#options;
    const packing = readPackingProject(project);
    if (!packing.ok) return packing;
    const asked = this.#compileRequest(packing.value);
    if (!asked.ok) return asked;
    const { crateDirectory: directory, wanted, extensionName } = asked.value;
    const { settings } = packing.value;
    const toolchain = await context.toolchainOf({ directory });
    if (!toolchain.ok) return toolchain;
    const { store, process: run, request } = context;
    const extension = await planExtension({
      directory,
      wanted,
      settings,
      moduleName: extensionName,
      interpreter: installed.interpreter,
      profile: request.profile ?? repository.config.build.profile,
      editable: form === 'editable',
      target: undefined,
      features: [],
      buildPython: () => this.#buildPython(project, installed),
      repositoryRoot,
      toolchain: toolchain.value,
      environment: request.environment,
      offline: request.offline,
      store,
      run,
      onProgress: (text) => context.progress(text),
      now: request.now,
    });
    if (!extension.ok) return extension;
    this.extensions.push(extension.value.plan);
    const label = labelOf(project, extension.value.crate.version);
    const step = new PackStep({
      store,
      label,
      project: packing.value,
      extension: extension.value,
      interpreter: installed.interpreter,
      purpose: form === 'published wheel' ? 'publish' : 'install',
      editable: form === 'editable',
      repositoryRoot,
    });
    return ok(this.add({ label, verb: 'pack', needs: [], units: unitsOf(extension.value), step }), [
      ...(packing.warnings ?? []),
      ...(extension.warnings ?? []),
    ]);
  }

  /** What build scripts of an extension may run: a Python with what the project is built with besides maturin. */
  async #buildPython(project: Project, installed: InstalledInterpreter): Promise<Result<BuildPython | undefined>> {
    const { requires } = project.buildSystem ?? LEGACY_BUILD_SYSTEM;
    const subject: BuildSubject = { label: labelOf(project, undefined), span: project.spanOf(['build-system']) };
    const { fetcher } = this;
    const { context, lock } = this.#options;
    const choose = (): ReturnType<typeof chooseBuildRequirements> =>
      chooseBuildRequirements({ lock, requires, interpreter: installed.interpreter, subject });
    return await buildPythonFor({ requires, choose, installed, fetcher, store: context.store });
  }

  #compileRequest(project: PackingProject): Result<CompileRequest> {
    const disk = { directories: new RecordedDirectories(readDirectories), probe: new DiskProbe() };
    const asked = compileRequest({ project, disk });
    for (const path of [...disk.directories.watched, ...disk.probe.watched]) this.#watched.add(path);
    return asked;
  }

  async #planBackend(project: Project, { directory, installed, form }: LocalProject): Promise<Result<PythonNodeId>> {
    const { store } = this.#options.context;
    const manifest: ProjectManifest = { buildSystem: project.buildSystem ?? LEGACY_BUILD_SYSTEM, document: project.document };
    const label = labelOf(project, undefined);
    const subject: BuildSubject = { label, span: project.buildSystem === undefined ? undefined : project.spanOf(['build-system']) };
    const name = project.metadata?.name;
    if (name === undefined) return fail(namelessProject(project));
    const requires = this.requirements({ buildSystem: manifest.buildSystem, project, name, interpreter: installed.interpreter, subject });
    if (!requires.ok) return requires;
    const environment = this.#buildEnvironment(project, name, manifest, subject);
    if (!environment.ok) return environment;
    const otherProjects = await this.#options.members.allDirectories();
    const { root: repositoryRoot } = this.#options.repository;
    const extent = form === 'sdist' ? 'everything' : 'wheel';
    const inputs = this.#overridesOf(name).flatMap((override) => override.inputs);
    const options: BuildStepOptions = {
      store,
      subject,
      hook: form === 'published wheel' ? 'wheel' : form,
      interpreter: installed,
      buildSystem: manifest.buildSystem,
      compiles: !compilesNothing(manifest),
      requires: requires.value,
      configSettings: { ...project.uv.configSettings, ...project.uv.configSettingsPackage.get(name) },
      environment: environment.value,
      directory,
      sources: ({ memory }) => {
        const sources = projectSources({ store, memory, repositoryRoot, directory, name, manifest, otherProjects, inputs, extent });
        return sources.ok ? ok({ tree: sources.value.tree, subdirectory: undefined }, sources.warnings) : sources;
      },
    };
    return ok(this.add({ label, verb: 'build', needs: requires.value, units: [], step: new BuildStep(options) }));
  }

  /** Nodes of what a project is built with. */
  requirements(options: {
    readonly buildSystem: BuildSystem;
    readonly project: Project | undefined;
    readonly name: DistributionName;
    readonly interpreter: Interpreter;
    readonly subject: BuildSubject;
  }): Result<readonly PythonNodeId[]> {
    const { buildSystem, project, name, interpreter, subject } = options;
    const { lock } = this.#options;
    const extra = project?.uv.extraBuildDependencies.get(name) ?? [];
    const requires = [...buildSystem.requires, ...extra.map(({ requirement }) => requirement)];
    const chosen = chooseBuildRequirements({ lock, requires, interpreter, subject });
    if (!chosen.ok) return chosen;
    return ok(chosen.value.map((requirement) => this.fetched(requirement.wheel, `${requirement.name} ${requirement.version}`)));
  }

  /** Variables of a build: overrides, uv's settings, and the version that the backend would ask git for. */
  #buildEnvironment(
    project: Project,
    name: DistributionName,
    manifest: ProjectManifest,
    subject: BuildSubject,
  ): Result<Readonly<Record<string, string>>> {
    const user = this.#options.context.request.environment;
    const variables: Record<string, string> = { ...project.uv.extraBuildVariables.get(name) };
    for (const override of this.#overridesOf(name)) {
      Object.assign(variables, override.environment);
      for (const passed of override.passEnvironment) if (user[passed] !== undefined) variables[passed] = user[passed];
    }
    const teller = versionTeller(manifest);
    if (teller === undefined || Object.keys(variables).some((variable) => variable.startsWith(teller))) return ok(variables);
    const environment = { PATH: user['PATH'] ?? '', HOME: user['HOME'] ?? '' };
    const version = gitVersion({ directory: project.directory, subject, environment });
    if (!version.ok) return version;
    for (const path of version.value.watched) this.#watched.add(path);
    return ok({ ...variables, [teller]: version.value.version });
  }

  #overridesOf(name: DistributionName): Repository['config']['overrides'] {
    return this.#options.repository.config.overrides.filter(({ subject }) => subject.kind === 'distribution' && subject.name === name);
  }
}

export interface LocalProject {
  /** Absolute. */
  readonly directory: string;
  readonly installed: InstalledInterpreter;
  readonly form: ProjectForm;
}

function unitsOf({ plan }: ExtensionPlan): PythonNode['units'] {
  return plan.roots.map((unit) => ({ workspace: plan, unit }));
}

function labelOf(project: Project, crateVersion: string | undefined): string {
  const name = project.metadata?.writtenName ?? relative(dirname(project.directory), project.directory);
  const version = project.metadata?.version ?? crateVersion;
  return version === undefined ? name : `${name} ${version}`;
}

function noSourcesOfExtensions(project: Project): Diagnostic {
  return {
    code: 'F0345',
    severity: 'error',
    blame: 'input',
    message: `source distributions of projects with a Rust extension are not built yet: \`${project.metadata?.writtenName ?? project.file}\``,
    span: project.spanOf(['build-system']),
    hints: ['run `maturin sdist` in its directory'],
  };
}

function namelessProject(project: Project): Diagnostic {
  return {
    code: 'F0916',
    severity: 'error',
    blame: 'input',
    message: `\`${project.file}\` has no \`project.name\`, so nothing can be built of it`,
    hints: ['add a `[project]` table with `name` and `version`'],
  };
}

function fetchProgress(
  context: RunContext,
): (progress: { readonly file: string; readonly received: number; readonly total: number | undefined }) => void {
  let last = 0;
  return ({ file, received, total }) => {
    const now = context.now();
    if (now - last < 100) return;
    last = now;
    context.progress(`${file} ${megabytes(received)}${total === undefined ? '' : ` of ${megabytes(total)}`} MB`);
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
