import { relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { ExtensionPlan } from '../plan/extension-plan.ts';
import { type BuildOrigin, BuildStep, type BuildStepOptions } from '../plan/python/build-step.ts';
import { EnvironmentStep, type EnvironmentStepOptions } from '../plan/python/environment-step.ts';
import { FetchStep } from '../plan/python/fetch-step.ts';
import { overridesFor } from '../plan/python/distribution-overrides.ts';
import { PackStep, type PackStepOptions } from '../plan/python/pack-step.ts';
import type { PythonPlan } from '../plan/python/plan.ts';
import type { PythonNode, PythonNodeId } from '../plan/python/step.ts';
import { WheelFileStep } from '../plan/python/wheel-file-step.ts';
import type { WorkspacePlan } from '../plan/workspace-plan.ts';
import type { EnvironmentPart } from '../python/environment.ts';
import { planEnvironment } from '../python/environment/plan-environment.ts';
import { nixpkgsPackage } from '../python/environment/platform-libraries.ts';
import type { InstalledInterpreter, Interpreter } from '../python/interpreter.ts';
import { plainDisk } from '../python/maturin/packing-disk.ts';
import { packedSources } from '../python/maturin/packed-sources.ts';
import { parseWheelFilename, type WheelFilename } from '../python/wheel-filename.ts';
import type { FerruleConfig } from '../repository/config.ts';
import type { SourceMemory } from '../source/source-memory.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import type { RustLowering } from './lower-rust.ts';
import { notOnNix } from './nix-diagnostics.ts';
import type { PackageOrigins } from './package-origins.ts';
import type { NixPlanBuilder } from './plan-builder.ts';
import type { NixNode, NixSource } from './plan-file.ts';
import { plannedFile, type PlannedFile } from './python-file.ts';
import type {
  BackendStep,
  NixDistribution,
  NixPart,
  NixPython,
  PackedProgram,
  PackStep as NixPackStep,
  PythonStep,
} from './python-steps.ts';

export interface PythonLoweringOptions {
  readonly plan: PythonPlan;
  readonly builder: NixPlanBuilder;
  readonly origins: PackageOrigins;
  readonly store: DirectoryStore;
  readonly memory: SourceMemory;
  readonly config: FerruleConfig;
  /** For a flake, whose shells say where the checkout is. */
  readonly mayBeEditable: boolean;
  /** Absolute. */
  readonly repositoryRoot: string;
  /** The units of an extension's plan. */
  readonly rust: (plan: WorkspacePlan) => RustLowering;
}

/** An environment, as its node or a check was planned to have it. */
type ComposedEnvironment = Omit<EnvironmentStepOptions, 'store'> & { readonly label: string };

/** Turns the nodes of the Python half into derivations. */
export class PythonLowering {
  /** Interpreters that the derivations ask for, by name. */
  readonly pythons = new Map<string, NixPython>();
  readonly #options: PythonLoweringOptions;
  readonly #names = new Map<string, Result<string>>();

  constructor(options: PythonLoweringOptions) {
    this.#options = options;
  }

  /**
   * Name of the node of the Nix plan. `python`: whose modules the wheel's are to be; `null`: they are not imported from where they are
   * unpacked. F1161, F1162, and those of the units behind an extension.
   */
  nodeOf(id: PythonNodeId, python: string | null = null): Result<string> {
    const node = this.#node(id);
    const key = node.step instanceof FetchStep ? `${id} ${python}` : String(id);
    let name = this.#names.get(key);
    if (name === undefined) {
      name = this.#lower(node, python);
      this.#names.set(key, name);
    }
    return name;
  }

  /** The same for an output: of a file that a backend made, the file alone. */
  outputOf(id: PythonNodeId): Result<string> {
    const node = this.#node(id);
    return node.step instanceof BuildStep ? this.#collect(node, id) : this.nodeOf(id);
  }

  #lower(node: PythonNode, python: string | null): Result<string> {
    const { step } = node;
    if (step instanceof FetchStep) return this.#fetch(node, step, python);
    if (step instanceof BuildStep) {
      if (step.options.rust !== undefined) return fail(notOnNix(node.label, 'its own backend compiles Rust'));
      return this.#build(node, step.options);
    }
    if (step instanceof PackStep) return this.#pack(node, step.options);
    if (step instanceof EnvironmentStep) return this.environment({ ...step.options, label: node.label });
    if (step instanceof WheelFileStep) return this.#collect(node, step.wheel);
    return fail(notOnNix(node.label, 'maturin itself is what packs it'));
  }

  #fetch({ label }: PythonNode, { artifact }: FetchStep, python: string | null): Result<string> {
    const file = plannedFile({ ...this.#options, artifact, label });
    if (!file.ok) return file;
    const draft = new Draft();
    const wheel = parseWheelFilename(artifact.filename);
    const system = wheel?.platforms.some((platform) => platform.includes('linux')) === true ? this.#libraries(wheel) : [];
    const step = { kind: 'unpack', filename: artifact.filename, from: draft.file(file.value) } as const;
    return this.#enter(draft, {
      label,
      name: wheel?.name ?? label,
      version: wheel?.versionText ?? '0',
      step,
      system,
      distribution: { python, compiles: false, patches: true },
    });
  }

  #build(node: PythonNode, options: BuildStepOptions): Result<string> {
    const { hook, subject, buildSystem, configSettings, environment, requires, compiles, interpreter } = options;
    if (hook === 'editable' && !this.#options.mayBeEditable) return fail(notOnNix(node.label, NOT_IN_STORE));
    const draft = new Draft();
    const wheels = this.#needs(draft, requires);
    if (!wheels.ok) return wheels;
    const sources = this.#sources(draft, { ...options, label: node.label });
    if (!sources.ok) return sources;
    const step: BackendStep = {
      kind: 'backend',
      label: subject.label,
      hook,
      system: { backend: buildSystem.backend, backendPath: buildSystem.backendPath, requires: [] },
      requires: wheels.value,
      configSettings,
      environment,
      sources: sources.value.sources,
      subdirectory: sources.value.subdirectory ?? null,
    };
    const distribution = { python: this.#python(interpreter), compiles, patches: hook !== 'sdist' };
    return this.#enter(draft, { ...subjectParts(node.label), label: node.label, step, system: [], distribution });
  }

  #sources(
    draft: Draft,
    { origin, directory, label }: { readonly origin: BuildOrigin; readonly directory: string | undefined; readonly label: string },
  ): Result<{ readonly sources: BackendStep['sources']; readonly subdirectory: string | undefined }> {
    const { builder, origins, repositoryRoot } = this.#options;
    switch (origin.kind) {
      case 'project': {
        if (directory === undefined) throw new Error(`internal: ${label} is not in the checkout`);
        const rule = this.#builtFrom({ origin, directory, label });
        if (!rule.ok) return rule;
        const source = draft.source(builder.source(rule.value));
        return ok({ sources: { kind: 'part', source, below: relative(repositoryRoot, directory) }, subdirectory: undefined });
      }
      case 'sdist': {
        const { artifact, subdirectory } = origin;
        const file = plannedFile({ ...this.#options, artifact, label });
        if (!file.ok) return file;
        return ok({ sources: { kind: 'archive', filename: artifact.filename, from: draft.file(file.value) }, subdirectory });
      }
      case 'git': {
        const { url, revision, subdirectory } = origin;
        const fetch = origins.git({ url, revision, checkout: '' });
        if (!fetch.ok) return fetch;
        const name = builder.fetch(fetch.value);
        draft.fetches.add(name);
        return ok({ sources: { kind: 'checkout', fetch: name }, subdirectory });
      }
    }
  }

  #pack(node: PythonNode, options: PackStepOptions): Result<string> {
    const { project, extension, interpreter, purpose, editable } = options;
    const { builder, repositoryRoot } = this.#options;
    const { label } = node;
    if (editable && !this.#options.mayBeEditable) return fail(notOnNix(label, NOT_IN_STORE));
    if (options.repositoryRoot !== repositoryRoot)
      return fail(notOnNix(label, 'it is a source distribution with a Rust extension, and its crates are not in the repository'));
    if (runsPython(extension.plan)) return fail(notOnNix(label, 'a build script of it runs Python'));
    const draft = new Draft();
    const rule = this.#packedFrom(options);
    if (!rule.ok) return rule;
    const code = this.#code(draft, extension);
    if (!code.ok) return code;
    const outDirectories = this.#outDirectories(draft, options);
    if (!outDirectories.ok) return outDirectories;
    const { crate } = extension;
    const step: NixPackStep = {
      kind: 'pack',
      label,
      purpose,
      editable,
      source: draft.source(builder.source(rule.value)),
      directory: relative(repositoryRoot, project.directory),
      crate: {
        ...crate,
        manifestDirectory: relative(repositoryRoot, crate.manifestDirectory),
        workspaceRoot: relative(repositoryRoot, crate.workspaceRoot),
      },
      code: code.value,
      outDirectories: outDirectories.value,
    };
    const distribution = { python: this.#pythonOf(interpreter), compiles: false, patches: false };
    return this.#enter(draft, { ...subjectParts(label), label, step, system: [], distribution });
  }

  #code(draft: Draft, { plan, files, stableAbi }: ExtensionPlan): Result<NixPackStep['code']> {
    const rust = this.#options.rust(plan);
    const programs: PackedProgram[] = [];
    for (const { name, unit, file } of files) {
      const node = rust.nodeOf(unit);
      if (!node.ok) return node;
      programs.push({ name, need: draft.need(node.value), file });
    }
    const [module] = programs;
    if (module === undefined) throw new Error('internal: an extension without files');
    if (files[0]?.kind !== 'module') return ok({ kind: 'programs', programs });
    return ok({ kind: 'module', need: module.need, file: module.file, stableAbi: stableAbi ?? null });
  }

  /** Only where the project takes files from there: they are needs of the wheel else. */
  #outDirectories(draft: Draft, { project, extension }: PackStepOptions): Result<NixPackStep['outDirectories']> {
    const wanted = new Set(
      project.settings.include.flatMap((include) => (include.kind === 'out-dir' ? [include.crate ?? extension.crate.name] : [])),
    );
    const rust = this.#options.rust(extension.plan);
    const found: { crate: string; need: number; unit: string }[] = [];
    for (const unit of extension.plan.units) {
      const { name } = unit.unit.package;
      if (unit.kind !== 'run-script' || !wanted.has(name)) continue;
      const node = rust.nodeOf(unit.index);
      if (!node.ok) return node;
      found.push({ crate: name, need: draft.need(node.value), unit: unit.unitId });
    }
    return ok(found);
  }

  /** Name of the node that composes an environment. */
  environment(options: ComposedEnvironment): Result<string> {
    const { label, name, interpreter, parts, policy } = options;
    const collisions = this.#collisions(options);
    if (collisions.length > 0) return fail(...collisions);
    const draft = new Draft();
    const python = this.#python(interpreter);
    const composed: NixPart[] = [];
    for (const { node: id, kind, origin } of parts) {
      const need = this.#needs(draft, [id], python);
      if (!need.ok) return need;
      const { name: distribution, version, directUrl } = origin;
      composed.push({
        kind,
        need: need.value[0] ?? -1,
        name: distribution,
        version: version ?? null,
        directUrl: kind === 'editable' ? null : (directUrl ?? null),
      });
    }
    return this.#enter(draft, {
      label,
      name: `${name}-env`,
      version: composed.find((part) => part.name === options.projects[0])?.version ?? '0',
      step: { kind: 'compose', name, parts: composed, policy },
      system: [],
      distribution: { python, compiles: false, patches: false },
    });
  }

  /** What a backend builds a project of the repository from. */
  #builtFrom({ origin, directory, label }: ProjectPlace & { readonly label: string }): Result<NixSource> {
    const { origins, memory, repositoryRoot } = this.#options;
    const files = origin.files(memory);
    if (!files.ok) return files;
    const below = relative(repositoryRoot, directory);
    if (below.startsWith('..')) return fail(notOnNix(label, 'its sources lie outside the repository, and a flake sees only what is in it'));
    const paths = files.value.files.map((file) => (below === '' ? file : `${below}/${file}`));
    return ok(origins.projectRule({ directory, isWhole: files.value.isWhole }, paths));
  }

  /** What is packed for a project with a Rust extension, beside what is compiled. */
  #packedFrom({ project, extension: { crate } }: PackStepOptions): Result<NixSource> {
    const { store, origins, repositoryRoot: ignoreRoot } = this.#options;
    const read = packedSources({ project, crate, ignoreRoot, disk: plainDisk(store) });
    if (!read.ok) return read;
    const files = read.value.map((path) => relative(ignoreRoot, path));
    return ok(origins.projectRule({ directory: project.directory, isWhole: includesAnything(project) }, files));
  }

  /** The projects that an environment imports from the checkout: absolute directories, with what each is built from. */
  editableProjects(parts: ComposedEnvironment['parts']): Result<readonly EditableProject[]> {
    const projects: EditableProject[] = [];
    for (const { label, step } of parts.filter(({ kind }) => kind === 'editable').map(({ node }) => this.#node(node))) {
      if (step instanceof PackStep) {
        const rule = this.#packedFrom(step.options);
        if (!rule.ok) return rule;
        projects.push({ directory: step.options.project.directory, rule: rule.value });
      } else if (step instanceof BuildStep && step.options.origin.kind === 'project' && step.options.directory !== undefined) {
        const { origin, directory } = step.options;
        const rule = this.#builtFrom({ origin, directory, label });
        if (!rule.ok) return rule;
        projects.push({ directory, rule: rule.value });
      }
    }
    return ok(projects);
  }

  /** What is wrong already with those of the wheels that were unpacked on this machine: it need not wait for Nix. */
  #collisions({ name, interpreter, parts, policy }: ComposedEnvironment): readonly Diagnostic[] {
    const known = parts.flatMap(({ node, origin }): readonly EnvironmentPart[] => {
      const { step } = this.#node(node);
      const wheel = step instanceof FetchStep ? step.known() : undefined;
      return wheel === undefined ? [] : [{ kind: 'wheel', wheel, origin: { ...origin, version: origin.version ?? wheel.facts.version } }];
    });
    const composed = planEnvironment({ request: { name, interpreter, parts: known, policy }, store: this.#options.store });
    return composed.ok ? [] : composed.diagnostics;
  }

  #collect(node: PythonNode, wheel: PythonNodeId): Result<string> {
    const draft = new Draft();
    const need = this.#needs(draft, [wheel]);
    if (!need.ok) return need;
    return this.#enter(draft, {
      ...subjectParts(this.#node(wheel).label),
      label: node.label,
      step: { kind: 'collect-wheel', need: need.value[0] ?? -1 },
      system: [],
      distribution: { python: null, compiles: false, patches: false },
    });
  }

  /** Packages of nixpkgs with the libraries that overrides name; what no table knows is there at run time. */
  #libraries({ name, versionText: version }: WheelFilename): readonly string[] {
    const overrides = overridesFor(this.#options.config, { name, version });
    return [...new Set(overrides.flatMap(({ libraries }) => libraries.flatMap((library) => nixpkgsPackage(library) ?? [])))].toSorted();
  }

  #needs(draft: Draft, ids: readonly PythonNodeId[], python: string | null = null): Result<readonly number[]> {
    const found: number[] = [];
    const problems: Diagnostic[] = [];
    for (const id of ids) {
      const name = this.nodeOf(id, python);
      if (name.ok) found.push(draft.need(name.value));
      else problems.push(...name.diagnostics);
    }
    return problems.length === 0 ? ok(found) : fail(...problems);
  }

  #enter(draft: Draft, made: MadeNode): Result<string> {
    const { label, name, version, step, system, distribution } = made;
    const node: NixNode = {
      label,
      name,
      version,
      toolchain: null,
      needs: draft.needs,
      fetches: [...draft.fetches].toSorted(),
      sources: draft.sources,
      system,
      steps: [step],
      distribution,
    };
    return ok(this.#options.builder.node(node));
  }

  #python({ interpreter }: InstalledInterpreter): string {
    return this.#pythonOf(interpreter);
  }

  /** By its version alone: the package set has the patch release that it has. */
  #pythonOf({ implementation, version: { major, minor }, freeThreaded }: Interpreter): string {
    const [prefix, nixpkgs] = implementation === 'cpython' ? ['', 'python'] : [implementation, implementation];
    const version = `${prefix}${major}.${minor}${freeThreaded ? 't' : ''}`;
    this.pythons.set(version, { version, nixpkgs: `${nixpkgs}${major}${minor}${freeThreaded ? 'FreeThreading' : ''}` });
    return version;
  }

  #node(id: PythonNodeId): PythonNode {
    const node = this.#options.plan.nodes[id];
    if (node === undefined) throw new Error(`internal: there is no Python node ${id}`);
    return node;
  }
}

