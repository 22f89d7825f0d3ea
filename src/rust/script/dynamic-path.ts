import { TARGET_ROOT } from '../layout.ts';
import { withoutSearchKind } from './script-lines.ts';
import type { ScriptOutput } from './script-output.ts';

/** Names a platform's loader can go by (cargo `cargo_util::paths::dylib_path_envvar`); Windows' PATH does not occur in a sandbox. */
const VARIABLES = ['LD_LIBRARY_PATH', 'DYLD_FALLBACK_LIBRARY_PATH'] as const;

/**
 * Adds the directories that plugins' build scripts named with `-L` to the dynamic library path, behind what is there; only those
 * below the target directory, as a system directory here would shadow the loader's own (cargo `add_plugin_deps`,
 * `filter_dynamic_search_path`). The same environment when there is nothing to add.
 */
export function withPluginDirectories(
  environment: Readonly<Record<string, string>>,
  plugins: readonly ScriptOutput[],
): Readonly<Record<string, string>> {
  const directories = plugins.flatMap(dynamicDirectories);
  if (directories.length === 0) return environment;
  const variable = VARIABLES.find((name) => environment[name] !== undefined) ?? VARIABLES[0];
  const present = environment[variable];
  const path = [...(present === undefined || present === '' ? [] : [present]), ...directories];
  return { ...environment, [variable]: path.join(':') };
}

/** Directories of a script's `-L` values that lie below the target directory: where a program it helped to build finds its libraries. */
export function dynamicDirectories(output: Pick<ScriptOutput, 'linkSearch'>): readonly string[] {
  return output.linkSearch
    .map((search) => withoutSearchKind(search.value))
    .filter((path) => path === TARGET_ROOT || path.startsWith(`${TARGET_ROOT}/`));
}
