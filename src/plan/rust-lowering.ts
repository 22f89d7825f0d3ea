import type { Action } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import { EMPTY_TREE, type InputEntry, type InputRoot } from '../model/tree.ts';
import { completeUnit } from '../rust/script/complete-unit.ts';
import { OUTPUT_ROOT, relativeToRoot, type SandboxPath, TOOLCHAIN_ROOT } from '../rust/layout.ts';
import type { CompileUnit, PlannedInput, ScriptRunUnit } from '../rust/planned-unit.ts';
import type { ScriptOutput } from '../rust/script/script-output.ts';
import { BASE_ENVIRONMENT } from './host-environment.ts';

/** What an action reads besides the outputs of others. */
export interface ActionSources {
  /** Where the package's files stand in the root, and their tree. */
  readonly trees: readonly { readonly path: string; readonly digest: Digest }[];
  readonly toolchain: Digest;
  /** Declared files such as `.pc` files, by path relative to the root. */
  readonly files: ReadonlyMap<string, InputEntry>;
  /** Variables that Ferrule or an override sets for this action. */
  readonly fixedEnvironment: Readonly<Record<string, string>>;
  /** The user's variables this action is known to read. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything about the machine that can change the output. */
  readonly platform: Readonly<Record<string, string>>;
}

export interface ArtifactFile {
  readonly digest: Digest;
  readonly executable: boolean;
}

/** A finished build-script run as the units behind it see it. */
export interface FinishedScript {
  readonly output: ScriptOutput;
  readonly outDirectory: { readonly path: string; readonly tree: Digest };
}

/** The rustc call of a unit as an action, once all it needs is there. */
export function lowerCompile(options: {
  readonly unit: CompileUnit;
  readonly sources: ActionSources;
  /** Another unit's file. */
  readonly artifact: (unit: number, file: string) => ArtifactFile;
  readonly script: (unit: number) => FinishedScript;
  /** Further scripts whose output directories are to be there. */
  readonly namedScripts: readonly number[];
}): Action {
  const { unit, sources, artifact, script, namedScripts } = options;
  const completed = completeUnit(unit, (index) => script(index).output);
  const inputs = baseInputs(sources, unit.inputs);
  for (const input of unit.artifacts) {
    inputs.set(relativeToRoot(input.path), { kind: 'file', ...artifact(input.unit, input.file) });
  }
  for (const index of new Set([...visibleScripts(unit, script), ...namedScripts])) {
    const { path, tree } = script(index).outDirectory;
    inputs.set(relativeToRoot(path), { kind: 'tree', digest: tree });
  }
  return {
    command: {
      arguments: completed.arguments,
      environment: { ...BASE_ENVIRONMENT, ...sources.environment, ...sources.fixedEnvironment, ...completed.environment },
      workingDirectory: relativeToRoot(unit.workingDirectory),
      outputs: unit.outputs.map((file) => `${relativeToRoot(OUTPUT_ROOT)}/${file.name}`),
    },
    inputs,
    platform: sources.platform,
  };
}

/**
 * The scripts whose output directories the call can read: its own, those of its plugins, and, where native libraries are
 * looked for (linking, or a library that bundles what its script names), all that `-L` points to.
 */
function visibleScripts(unit: CompileUnit, script: (unit: number) => FinishedScript): ReadonlySet<number> {
  const visible = new Set(unit.pluginScripts);
  if (unit.ownScript !== undefined) visible.add(unit.ownScript);
  const bundles = unit.ownScript !== undefined && script(unit.ownScript).output.linkLibraries.length > 0;
  if (unit.links || bundles) for (const index of unit.linkScripts) visible.add(index);
  return visible;
}

/** The run of a build script as an action. */
export function lowerScriptRun(options: {
  readonly unit: ScriptRunUnit;
  /** The compiled script: where it stands in the root, and its content. */
  readonly program: { readonly path: SandboxPath; readonly digest: Digest };
  readonly sources: ActionSources;
  /** `DEP_*` variables, and the dynamic library path where plugins have one. */
  readonly dependencyEnvironment: Readonly<Record<string, string>>;
  /** Output directories of the scripts whose metadata this one sees, and of its plugins' scripts: the paths they name must exist. */
  readonly dependencyDirectories: readonly { readonly path: string; readonly tree: Digest }[];
}): Action {
  const { unit, sources, program, dependencyEnvironment, dependencyDirectories } = options;
  const inputs = baseInputs(sources, unit.inputs);
  inputs.set(relativeToRoot(program.path), { kind: 'file', digest: program.digest, executable: true });
  for (const { path, tree } of dependencyDirectories) inputs.set(relativeToRoot(path), { kind: 'tree', digest: tree });
  const outDirectory = relativeToRoot(unit.outDirectory);
  inputs.set(outDirectory, { kind: 'tree', digest: EMPTY_TREE });
  return {
    command: {
      arguments: [program.path],
      environment: {
        ...BASE_ENVIRONMENT,
        ...sources.environment,
        ...sources.fixedEnvironment,
        ...unit.environment,
        ...dependencyEnvironment,
      },
      workingDirectory: relativeToRoot(unit.workingDirectory),
      outputs: [outDirectory],
    },
    inputs,
    platform: sources.platform,
  };
}

function baseInputs(sources: ActionSources, planned: readonly PlannedInput[] = []): Map<string, InputEntry> & InputRoot {
  const inputs = new Map<string, InputEntry>(sources.files);
  for (const { kind, path, digest } of planned) {
    inputs.set(relativeToRoot(path), kind === 'file' ? { kind, digest, executable: false } : { kind, digest });
  }
  inputs.set(relativeToRoot(TOOLCHAIN_ROOT), { kind: 'tree', digest: sources.toolchain });
  for (const tree of sources.trees) inputs.set(tree.path, { kind: 'tree', digest: tree.digest });
  return inputs;
}
