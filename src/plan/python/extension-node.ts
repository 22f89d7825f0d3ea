import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import { chooseBuildRequirements } from '../../python/build/build-requirements.ts';
import { LEGACY_BUILD_SYSTEM } from '../../python/build/build-system.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import { type CompileRequest, compileRequest } from '../../python/maturin/compile-request.ts';
import { type PackingProject, readPackingProject } from '../../python/maturin/packing-project.ts';
import type { Project } from '../../python/project/project.ts';
import { readDirectories, RecordedDirectories } from '../../repository/directory-listings.ts';
import { DiskProbe } from '../../source/disk-probe.ts';
import { buildPythonFor } from '../extension-build-python.ts';
import { planExtension } from '../extension-plan.ts';
import type { BuildPython } from '../extension-python.ts';
import { PackStep } from './pack-step.ts';
import type { PythonPlanner } from './planner.ts';
import { labelOf, type ProjectForm } from './project-form.ts';
import type { PythonNodeId } from './step.ts';

export interface ExtensionQuestion {
  readonly planner: PythonPlanner;
  readonly project: Project;
  readonly installed: InstalledInterpreter;
  readonly form: Exclude<ProjectForm, 'sdist'>;
  /** Absolute: the top of the sources, which is the repository, or a source distribution in the store. */
  readonly sourceRoot: string;
}

/** Node of a project with a Rust extension: its units join the graph, and a step packs what they make. */
export async function extensionNode(question: ExtensionQuestion): Promise<Result<PythonNodeId>> {
  const { planner, project, installed, form, sourceRoot } = question;
  const { context, repository } = planner;
  const packing = readPackingProject(project);
  if (!packing.ok) return packing;
  const asked = requestedCode(planner, packing.value);
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
    buildPython: async () => await buildPython(question),
    repositoryRoot: sourceRoot,
    toolchain: toolchain.value,
    environment: request.environment,
    offline: request.offline,
    store,
    run,
    onProgress: (text) => context.progress(text),
    now: request.now,
  });
  if (!extension.ok) return extension;
  planner.extensions.push(extension.value.plan);
  const label = labelOf(project, extension.value.crate.version);
  const step = new PackStep({
    store,
    label,
    project: packing.value,
    extension: extension.value,
    interpreter: installed.interpreter,
    purpose: form === 'published wheel' ? 'publish' : 'install',
    editable: form === 'editable',
    repositoryRoot: sourceRoot,
  });
  return ok(
    planner.add({
      label,
      verb: 'pack',
      needs: [],
      units: extension.value.plan.roots.map((unit) => ({ workspace: extension.value.plan, unit })),
      step,
    }),
    [...(packing.warnings ?? []), ...(extension.warnings ?? [])],
  );
}

/** What build scripts of an extension may run: a Python with what the project is built with besides maturin. */
async function buildPython({ planner, project, installed }: ExtensionQuestion): Promise<Result<BuildPython | undefined>> {
  const { requires } = project.buildSystem ?? LEGACY_BUILD_SYSTEM;
  const subject: BuildSubject = { label: labelOf(project, undefined), span: project.spanOf(['build-system']) };
  const { context, fetcher, lock } = planner;
  const choose = (): ReturnType<typeof chooseBuildRequirements> =>
    chooseBuildRequirements({ lock, requires, interpreter: installed.interpreter, subject });
  return await buildPythonFor({ requires, choose, installed, fetcher, store: context.store });
}

/** What of the crate the settings ask for. */
function requestedCode(planner: PythonPlanner, project: PackingProject): Result<CompileRequest> {
  const disk = { directories: new RecordedDirectories(readDirectories), probe: new DiskProbe() };
  const asked = compileRequest({ project, disk });
  planner.watch([...disk.directories.watched, ...disk.probe.watched]);
  return asked;
}
