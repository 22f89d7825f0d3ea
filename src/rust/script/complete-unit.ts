import { withPluginDirectories } from './dynamic-path.ts';
import type { CompileUnit } from '../planned-unit.ts';
import type { TargetTraits, Unit } from '../unit.ts';
import { pluginOutputs } from './script-environment.ts';
import type { LinkSearch, ScriptOutput } from './script-output.ts';
import { isLibrary, scopeReaches } from './script-targets.ts';

/** The part of a rustc call that build scripts have a say in. */
export interface OpenUnit extends Pick<CompileUnit, 'arguments' | 'environment' | 'ownScript' | 'linkScripts' | 'pluginScripts'> {
  readonly unit: Pick<Unit, 'mode'> & {
    readonly target: TargetTraits;
    readonly package: { readonly targets: readonly TargetTraits[] };
  };
}

/** A rustc call with nothing left open. */
export interface CompletedUnit {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Adds what build scripts said to a unit's command, in cargo's order: `-L` of every script below it, `-l` and `-C link-arg` of
 * its own, then its own `--cfg`, `--check-cfg` and environment (cargo 1.95 `src/cargo/core/compiler/mod.rs`: `add_native_deps`,
 * `add_plugin_deps`, `add_custom_flags`). `outputs` is asked only for scripts the unit names.
 */
export function completeUnit(unit: OpenUnit, outputs: (scriptRunUnit: number) => ScriptOutput): CompletedUnit {
  const own = unit.ownScript === undefined ? undefined : outputs(unit.ownScript);
  return {
    arguments: [
      ...unit.arguments,
      ...searchArguments(unit.linkScripts.map(outputs)),
      ...unit.linkScripts.flatMap((script) => linkArguments({ unit, output: outputs(script), isOwn: script === unit.ownScript })),
      ...(own?.cfgs ?? []).flatMap((cfg) => ['--cfg', cfg]),
      ...(own?.checkCfgs ?? []).flatMap((cfg) => ['--check-cfg', cfg]),
    ],
    environment: {
      ...withPluginDirectories(unit.environment, pluginOutputs(unit.pluginScripts, outputs)),
      ...Object.fromEntries(own?.environment ?? []),
    },
  };
}

/** Paths in a script's own OUT_DIR go first: a freshly built library wins over the system's of the same name. */
function searchArguments(scripts: readonly ScriptOutput[]): readonly string[] {
  const searches = scripts.flatMap((script) => script.linkSearch);
  const built = searches.filter((search) => search.inOutDirectory);
  const external = searches.filter((search) => !search.inOutDirectory);
  return [...built, ...external].flatMap((search: LinkSearch) => ['-L', search.value]);
}

interface OneScript {
  readonly unit: OpenUnit;
  readonly output: ScriptOutput;
  /** The script is that of the unit's own package. */
  readonly isOwn: boolean;
}

/** `-l` only where the package's library is, or when it has none; link arguments of other packages only for cdylibs (cargo issue 9562). */
function linkArguments({ unit, output, isOwn }: OneScript): readonly string[] {
  const { package: owner, target, mode } = unit.unit;
  const takesLibraries = isOwn && (isLibrary(target) || !owner.targets.some(isLibrary));
  const libraries = takesLibraries ? output.linkLibraries.flatMap((name) => ['-l', name]) : [];
  const linked = output.linkArguments
    .filter(({ scope }) => (isOwn || scope.kind === 'cdylib') && scopeReaches(scope, target, mode))
    .flatMap(({ value }) => ['-C', `link-arg=${value}`]);
  return [...libraries, ...linked];
}
