import type { InstalledInterpreter } from '../../python/interpreter.ts';
import type { Project } from '../../python/project/project.ts';
import type { Toolchain } from '../../rust/toolchain.ts';
import type { ExtensionOptions } from '../extension-plan.ts';
import type { PythonPlanner } from './planner.ts';
import type { ProjectForm } from './project-form.ts';

export interface ExtensionQuestion {
  readonly planner: PythonPlanner;
  readonly project: Project;
  readonly installed: InstalledInterpreter;
  readonly form: Exclude<ProjectForm, 'sdist'>;
  /** Absolute: the top of the sources, which is the repository, or a source distribution in the store. */
  readonly sourceRoot: string;
}

/** What every plan for an extension is made with. */
export function workspaceOptions(
  { planner, installed, sourceRoot }: Pick<ExtensionQuestion, 'planner' | 'installed' | 'sourceRoot'>,
  toolchain: Toolchain,
): Omit<ExtensionOptions, 'directory' | 'wanted' | 'settings' | 'moduleName' | 'profile' | 'editable' | 'buildPython'> {
  const { store, process: run, request } = planner.context;
  return {
    interpreter: installed.interpreter,
    target: undefined,
    features: [],
    repositoryRoot: sourceRoot,
    toolchain,
    environment: request.environment,
    offline: request.offline,
    store,
    run,
    onProgress: (text) => planner.context.progress(text),
    now: request.now,
  };
}
