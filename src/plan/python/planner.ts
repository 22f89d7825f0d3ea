import { ok, type Result, type Span } from '../../diagnostics/diagnostic.ts';
import type { Artifact } from '../../python/artifact.ts';
import { type ChosenRequirement, chooseBuildRequirements } from '../../python/build/build-requirements.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import type { BuildSystem } from '../../python/build/build-system.ts';
import type { ArtifactFetcher } from '../../python/fetch/artifact-fetcher.ts';
import type { NamedIndex } from '../../python/fetch/index-settings.ts';
import type { Interpreter, InstalledInterpreter } from '../../python/interpreter.ts';
import { findInterpreter, INTERPRETER_VARIABLES, type RequiredPython } from '../../python/interpreters/find-interpreter.ts';
import { onPlatform } from '../../python/interpreters/foreign-platform.ts';
import type { Project } from '../../python/project/project.ts';
import { UnpackThreads } from '../../python/wheel/unpack-threads.ts';
import type { FerruleLock } from '../../repository/ferrule-lock.ts';
import type { Repository } from '../../repository/repository.ts';
import type { RunContext } from '../run-context.ts';
import type { WorkspacePlan } from '../workspace-plan.ts';
import { FetchStep } from './fetch-step.ts';
import type { PythonMembers } from './members.ts';
import { declaredRange } from './python-range.ts';
import type { PythonNode, PythonNodeId } from './step.ts';

export interface PlannerOptions {
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  /** `undefined`: there is no `ferrule.lock`. */
  readonly lock: FerruleLock | undefined;
  /** Of the projects whose locks are read: their names lead to credentials. */
  readonly indexes: readonly NamedIndex[];
}

/** Collects the nodes of the Python half, each piece of work once. */
export class PythonPlanner {
  readonly nodes: PythonNode[] = [];
  readonly extensions: WorkspacePlan[] = [];
  /** Loaded, with all that the network needs, when something is to be fetched. */
  readonly fetcher: Pick<ArtifactFetcher, 'fetch'>;
  readonly threads: UnpackThreads;
  readonly context: RunContext;
  readonly repository: Repository;
  readonly members: PythonMembers;
  /** `undefined`: there is no `ferrule.lock`. */
  readonly lock: FerruleLock | undefined;
  readonly #known = new Map<string, Promise<Result<PythonNodeId>>>();
  readonly #fetched = new Map<string, PythonNodeId>();
  readonly #wheels: FetchStep[] = [];
  readonly #interpreters = new Map<string, Promise<Result<InstalledInterpreter>>>();
  readonly #watched = new Set<string>();
  readonly #indexes: readonly NamedIndex[];
  #fetcher: Promise<ArtifactFetcher> | undefined;

