import type { Forecast, ForecastNode, forecastRun } from '../plan/forecast.ts';
import type { RunContext } from '../plan/run-context.ts';
import { recordedToolchains } from './described-nodes.ts';
import { describePlan, type DescribedPlan, positionsIn, recordedTargets } from './described-plan.ts';
import type { NixLibrary } from './nix-library.ts';
import { verbOf } from './nix-progress.ts';
import { directNeeds } from './written-needs.ts';

/** What `ferrule why` holds against a run by Nix: the derivations that there would be now. */
export function nixForecaster(library: NixLibrary, machine: NodeJS.Process): typeof forecastRun {
  return async ({ context, planned, earlierKey }) => {
    const described = describePlan({ context, library, machine }, planned);
    return await Promise.resolve(described === undefined ? undefined : nixForecast({ context, described, earlierKey }));
  };
}

/**
 * What a run by Nix would build: what has another key than in the earlier run, and was not built by Nix here. Whether Nix's store, or a
 * cache, has it all the same, only Nix knows.
 */
function nixForecast(options: {
  readonly context: RunContext;
  readonly described: DescribedPlan;
  readonly earlierKey: (node: { readonly label: string; readonly verb: string }) => string | undefined;
}): Forecast {
  const { context, described, earlierKey } = options;
  const { plan } = described.made;
  const positions = positionsIn(described);
  const nodes = [...described.nodes].map(([name, { key, ingredients }]): ForecastNode => {
    const node = plan.nodes[name];
    if (node === undefined) throw new Error(`internal: the plan has no \`${name}\``);
    const about = { label: node.label, verb: verbOf(node.steps) };
    const isKnown = earlierKey(about) === key || context.store.getResult({ hash: key, size: 0 }) !== undefined;
    const dependencies = directNeeds(node).flatMap((need) => positions.get(need) ?? []);
    return { ...about, dependencies, key, ingredients, state: isKnown ? 'known' : 'run' };
  });
  return { toolchains: recordedToolchains(plan), targets: recordedTargets(described), nodes };
}
