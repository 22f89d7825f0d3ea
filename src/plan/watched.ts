import { dirname, join } from 'node:path';
import type { Repository } from '../repository/repository.ts';
import type { RunSources } from './run-sources.ts';
import type { Watched } from './run-stamp.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

/** Variables that decide which tools and which configuration are found. */
const VARIABLES = ['HOME', 'PATH', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN', 'PKG_CONFIG_PATH', 'LIBCLANG_PATH'] as const;

/** Gathers everything outside the store that a run depended on. */
export function watchedBy(options: {
  readonly repository: Repository;
  readonly plans: readonly WorkspacePlan[];
  readonly python: Watched;
  /** Absolute paths that checks depend on. */
  readonly checks: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly sources: RunSources;
  /** Directories that discovery listed. */
  readonly directories: readonly string[];
  /** Names of variables that actions read. */
  readonly variables: ReadonlySet<string>;
}): Watched {
  const { repository, plans, python, checks, environment, sources, directories, variables } = options;
  const paths = new Set([...directories, ...sources.watched(), ...python.paths, ...checks]);
  for (const name of ['ferrule.toml', 'ferrule.lock', '.git/info/exclude']) paths.add(join(repository.root, name));
  const rustupHome = environment['RUSTUP_HOME'] ?? join(environment['HOME'] ?? '/', '.rustup');
  paths.add(join(rustupHome, 'settings.toml'));
  for (const { facts, read } of plans) {
    for (const path of [...read.contents, ...read.listings, ...read.presence]) paths.add(path);
    for (const directory of ancestors(facts.workspaceRoot)) {
      paths.add(join(directory, 'rust-toolchain.toml'));
      paths.add(join(directory, 'rust-toolchain'));
    }
    paths.add(facts.toolchain.rustc);
    paths.add(join(facts.toolchain.sysroot, 'lib'));
  }
  return {
    paths: [...paths],
    variables: [...new Set([...VARIABLES, ...variables, ...python.variables, ...plans.flatMap((plan) => plan.read.variables)])],
    variablePrefixes: [...new Set([...python.variablePrefixes, ...plans.flatMap((plan) => plan.read.variablePrefixes)])],
  };
}

function ancestors(directory: string): readonly string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestors(parent)];
}