  constructor(options: PlannerOptions) {
    const { context, indexes } = options;
    const { store, request } = context;
    this.context = context;
    this.repository = options.repository;
    this.members = options.members;
    this.lock = options.lock;
    this.#indexes = indexes;
    this.fetcher = { fetch: async (artifact, span) => await (await this.#loadFetcher()).fetch(artifact, span) };
    this.threads = new UnpackThreads({ program: request.unpackProgram, store: store.directory });
  }

  /** Absolute paths that planning looked at, present or not. */
  get watched(): readonly string[] {
    return [...this.#watched];
  }

  /** Variables that planning read. */
  get variables(): readonly string[] {
    return INTERPRETER_VARIABLES;
  }

  add(node: PythonNode): PythonNodeId {
    return this.nodes.push(node) - 1;
  }

  /** The Python of a project, looked for once. `range`: what it must be of, which is what the project declares unless a lock says more. */
  interpreterOf(project: Project, range: RequiredPython | undefined = declaredRange(project)): Promise<Result<InstalledInterpreter>> {
    const key = `${range?.text ?? ''} ${project.directory}`;
    const found = this.#interpreters.get(key) ?? this.#findInterpreter(project, range);
    this.#interpreters.set(key, found);
    return found;
  }

  async #findInterpreter(project: Project, range: RequiredPython | undefined): Promise<Result<InstalledInterpreter>> {
    const { context, repository } = this;
    const found = await findInterpreter({
      directory: project.directory,
      root: repository.root,
      requiresPython: range,
      setting: repository.config.python.interpreter,
      environment: context.request.environment,
      run: context.process,
      store: context.store,
    });
    if (found.ok) this.watch(found.value.watched);
    const { host } = context.request;
    if (!found.ok || host === undefined) return found;
    return ok(onPlatform(found.value, host) ?? found.value);
  }

  /** Node of a locked wheel. `span`: its entry in the lock, for what goes wrong. */
  fetched(artifact: Artifact, label: string, span?: () => Span): PythonNodeId {
    const name = artifact.hash === undefined ? JSON.stringify(artifact.location) : `${artifact.hash.algorithm}:${artifact.hash.hex}`;
    const known = this.#fetched.get(name);
    if (known !== undefined) return known;
    const step = new FetchStep({ artifact, span, fetcher: this.fetcher, threads: this.threads, store: this.context.store });
    this.#wheels.push(step);
    const node = this.add({ label, verb: 'fetch', needs: [], units: [], step });
    this.#fetched.set(name, node);
    return node;
  }

  /** Begins to fetch every wheel that was never unpacked: the network is busy while other work runs. */
  prefetch(): void {
    const wanted = this.#wheels.flatMap((step) => (step.known() === undefined ? [{ artifact: step.artifact, span: undefined }] : []));
    if (wanted.length > 0) void this.#loadFetcher().then((fetcher) => fetcher.prefetch(wanted));
  }

  #loadFetcher(): Promise<ArtifactFetcher> {
    return (this.#fetcher ??= this.#newFetcher());
  }

  async #newFetcher(): Promise<ArtifactFetcher> {
    const { context } = this;
    const { store, request } = context;
    const { environment, offline, signal, now } = request;
    const { ArtifactFetcher: Fetcher } = await import('../../python/fetch/artifact-fetcher.ts');
    return new Fetcher({ store, environment, offline, signal, now, indexes: this.#indexes, onProgress: fetchProgress(context) });
  }

  /** Called when the run is over. */
  async end(): Promise<void> {
    (await this.#fetcher)?.close();
    await this.threads.close();
  }

  /** The node of a piece of work, planned by whoever asks first. */
  once(key: string, plan: () => Promise<Result<PythonNodeId>>): Promise<Result<PythonNodeId>> {
    const found = this.#known.get(key) ?? plan();
    this.#known.set(key, found);
    return found;
  }

  /** Remembers paths that a plan depends on. */
  watch(paths: Iterable<string>): void {
    for (const path of paths) this.#watched.add(path);
  }

  /** What a project is built with, by `ferrule.lock`. */
  chosenRequirements({ buildSystem, extra, interpreter, subject }: RequirementsOf): Result<readonly ChosenRequirement[]> {
    const { lock } = this;
    return chooseBuildRequirements({ lock, requires: [...buildSystem.requires, ...extra], interpreter, subject });
  }

  /** Nodes of what a project is built with. */
  requirements(question: RequirementsOf): Result<readonly PythonNodeId[]> {
    const chosen = this.chosenRequirements(question);
    return chosen.ok ? ok(this.fetchedRequirements(chosen.value)) : chosen;
  }

  /** Nodes of build requirements. */
  fetchedRequirements(chosen: readonly ChosenRequirement[]): readonly PythonNodeId[] {
    return chosen.map((requirement) => this.fetched(requirement.wheel, `${requirement.name} ${requirement.version}`));
  }
}

/** A project about to be built. */
export interface RequirementsOf {
  readonly buildSystem: BuildSystem;
  /** What `extra-build-dependencies` adds. */
  readonly extra: readonly string[];
  readonly interpreter: Interpreter;
  readonly subject: BuildSubject;
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
