import { dirname, relative } from 'node:path';
import type { Project } from '../../python/project/project.ts';

/** What a project of the repository is made into. */
export type ProjectForm = 'wheel' | 'published wheel' | 'editable' | 'sdist';

/** `name version`, as a node is called; `crateVersion`: what a dynamic version is taken from. */
export function labelOf(project: Project, crateVersion: string | undefined): string {
  const name = project.metadata?.writtenName ?? relative(dirname(project.directory), project.directory);
  const version = project.metadata?.version ?? crateVersion;
  return version === undefined ? name : `${name} ${version}`;
}
