import { relative } from 'node:path';
import { ok, type Result } from '../diagnostics/diagnostic.ts';
import { type IndexedPackage, indexPackages } from '../plan/package-index.ts';
import { PythonMembers } from '../plan/python/members.ts';
import type { IndexedProject } from '../plan/python/request.ts';
import type { RunContext } from '../plan/run-context.ts';
import type { Member, Repository } from '../repository/repository.ts';

/** Outputs of a package besides its default one that a flake offers. */
const LIBRARIES = ['cdylib', 'staticlib'] as const;

/** Everything of a repository that a flake offers, as targets of the command line. */
export async function exportTargets(options: {
  readonly context: RunContext;
  readonly repository: Repository;
}): Promise<Result<readonly string[]>> {
  const { context, repository } = options;
  const targets: string[] = [];
  const members = new PythonMembers(repository, context.store);
  const from = ({ directory }: Member): string => relative(context.request.directory, directory);
  for (const member of repository.members) {
    if (member.kind === 'python') {
      const projects = await members.projectsOf(member);
      if (!projects.ok) return projects;
      targets.push(...pythonTargets(projects.value).map((target) => `${from(member)}#${target}`));
      continue;
    }
    const toolchain = await context.toolchainOf(member);
    if (!toolchain.ok) return toolchain;
    const packages = await indexPackages({
      workspaceRoot: member.directory,
      toolchain: toolchain.value,
      environment: context.request.environment,
      store: context.store,
      run: context.process,
    });
    if (!packages.ok) return packages;
    targets.push(
      ...offeredPackages(packages.value).flatMap((offered) => rustTargets(offered).map((target) => `${from(member)}#${target}`)),
    );
  }
  return ok([...targets, ...Object.keys(repository.config.environments).map((name) => `python/${name}:env`)]);
}

/**
 * Wheels and source distributions of what can be installed, the environment with and without each dependency group, and the editable
 * one. A workspace's root that is no project is there for its environments.
 */
function pythonTargets(projects: readonly IndexedProject[]): readonly string[] {
  return projects.flatMap(({ displayName: name, isPackage, isExtension, groups }) => {
    const files = isPackage ? (isExtension ? ['wheel'] : ['wheel', 'sdist']) : [];
    return [...files, 'env', ...groups.map((group) => `env/${group}`), 'editable'].map((output) => `python/${name}:${output}`);
  });
}

/** What is made for others than crates of the same workspace; where nothing is, every library. Each costs a question to cargo for each system. */
function offeredPackages(packages: readonly IndexedPackage[]): readonly IndexedPackage[] {
  const offered = packages.filter(({ targets }) =>
    targets.some(({ kind }) => ['bin', ...LIBRARIES].some((wanted) => kind.includes(wanted))),
  );
  return offered.length > 0 ? offered : packages;
}

/** Programs, or without any the library; and libraries for other languages beside programs. */
function rustTargets({ name, targets }: IndexedPackage): readonly string[] {
  const kinds = new Set(targets.flatMap(({ kind }) => kind));
  const libraries = kinds.has('bin') ? LIBRARIES.filter((kind) => kinds.has(kind)) : [];
  return [`rust/${name}`, ...libraries.map((kind) => `rust/${name}:${kind}`)];
}
