import { type Diagnostic, fail, type Result } from '../../diagnostics/diagnostic.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import type { Project } from '../../python/project/project.ts';
import { readProject } from '../../python/project/read-project.ts';
import { backendNode } from './backend-node.ts';
import { extensionNode } from './extension-node.ts';
import type { PythonPlanner } from './planner.ts';
import type { ProjectForm } from './project-form.ts';
import type { PythonNodeId } from './step.ts';

export interface LocalProject {
  /** Absolute. */
  readonly directory: string;
  readonly installed: InstalledInterpreter;
  readonly form: ProjectForm;
}

/** Node of a project in the checkout: packed by Ferrule where maturin would build it, else built by its own backend. */
export async function localProjectNode(planner: PythonPlanner, options: LocalProject): Promise<Result<PythonNodeId>> {
  const { directory, installed, form } = options;
  return await planner.once(`${form} ${directory} ${installed.executable}`, async () => {
    const project = await planner.members.projectAt(directory);
    if (!project.ok) return project;
    if (!isExtension(project.value)) return await backendNode({ planner, project: project.value, installed, form });
    if (form === 'sdist') return fail(noSourcesOfExtensions(project.value));
    return await extensionNode({ planner, project: project.value, installed, form, sourceRoot: planner.repository.root });
  });
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

function isExtension(project: Project): boolean {
  return project.buildSystem?.backend === 'maturin';
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
