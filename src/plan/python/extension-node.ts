import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSubject } from '../../python/build/build-failure.ts';
import { chooseBuildRequirements } from '../../python/build/build-requirements.ts';
import { LEGACY_BUILD_SYSTEM } from '../../python/build/build-system.ts';
import { type CompileRequest, compileRequest } from '../../python/maturin/compile-request.ts';
import { type PackingProject, readPackingProject } from '../../python/maturin/packing-project.ts';
import { readDirectories, RecordedDirectories } from '../../repository/directory-listings.ts';
import { DiskProbe } from '../../source/disk-probe.ts';
import type { Toolchain } from '../../rust/toolchain.ts';
import { buildPythonFor } from '../extension-build-python.ts';
import { type ExtensionPlan, planExtension } from '../extension-plan.ts';
import type { BuildPython } from '../extension-python.ts';
import { requiredWheels } from '../required-wheels.ts';
import { bindingsGenerator } from './bindings-generator.ts';
import { type ExtensionQuestion, workspaceOptions } from './extension-question.ts';
import { PackStep, type PackStepOptions } from './pack-step.ts';
import type { PythonPlanner } from './planner.ts';
import { labelOf } from './project-form.ts';
import { stockMaturin } from './maturin-of-project.ts';
import { StockPackStep } from './stock-pack-step.ts';
import { StockWheel, type StockWheelOptions } from './stock-wheel.ts';
import type { NeededUnit, PythonNodeId } from './step.ts';

/** Node of a project with a Rust extension: its units join the graph, and a step packs what they make. */
export async function extensionNode(question: ExtensionQuestion): Promise<Result<PythonNodeId>> {
  const { planner, project, form, sourceRoot } = question;
  const { context, repository } = planner;
  const packing = readPackingProject(project);
  if (!packing.ok) return packing;
  const asked = requestedCode(planner, packing.value);
  if (!asked.ok) return asked;
  const { crateDirectory: directory, wanted, extensionName } = asked.value;
  const { settings } = packing.value;
  const toolchain = await context.toolchainOf({ directory });
  if (!toolchain.ok) return toolchain;
  const { request } = context;
  const extension = await planExtension({
    ...workspaceOptions(question, toolchain.value),
    directory,
    wanted,
    settings,
    moduleName: extensionName,
    profile: request.profile ?? repository.config.build.profile,
    // A flake's shells have the modules that its wheels have.
    editable: form === 'editable' && request.host === undefined,
    coverage: request.checks?.coverage !== undefined && sourceRoot === repository.root,
    buildPython: async () => await buildPython(question),
  });
  if (!extension.ok) return extension;
  planner.extensions.push(extension.value.plan);
  const warnings = [...(packing.warnings ?? []), ...(extension.warnings ?? [])];
  const planned: PlannedExtension = { ...question, packing: packing.value, extension: extension.value, toolchain: toolchain.value };
  const node = extension.value.generated === undefined ? ownNode(planned) : await stockNode(planned);
  return node.ok ? ok(node.value, [...warnings, ...(node.warnings ?? [])]) : node;
}

interface PlannedExtension extends ExtensionQuestion {
  readonly packing: PackingProject;
  readonly extension: ExtensionPlan;
  readonly toolchain: Toolchain;
}

/** Ferrule packs by itself; where libraries have to be taken in, which is seen late, maturin does. */
function ownNode(planned: PlannedExtension): Result<PythonNodeId> {
  const { planner, project, extension, installed } = planned;
  const { context, fetcher, lock } = planner;
  const { requires } = project.buildSystem ?? LEGACY_BUILD_SYSTEM;
  const subject = subjectOf(planned);
  const wheels: StockWheelOptions['requires'] = async () => {
    const chosen = chooseBuildRequirements({ lock, requires, interpreter: installed.interpreter, subject });
    return chosen.ok ? await requiredWheels(chosen.value, { fetcher, store: context.store }) : chosen;
  };
  const { stock, answers } = stockMaturin({ ...planned, subject, ...placesOf(extension) });
  const grafting = stockWheel(planned, { stock, answers, requires: wheels, bindgen: undefined });
  const step = new PackStep({ ...packStepOptions(planned), grafting });
  return ok(planner.add({ label: subject.label, verb: 'pack', needs: [], units: unitsOf(extension), step }));
}

/** The Python side of the library is generated, by maturin. */
async function stockNode(planned: PlannedExtension): Promise<Result<PythonNodeId>> {
  const { planner, project, extension, installed } = planned;
  const subject = subjectOf(planned);
  const buildSystem = project.buildSystem ?? LEGACY_BUILD_SYSTEM;
  const { interpreter } = installed;
  const chosen = planner.chosenRequirements({ buildSystem, extra: [], interpreter, subject });
  if (!chosen.ok) return chosen;
  const needs = planner.fetchedRequirements(chosen.value);
  const { stock, answers } = stockMaturin({ ...planned, subject, ...placesOf(extension) });
  const bindgen = await bindingsGenerator(planned, { requires: chosen.value, subject, answers });
  if (!bindgen.ok) return bindgen;
  if (bindgen.value !== undefined) planner.extensions.push(bindgen.value.plan);
  const requires: StockWheelOptions['requires'] = async ({ found }) => ok(needs.map((node) => found.wheel(node)));
  const wheel = stockWheel(planned, { stock, answers, requires, bindgen: bindgen.value });
  const step = new StockPackStep({ ...packStepOptions(planned), wheel });
  const units = [...unitsOf(extension), ...(bindgen.value === undefined ? [] : unitsOf(bindgen.value))];
  return ok(planner.add({ label: subject.label, verb: 'pack', needs, units, step }), bindgen.warnings);
}

function stockWheel(planned: PlannedExtension, of: Pick<StockWheelOptions, 'stock' | 'answers' | 'requires' | 'bindgen'>): StockWheel {
  const { planner, extension, packing, installed, form } = planned;
  const { store } = planner.context;
  const subject = subjectOf(planned);
  const purpose = form === 'published wheel' ? 'publish' : 'install';
  return new StockWheel({ store, subject, project: packing, extension, installed, purpose, ...of });
}

function packStepOptions(planned: PlannedExtension): PackStepOptions {
  const { planner, packing, extension, installed, form, sourceRoot } = planned;
  return {
    store: planner.context.store,
    label: subjectOf(planned).label,
    project: packing,
    extension,
    interpreter: installed.interpreter,
    purpose: form === 'published wheel' ? 'publish' : 'install',
    editable: form === 'editable',
    repositoryRoot: sourceRoot,
  };
}

function subjectOf({ project, extension }: Pick<PlannedExtension, 'project' | 'extension'>): BuildSubject {
  return { label: labelOf(project, extension.crate.version), span: project.spanOf(['build-system']) };
}

function placesOf({ crate, plan }: ExtensionPlan): { readonly anchor: string; readonly crateDirectory: string } {
  return { anchor: plan.facts.sourceAnchor, crateDirectory: crate.manifestDirectory };
}

function unitsOf({ plan }: ExtensionPlan): readonly NeededUnit[] {
  return plan.roots.map((unit) => ({ workspace: plan, unit }));
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
export function requestedCode(planner: PythonPlanner, project: PackingProject): Result<CompileRequest> {
  const disk = { directories: new RecordedDirectories(readDirectories), probe: new DiskProbe() };
  const asked = compileRequest({ project, disk });
  planner.watch([...disk.directories.watched, ...disk.probe.watched]);
  return asked;
}
