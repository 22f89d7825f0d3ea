import { type DistributionName, normalizeName } from '../distribution-name.ts';
import type { DependencyGroup, Project } from './project.ts';

/** What has to be in an environment beside the project's own dependencies. */
export interface BroughtBy {
  readonly groups: readonly DistributionName[];
  readonly extras: readonly DistributionName[];
}

/** The group or extra that brings a distribution: none where the project itself does; `undefined`: nothing brings it. */
export function bringing(project: Project, distribution: string): BroughtBy | undefined {
  const has = (list: DependencyGroup['requirements']): boolean =>
    list.some(({ requirement }) => normalizeName(requirement.name) === distribution);
  if (has(project.metadata?.dependencies ?? [])) return { groups: [], extras: [] };
  const best = (among: readonly DependencyGroup[]): DistributionName | undefined => {
    const found = among.filter(({ requirements }) => has(requirements)).map(({ name }) => name);
    return ['test', 'tests', 'testing', 'dev'].map(normalizeName).find((name) => found.includes(name)) ?? found[0];
  };
  const group = best(project.groups);
  if (group !== undefined) return { groups: [group], extras: [] };
  const extra = best(project.metadata?.optionalDependencies ?? []);
  return extra === undefined ? undefined : { groups: [], extras: [extra] };
}
