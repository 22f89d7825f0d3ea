import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import { LEGACY_BUILD_SYSTEM, type ProjectManifest } from '../../python/build/build-system.ts';
import { compilesNothing } from '../../python/build/compiles-nothing.ts';
import { gitVersion, versionTeller } from '../../python/build/git-version.ts';
import { type ProjectSources, projectSources } from '../../python/build/project-sources.ts';
import type { DistributionName } from '../../python/distribution-name.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import type { Project } from '../../python/project/project.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import { backendRust } from './backend-rust.ts';
import { BuildStep, type BuildStepOptions } from './build-step.ts';
import type { BuildSettings } from './build-settings.ts';
import { overridesFor, overrideVariables } from './distribution-overrides.ts';
import type { PythonPlanner } from './planner.ts';
import { labelOf, type ProjectForm } from './project-form.ts';
import type { PythonNodeId } from './step.ts';

export interface BackendQuestion {
  readonly planner: PythonPlanner;
  readonly name: DistributionName;
  readonly project: Project;
  readonly installed: InstalledInterpreter;
  readonly form: ProjectForm;
  readonly settings: BuildSettings;
}

/** Node of a project of the checkout that its own backend builds. */
export async function backendNode(question: BackendQuestion): Promise<Result<PythonNodeId>> {
  const { planner, name, project, installed, form, settings } = question;
  const { directory } = project;
  const { store } = planner.context;
  const manifest: ProjectManifest = { buildSystem: project.buildSystem ?? LEGACY_BUILD_SYSTEM, document: project.document };
  const subject = subjectOf(project);
  const { label } = subject;
  const { extraRequires: extra, configSettings, variables } = settings;
  const { buildSystem } = manifest;
  const requires = planner.requirements({ buildSystem, extra, interpreter: installed.interpreter, subject });
  if (!requires.ok) return requires;
  const environment = buildVariables(question, { manifest, subject, variables });
  if (!environment.ok) return environment;
  const rust = await backendRust({ planner, buildSystem, directory, sourceRoot: planner.repository.root });
  if (!rust.ok) return rust;
  const otherProjects = await planner.members.allDirectories();
  const { root: repositoryRoot } = planner.repository;
  const extent = form === 'sdist' ? 'everything' : 'wheel';
  const inputs = overridesFor(planner.repository.config, { name, version: project.metadata?.version }).flatMap(
    (override) => override.inputs,
  );
  const sourcesIn = (memory: SourceMemory): Result<ProjectSources> =>
    projectSources({ store, memory, repositoryRoot, directory, name, manifest, otherProjects, inputs, extent });
  const options: BuildStepOptions = {
    store,
    subject,
    hook: form === 'published wheel' ? 'wheel' : form,
    interpreter: installed,
    buildSystem,
    compiles: !compilesNothing(manifest),
    requires: requires.value,
    configSettings,
    environment: environment.value,
    rust: rust.value,
    directory,
    sources: ({ memory }) => {
      const sources = sourcesIn(memory);
      return sources.ok ? ok({ tree: sources.value.tree, subdirectory: undefined }, sources.warnings) : sources;
    },
    origin: { kind: 'project', files: sourcesIn },
  };
  return ok(planner.add({ label, verb: 'build', needs: requires.value, units: [], step: new BuildStep(options) }));
}

/** How messages call the build of a project. */
export function subjectOf(project: Project): BuildSubject {
  const span = project.buildSystem === undefined ? undefined : project.spanOf(['build-system']);
  return { label: labelOf(project, undefined), span };
}

/** Variables of a build: uv's settings, overrides, and the version that the backend would ask git for. */
function buildVariables(
  { planner, name, project }: BackendQuestion,
  of: {
    readonly manifest: ProjectManifest;
    readonly subject: BuildSubject;
    /** Of uv's settings. */
    readonly variables: Readonly<Record<string, string>>;
  },
): Result<Readonly<Record<string, string>>> {
  const { manifest, subject } = of;
  const user = planner.context.request.environment;
  const overrides = overridesFor(planner.repository.config, { name, version: project.metadata?.version });
  const variables = { ...of.variables, ...overrideVariables(overrides, user) };
  const teller = versionTeller(manifest);
  if (teller === undefined || Object.keys(variables).some((variable) => variable.startsWith(teller))) return ok(variables);
  const environment = { PATH: user['PATH'] ?? '', HOME: user['HOME'] ?? '' };
  const version = gitVersion({ directory: project.directory, subject, environment });
  if (!version.ok) return version;
  planner.watch(version.value.watched);
  return ok({ ...variables, [teller]: version.value.version });
}
