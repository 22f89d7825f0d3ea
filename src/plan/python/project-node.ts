import type { Result } from '../../diagnostics/diagnostic.ts';
import type { DistributionName } from '../../python/distribution-name.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import { isExtension } from '../../python/project/project.ts';
import { readProject } from '../../python/project/read-project.ts';
import { backendNode, subjectOf } from './backend-node.ts';
import { buildSettings, type BuiltFor } from './build-settings.ts';
import { extensionNode } from './extension-node.ts';
import type { PythonPlanner } from './planner.ts';
import type { ProjectForm } from './project-form.ts';
import { extensionSdistNode } from './sdist-node.ts';
import type { PythonNodeId } from './step.ts';

export interface LocalProject {
  /** As its lock calls it: not every backend wants a `[project]` with a name. */
  readonly name: DistributionName;
  /** Absolute. */
  readonly directory: string;
  readonly installed: InstalledInterpreter;
  readonly form: ProjectForm;
  readonly builtFor: BuiltFor;
}

/** Node of a project in the checkout: packed by Ferrule where maturin would build it, else built by its own backend. */
export async function localProjectNode(planner: PythonPlanner, options: LocalProject): Promise<Result<PythonNodeId>> {
  const { name, directory, installed, form, builtFor } = options;
  const read = await planner.members.projectAt(directory);
  if (!read.ok) return read;
  const project = read.value;
  if (isExtension(project)) {
    const key = `${form} ${directory} ${installed.executable}`;
    if (form === 'sdist') return await planner.once(key, async () => await extensionSdistNode({ planner, project, installed }));
    const { root: sourceRoot } = planner.repository;
    return await planner.once(key, async () => await extensionNode({ planner, project, installed, form, sourceRoot }));
  }
  const layers = [project.uv, builtFor.settings];
  const settings = await buildSettings({ name, layers, runtime: builtFor.runtime, subject: subjectOf(project) });
  if (!settings.ok) return settings;
  // The backend makes the wheel to be published as any other.
  const made = form === 'published wheel' ? 'wheel' : form;
  return await planner.once(
    `${made} ${directory} ${installed.executable} ${JSON.stringify(settings.value)}`,
    async () => await backendNode({ planner, name, project, installed, form, settings: settings.value }),
  );
}

/** Node of a maturin project in sources that are none of the repository's. */
export async function foreignExtensionNode(
  planner: PythonPlanner,
  options: {
    /** Absolute, in the store. */
    readonly directory: string;
    /** Absolute: the top of the sources. */
    readonly root: string;
    readonly installed: InstalledInterpreter;
    readonly label: string;
  },
): Promise<Result<PythonNodeId>> {
  const { directory, root, installed, label } = options;
  const project = await readProject({ directory, file: `pyproject.toml of ${label}` });
  return project.ok ? await extensionNode({ planner, project: project.value, installed, form: 'wheel', sourceRoot: root }) : project;
}
