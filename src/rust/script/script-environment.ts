import { withPluginDirectories } from './dynamic-path.ts';
import type { ScriptRunUnit } from '../planned-unit.ts';
import type { ScriptOutput } from './script-output.ts';

/**
 * The variables a build-script run gets from other scripts: `DEP_<LINKS>_<KEY>` for the metadata of its package's direct
 * dependencies, and the dynamic library path when build-dependencies have scripts with libraries of their own (cargo 1.95
 * `custom_build.rs`, `build_work`). To be laid over the unit's environment.
 */
export function dependencyVariables(
  unit: Pick<ScriptRunUnit, 'environment' | 'dependencyScripts' | 'pluginScripts'>,
  outputs: (scriptRunUnit: number) => ScriptOutput,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const { unit: script, prefix } of unit.dependencyScripts) {
    for (const [key, value] of outputs(script).metadata) variables[`DEP_${prefix}_${environmentName(key)}`] = value;
  }
  const path = withPluginDirectories(unit.environment, pluginOutputs(unit.pluginScripts, outputs));
  for (const [name, value] of Object.entries(path)) {
    if (unit.environment[name] !== value) variables[name] = value;
  }
  return variables;
}

/** As part of a variable's name: upper case, `-` as `_` (cargo `envify`). */
export function environmentName(text: string): string {
  return text.toUpperCase().replaceAll('-', '_');
}

/** Outputs of plugins' scripts in the order of cargo's `BTreeSet`: by package id, which is the order of units. */
export function pluginOutputs(scripts: readonly number[], outputs: (scriptRunUnit: number) => ScriptOutput): readonly ScriptOutput[] {
  return scripts.toSorted((left, right) => left - right).map(outputs);
}