const NOT_IN_STORE = 'editable projects are used where they lie, which is not in the Nix store: only shells of a flake have them';

/** A project of the repository that its backend builds. */
interface ProjectPlace {
  readonly origin: Extract<BuildOrigin, { kind: 'project' }>;
  /** Absolute. */
  readonly directory: string;
}

export interface EditableProject {
  /** Absolute. */
  readonly directory: string;
  readonly rule: NixSource;
}

interface MadeNode {
  readonly label: string;
  readonly name: string;
  readonly version: string;
  readonly step: PythonStep;
  readonly system: readonly string[];
  readonly distribution: NixDistribution;
}

/** What a node has been found to need so far. */
class Draft {
  readonly needs: string[] = [];
  readonly sources: string[] = [];
  readonly fetches = new Set<string>();

  need(node: string): number {
    return positionIn(this.needs, node);
  }

  source(name: string): number {
    return positionIn(this.sources, name);
  }

  file(planned: PlannedFile): { readonly fetch: string } | { readonly source: number; readonly file: string } {
    if (planned.kind === 'source') return { source: this.source(planned.source), file: planned.file };
    this.fetches.add(planned.fetch);
    return { fetch: planned.fetch };
  }
}

function positionIn(names: string[], name: string): number {
  const known = names.indexOf(name);
  return known === -1 ? names.push(name) - 1 : known;
}

/** `pnt-functional 0.1.0`, as nodes of projects are called; a version that is dynamic is not known. */
function subjectParts(label: string): { readonly name: string; readonly version: string } {
  const [name = label, version = '0'] = label.split(' ');
  return { name, version };
}

/** Patterns that begin with a directory's name are about that directory; others are about the whole project. */
function includesAnything({ settings }: PackStepOptions['project']): boolean {
  return settings.include.some((include) => include.kind === 'source' && !/^[^*?[/]+\//.test(include.path));
}

/** A tree among the inputs of a unit is an interpreter with wheels. */
function runsPython({ units }: WorkspacePlan): boolean {
  return units.some(({ inputs = [] }) => inputs.some(({ kind }) => kind === 'tree'));
}
