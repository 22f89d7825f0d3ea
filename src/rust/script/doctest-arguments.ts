import type { ScriptOutput } from './script-output.ts';

/** What the build scripts behind a call of rustdoc have said. */
export interface DoctestScripts {
  /** Of the package's own; `undefined`: it has none. */
  readonly own: ScriptOutput | undefined;
  readonly linked: readonly ScriptOutput[];
}

/** The words of `rustdoc --test`, completed with what build scripts say (cargo `build_runner/mod.rs`, `compile`, on `rustdoc --test`). */
export function doctestArguments(
  run: { readonly arguments: readonly string[]; readonly lastArguments: readonly string[] },
  { own, linked }: DoctestScripts,
): readonly string[] {
  const searches = linked.flatMap(({ linkSearch }) => linkSearch).flatMap(({ value }) => ['-L', value]);
  return [...run.arguments, ...searches, ...run.lastArguments, ...(own === undefined ? [] : ownFlags(own))];
}

function ownFlags({ cfgs, checkCfgs, linkArguments }: ScriptOutput): readonly string[] {
  return [
    ...cfgs.flatMap((cfg) => ['--cfg', cfg]),
    ...checkCfgs.flatMap((cfg) => ['--check-cfg', cfg]),
    ...linkArguments.filter(({ scope }) => scope.kind === 'all').flatMap(({ value }) => ['-C', `link-arg=${value}`]),
  ];
}
